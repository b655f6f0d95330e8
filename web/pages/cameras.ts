/**
 * All cameras: whether each can be watched, and how well.
 */
import { html } from 'hono/html'
import type { CameraQuality } from '../../daemon/system-types.ts'
import type { CameraView } from '../../daemon/types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { cameraWords, whyNot } from '../words/camera.ts'
import { cameraTestWords } from '../words/camera-test.ts'
import { figure, figures, percent } from './tell.ts'
import { time } from './times.ts'

export interface CameraCard extends CameraView {
  /** Null while it is too early to say. */
  readonly quality: CameraQuality | null
  readonly hasPicture: boolean
}

export interface CamerasView extends Frame {
  readonly nowMs: number
  readonly cameras: readonly CameraCard[]
  /** Whether whoever looks may set cameras up. */
  readonly maySetUp: boolean
}

export function camerasPage(view: CamerasView): Html {
  const { words } = view
  return layout(
    view,
    words.cameras,
    html`<main class="box">
<h1>${words.cameras}</h1>
${view.cameras.length === 0 ? html`<p>${words.noCameras}</p>` : ''}
${view.maySetUp ? html`<p class="buttons"><a class="button" href="/add-camera">${cameraWords(view).add}</a></p>` : ''}
<div class="tiles">${view.cameras.map((camera) => card(view, camera))}</div>
</main>`,
  )
}

function card(view: CamerasView, camera: CameraCard): Html {
  const { words } = view
  const { cameras } = boxWords(view)
  const { id, name, detail, reason, decode } = camera
  const picture = camera.hasPicture
    ? html`<img src="/api/v1/cameras/${id}/picture.jpg" alt="${words.pictureOf(name)}" loading="lazy">`
    : html`<p class="none">${whyNot(view, reason) || words.waiting}</p>`
  return html`<article class="panel camera-card" id="camera-${id}">
<a class="shown" href="/streams/${id}" tabindex="-1" aria-hidden="true">${picture}</a>
<h2><a href="/streams/${id}"><bdi>${name}</bdi></a></h2>
<p>${stateLine(view, camera)}</p>
${qualityLine(view, camera.quality)}
<p><a href="/streams/${id}/stalls">${boxWords(view).stalls.title}</a></p>
${view.maySetUp && detail !== null ? html`<p class="soft"><bdi lang="en">${detail}</bdi></p>` : ''}
${decode.why === null ? '' : html`<p class="soft">${words.inSoftware(decode.asked)} <bdi lang="en">${decode.why}</bdi></p>`}
${
  view.maySetUp
    ? html`<p><a href="/cameras/${id}/settings" aria-label="${cameraWords(view).setUpOf(name)}">${cameraWords(view).setUp}</a></p>
<p><a href="/cameras/${id}/test" aria-label="${cameraTestWords(view).testOf(name)}">${cameraTestWords(view).test}</a></p>`
    : ''
}
<details><summary>${cameras.figures}</summary>${counts(view, camera)}</details>
</article>`
}

/** The words for what is not live have their "since" within. */
export function stateLine(
  view: Frame & { readonly nowMs: number },
  { state, sinceMs }: Pick<CameraView, 'state' | 'sinceMs'>,
): Html {
  const since = state === 'live' || state === 'connecting' ? html`${boxWords(view).cameras.since} ` : ''
  return html`<span class="state-line" data-state="${state}">${view.words.state[state]} ${since}${time(view, sinceMs, view.nowMs, 'clock')}</span>`
}

export function qualityLine(view: Frame, quality: CameraQuality | null): Html {
  const { cameras } = boxWords(view)
  if (quality === null) return html`<p class="quality">${cameras.tooEarly}</p>`
  return html`<p class="quality" data-quality="${quality.label}"><strong>${cameras.quality[quality.label]}</strong>
${quality.reasons.map((reason) => html`<span>${cameras.reasons[reason](quality.breaks)}</span> `)}</p>`
}

function counts(view: Frame, camera: CameraCard): Html {
  const { cameras } = boxWords(view)
  const { quality } = camera
  const rows = [
    figure(view, cameras.decoded, camera.framesDecoded),
    figure(view, cameras.analysed, camera.framesAnalysed),
    figure(view, cameras.quiet, camera.framesQuiet),
    figure(view, cameras.dropped, camera.framesDropped),
    figure(view, cameras.failed, camera.framesFailed),
  ]
  const shares: [string, string][] =
    quality === null
      ? []
      : [
          [cameras.come, percent(view, quality.come)],
          [cameras.passedOver, percent(view, quality.dropped)],
          [cameras.breaks, String(quality.breaks)],
        ]
  return figures([...rows, ...shares])
}
