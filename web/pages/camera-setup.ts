/**
 * Adding a camera, step by step, and changing one: plain forms, each step a page of its own.
 */
import { html } from 'hono/html'
import type { CameraSettings, CameraTrial, FoundDevice, OfferedStream } from '../../daemon/camera-types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { cameraWords } from '../words/camera.ts'
import {
  credentials,
  emptySource,
  faultLines,
  problemLine,
  type SetupProblem,
  type SourceFields,
  sourceFields,
  trialFigures,
} from './camera-forms.ts'

export interface AddCameraView extends Frame {
  /** What answered on the network; null where nobody has looked. */
  readonly devices: readonly FoundDevice[] | null
  readonly source: SourceFields
  readonly problem: SetupProblem | null
}

export function addCameraPage(view: AddCameraView): Html {
  const words = cameraWords(view)
  return layout(
    view,
    words.add,
    html`<main class="box">
<h1>${words.add}</h1>
${problemLine(view, view.problem)}
<section class="panel">
<h2>${words.onNetwork}</h2>
<p class="hint">${words.onNetworkHint}</p>
<form class="buttons" method="post" action="/add-camera/look"><button class="quiet">${words.look}</button></form>
${view.devices === null ? '' : deviceList(view, view.devices)}
</section>
<section class="panel">
<h2>${words.byAddress}</h2>
<form class="fields" method="post" action="/add-camera">
${sourceFields(view, view.source)}
<p class="hint">${words.testHint}</p>
<p class="buttons"><button>${words.test}</button></p>
</form>
</section>
</main>`,
  )
}

function deviceList(view: Frame, devices: readonly FoundDevice[]): Html {
  const words = cameraWords(view)
  if (devices.length === 0) return html`<p role="status">${words.nobody}</p>`
  return html`<p role="status">${words.found(devices.length)}</p>
<ul class="rows">${devices.map((device) => deviceRow(view, device))}</ul>`
}

function deviceRow(view: Frame, { host, port, name, maker }: FoundDevice): Html {
  const words = cameraWords(view)
  const address = port === 80 ? host : `${host}:${port}`
  return html`<li><details>
<summary><strong><bdi>${name ?? words.unnamed}</bdi></strong> <span class="soft"><bdi>${address}</bdi>${maker === null ? '' : html`, ${words.by} <bdi>${maker}</bdi>`}</span></summary>
<form class="fields" method="post" action="/add-camera">
<input type="hidden" name="address" value="${address}">
${credentials(view, emptySource)}
<p class="buttons"><button>${words.showStreams}</button></p>
</form></details></li>`
}

export interface TriedCameraView extends Frame {
  readonly draft: string
  /** The camera that it is about; null for a new one. */
  readonly of: string | null
  readonly name: string
  readonly source: SourceFields
  /** What a device offers; null where an address was typed. */
  readonly streams: readonly OfferedStream[] | null
  /** Null before one was chosen. */
  readonly trial: CameraTrial | null
  readonly problem: SetupProblem | null
}

/** A camera that is chosen and tried, and not saved yet. */
export function triedCameraPage(view: TriedCameraView): Html {
  const words = cameraWords(view)
  const title = view.of === null ? words.add : words.setUpOf(view.of)
  return layout(
    view,
    title,
    html`<main class="box">
<h1>${title}</h1>
${problemLine(view, view.problem)}
${view.trial === null ? '' : found(view, view.trial)}
${view.streams === null ? '' : streamChoice(view, view.streams)}
${
  view.trial === null
    ? ''
    : html`<section class="panel"><details class="more" ${view.trial.main.fault === null ? '' : 'open'}><summary class="button quiet">${words.other}</summary>
<form class="fields" method="post" action="/add-camera/${view.draft}/test">
${sourceFields(view, view.source)}
<p class="hint">${words.testHint}</p>
<p class="buttons"><button class="quiet">${words.testAgain}</button></p>
</form></details></section>`
}
</main>`,
  )
}

function found(view: TriedCameraView, { main, detect }: CameraTrial): Html {
  const words = cameraWords(view)
  const isGood = main.fault === null && (detect === null || detect.fault === null)
  const picture =
    main.picture === null
      ? ''
      : html`<img class="tried" src="/add-camera/${view.draft}/picture.jpg" alt="${words.pictureOf}">`
  const save = html`<form class="fields" method="post" action="/add-camera/${view.draft}/save">
${view.of === null ? html`<label>${words.name}<input name="name" value="${view.name}" maxlength="60" required autocomplete="off" autocapitalize="words" dir="auto"></label>` : ''}
${isGood ? '' : html`<p class="hint">${words.saveAnywayHint}</p>`}
<p class="buttons"><button ${isGood ? '' : html`class="quiet"`}>${isGood ? words.save : words.saveAnyway}</button></p></form>`
  return html`<section class="panel">
<h2>${main.fault === null ? words.works : words.fails}</h2>
${faultLines(view, main)}
${picture}
${trialFigures(view, main)}
${detect === null ? '' : html`<h3>${words.forHorses}</h3>${faultLines(view, detect)}${trialFigures(view, detect)}`}
${isGood ? save : html`<details class="more"><summary class="button quiet">${words.saveAnyway}</summary>${save}</details>`}
</section>`
}

function streamChoice(view: TriedCameraView, streams: readonly OfferedStream[]): Html {
  const words = cameraWords(view)
  const area = ({ width, height }: OfferedStream) => (width ?? 0) * (height ?? 0)
  const largest = streams.reduce((best, one, n) => (area(one) > area(streams[best] ?? one) ? n : best), 0)
  const label = ({ name, codec, width, height, fps }: OfferedStream) =>
    [
      name,
      codec,
      width === null || height === null ? null : `${width} × ${height}`,
      fps === null ? null : words.rate(fps.toLocaleString(view.words.language)),
    ]
      .filter((part) => part !== null && part !== '')
      .join(', ')
  const options = (chosen: number) =>
    streams.map(
      (one, n) => html`<option value="${n}" ${n === chosen ? 'selected' : ''}>${label(one)}</option>`,
    )
  return html`<section class="panel">
<h2>${words.choose}</h2>
<form class="fields" method="post" action="/add-camera/${view.draft}/choose">
<label>${words.mainStream}<select name="main">${options(largest)}</select></label>
<label>${words.detectStream}<select name="detect"><option value="">${words.same}</option>${options(-1)}</select></label>
<p class="hint">${words.testHint}</p>
<p class="buttons"><button ${view.trial === null ? '' : html`class="quiet"`}>${words.test}</button></p>
</form></section>`
}

export interface CameraSettingsView extends Frame {
  readonly camera: CameraSettings
  readonly source: SourceFields
  readonly problem: SetupProblem | null
}

export function cameraSettingsPage(view: CameraSettingsView): Html {
  const words = cameraWords(view)
  const { camera } = view
  return layout(
    view,
    words.setUpOf(camera.name),
    html`<main class="box">
<h1>${words.setUpOf(camera.name)}</h1>
${problemLine(view, view.problem)}
${camera.isFromConfig ? ofConfig(view) : ofPage(view)}
</main>`,
  )
}

function ofConfig(view: CameraSettingsView): Html {
  const words = cameraWords(view)
  const { id, name, url, detectUrl, username, hasPassword, transport } = view.camera
  const rows: [string, string | null][] = [
    [words.id, id],
    [words.rename, name],
    [words.address, url],
    [words.detectStream, detectUrl],
    [words.user, username],
    [words.password, hasPassword ? '••••••••' : null],
    [words.transport, words.transports[transport]],
  ]
  return html`<section class="panel"><p>${words.fromConfig}</p>
<dl class="said">${rows.map(([term, value]) => (value === null ? '' : html`<dt>${term}</dt><dd><bdi>${value}</bdi></dd>`))}</dl></section>`
}

function ofPage(view: CameraSettingsView): Html {
  const words = cameraWords(view)
  const { id, name, enabled } = view.camera
  return html`<section class="panel">
<h2>${words.rename}</h2>
<form class="fields" method="post" action="/cameras/${id}/settings">
<label>${words.name}<input name="name" value="${name}" maxlength="60" required autocomplete="off" autocapitalize="words" dir="auto"></label>
<p class="buttons"><button class="quiet">${words.save}</button></p>
</form></section>
<section class="panel">
<h2>${words.stream}</h2>
<form class="fields" method="post" action="/add-camera">
<input type="hidden" name="of" value="${id}">
${sourceFields(view, view.source)}
<p class="hint">${words.testHint}</p>
<p class="buttons"><button>${words.test}</button></p>
</form></section>
<section class="panel">
<form class="buttons" method="post" action="/cameras/${id}/pause">
<input type="hidden" name="paused" value="${enabled ? 'yes' : 'no'}">
<button class="quiet">${enabled ? words.pause : words.goOn}</button></form>
${enabled ? html`<p class="hint">${words.pauseHint}</p>` : ''}
</section>
<section class="panel">
<details class="more"><summary class="button quiet">${words.remove}</summary>
<p>${words.removeHint(id)}</p>
<form class="buttons" method="post" action="/cameras/${id}/remove"><button class="bad">${words.reallyRemove(name)}</button></form>
</details></section>`
}
