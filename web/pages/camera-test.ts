/**
 * The acceptance test of a camera: what it is, that it runs, and its newest report, to be printed as it is.
 */
import { html } from 'hono/html'
import type { CameraReport, RunningTest, TestFinding } from '../../daemon/camera-test-types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { cameraTestWords, findingWords } from '../words/camera-test.ts'
import type { Language } from '../words/languages.ts'
import { time } from './times.ts'

export interface CameraTestView extends Frame {
  readonly nowMs: number
  readonly camera: { readonly id: string; readonly name: string }
  readonly running: RunningTest | null
  readonly fault: string | null
  /** Null where there is none yet. */
  readonly report: CameraReport | null
  readonly hasNight: boolean
}

export function cameraTestPage(view: CameraTestView): Html {
  const words = cameraTestWords(view)
  const { camera, running, report, fault } = view
  const isMine = running?.id === camera.id
  return layout(
    view,
    words.title(camera.name),
    html`<main class="box camera-test" ${isMine ? html`data-runs="${camera.id}"` : ''}>
<h1>${words.test}: <bdi>${camera.name}</bdi></h1>
<section class="panel unprinted">
${running ? html`<p role="status">${isMine ? words.runs(clockOf(view, running.untilMs)) : words.otherRuns}</p>` : ''}
${fault === null || isMine ? '' : html`<p class="problem" role="alert">${words.failed} <bdi>${fault}</bdi></p>`}
${running ? html`<p><a class="button quiet" href="/cameras/${camera.id}/test">${words.look}</a></p>` : start(view)}
<p><a href="/cameras#camera-${camera.id}">${words.toCameras}</a></p>
</section>
${report === null ? html`<p class="unprinted">${words.none}</p>` : reportOf(view, report)}
</main>`,
  )
}

const clockOf = ({ words, zone }: Frame, utcMs: number) =>
  new Date(utcMs).toLocaleTimeString(words.language, { timeZone: zone, hour: '2-digit', minute: '2-digit' })

function start(view: CameraTestView): Html {
  const words = cameraTestWords(view)
  return html`<p>${words.what}</p>
<p class="hint">${words.viewers}</p>
<form class="buttons" method="post" action="/cameras/${view.camera.id}/test"><button ${view.report === null ? '' : html`class="quiet"`}>${view.report === null ? words.start : words.again}</button></form>`
}

const order = ['ok', 'warning', 'problem'] as const

const worstOf = (findings: readonly TestFinding[]) =>
  order[Math.max(0, ...findings.map(({ level }) => order.indexOf(level)))] ?? 'ok'

function reportOf(view: CameraTestView, report: CameraReport): Html {
  const words = cameraTestWords(view)
  const { findings, picture, atMs } = report
  const worst = worstOf(findings)
  return html`<section class="panel report">
<h2 class="verdict" data-level="${worst}">${words.verdict[worst]}</h2>
<p class="soft">${words.made} ${time(view, atMs, view.nowMs, 'clock')}</p>
<dl class="tested-parts">${findings.map((one) => findingOf(view, one))}</dl>
${
  picture === null
    ? ''
    : html`<div class="test-pictures">${pictureOf(view, 'picture', words.pictureNow)}${view.hasNight && !picture.isGrey ? pictureOf(view, 'night', words.pictureNight) : ''}</div>`
}
<p class="hint unprinted">${words.print}</p>
</section>`
}

const findingOf = (view: CameraTestView, finding: TestFinding): Html => {
  const words = cameraTestWords(view)
  const { part, level } = finding
  return html`<div data-level="${level}"><dt>${words.parts[part]} <span class="level">${words.levels[level]}</span></dt>
<dd><bdi>${findingWords(finding, view.words.language as Language)}</bdi></dd></div>`
}

const pictureOf = ({ camera, report }: CameraTestView, which: 'picture' | 'night', title: string): Html =>
  html`<figure><img src="/cameras/${camera.id}/test/${which}.jpg?of=${report?.atMs ?? 0}" alt="${title}"><figcaption>${title}</figcaption></figure>`
