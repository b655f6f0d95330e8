/**
 * How the box does: first in words for whoever cares for the horses, the figures behind them for whoever cares for the box.
 */
import { html } from 'hono/html'
import type { CameraQuality, Machine, ModelRun, SystemCamera, SystemView } from '../../daemon/system-types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { qualityLine, stateLine } from './cameras.ts'
import { syncPart } from './sync.ts'
import { bytes, figure, figures } from './tell.ts'
import { time } from './times.ts'

export interface SystemPageView extends Frame {
  readonly nowMs: number
  /** By name: `ok`, or what is wrong. */
  readonly checks: Readonly<Record<string, string>>
  readonly system: SystemView
  readonly machine: Machine
  readonly quality: ReadonlyMap<string, CameraQuality | null>
  /** Of the certificate that the box made for itself; null where there is none. */
  readonly fingerprint: string | null
  /** Whether a backup may take the place of what there is; null for who may do nothing with backups. */
  readonly backup: { readonly mayRestore: boolean } | null
  /** The newest lines; null for who may not see them. */
  readonly log: readonly string[] | null
}

/** With so little left on the disk nothing may be storable tomorrow. */
const LEAST_FREE_BYTES = 2e9

export function systemPage(view: SystemPageView): Html {
  const { system: words } = boxWords(view)
  return layout(
    view,
    words.title,
    html`<main class="box">
<h1>${words.title}</h1>
${health(view)}
${cameras(view)}
${recognition(view)}
${room(view)}
${syncPart(view, view.system.sync)}
${versions(view)}
${view.backup === null ? '' : backup(view, view.backup.mayRestore)}
${view.log === null ? '' : help(view, view.log)}
</main>`,
  )
}

function health(view: SystemPageView): Html {
  const { system: words } = boxWords(view)
  const isWell = Object.values(view.checks).every((one) => one === 'ok')
  const rows = Object.entries(view.checks).map(([name, state]) => {
    const inWords = (state: string) =>
      Object.hasOwn(words.waits, state)
        ? words.waits[state as keyof typeof words.waits]
        : html`<bdi lang="en">${state}</bdi>`
    const label = (words.checks as Readonly<Record<string, string>>)[name] ?? name
    return html`<li data-is="${state === 'ok' ? 'fine' : 'wrong'}"><strong>${label}</strong> ${state === 'ok' ? words.fine : inWords(state)}</li>`
  })
  return html`<section class="panel">
<h2>${isWell ? words.allWell : words.notWell}</h2>
<ul class="checks">${rows}</ul>
</section>`
}

function cameras(view: SystemPageView): Html {
  const { system: words } = boxWords(view)
  return html`<section class="panel">
<h2>${view.words.cameras}</h2>
<ul class="rows">${view.system.cameras.map((camera) => cameraRow(view, camera))}</ul>
<p><a href="/cameras">${words.toCameras}</a></p>
</section>`
}

function cameraRow(view: SystemPageView, camera: SystemCamera): Html {
  const { id, name, horses, tracklets } = camera
  const { system: words } = boxWords(view)
  return html`<li><p><strong><bdi>${name}</bdi></strong> ${stateLine(view, camera)}
<span class="soft">${words.knows(horses)}, ${words.inView(tracklets)}</span></p>${qualityLine(view, view.quality.get(id) ?? null)}</li>`
}

function model(view: SystemPageView, what: string, run: ModelRun | null): Html {
  const { system: words } = boxWords(view)
  if (run === null) return html`<p>${what}: ${words.noModel}</p>`
  const slow =
    run.fallback === null
      ? ''
      : html` <span class="soft">${words.fellBack} <bdi lang="en">${run.fallback}</bdi></span>`
  return html`<p>${what}: <bdi>${run.name}</bdi>, ${words.runsOn(run.provider)}${slow}</p>`
}

function recognition(view: SystemPageView): Html {
  const { system: words } = boxWords(view)
  const { detector, embedder, embedding, stages, sightings, workers, lag } = view.system
  const { matched, created } = words
  const kinds: Readonly<Record<string, string>> = { matched, created, unknown: view.words.unknown }
  const stageNames: Readonly<Record<string, string>> = { detect: words.finds, embed: words.tellsApart }
  const isChanging =
    embedding !== null && ['re-embedding', 'switching', 'measuring'].includes(embedding.state)
  return html`<section class="panel">
<h2>${words.recognition}</h2>
${model(view, words.finds, detector)}
${model(view, words.tellsApart, embedder)}
${embedder?.stopgap === true ? html`<p class="soft">${view.words.stopgap(embedder.name)}</p>` : ''}
${
  isChanging
    ? html`<p>${words.changing(embedding.to)} <progress max="${Math.max(1, embedding.total)}" value="${embedding.done}"></progress> ${embedding.done} / ${embedding.total}</p>`
    : ''
}
<details><summary>${words.figures}</summary>${figures([
    ...(workers ? [[words.workers, `${workers.running} / ${workers.wanted}`] as const] : []),
    ...Object.entries(stages).flatMap(([name, stage]) => [
      figure(view, `${stageNames[name] ?? name}: ${words.inferences}`, stage.inferences),
      figure(view, `${stageNames[name] ?? name}: ${words.failed}`, stage.failed),
    ]),
    ...Object.entries(sightings).map(([kind, count]) =>
      figure(view, `${words.sightings}: ${kinds[kind] ?? kind}`, count),
    ),
    [words.lag, `${lag.p50Ms.toFixed(1)} / ${lag.p99Ms.toFixed(1)} ms`],
    ...calibrated(view),
  ])}</details>
</section>`
}

/** What cosines mean in this barn, as far as that is known. */
function calibrated(view: SystemPageView) {
  const { calibration } = view.system
  if (calibration === null) return []
  const { calibration: words } = boxWords(view).system
  const { method, same, different, ece } = calibration
  return [
    [words.title, words.methods[method]] as const,
    [words.pairs, `${same} / ${different}`] as const,
    ...(ece === null ? [] : [[words.error, ece.toFixed(3)] as const]),
  ]
}

function room(view: SystemPageView): Html {
  const { system: words } = boxWords(view)
  const { stateBytes, diskFreeBytes, diskBytes, memoryBytes, memoryFreeBytes, cores, system } = view.machine
  const isFull = diskFreeBytes < LEAST_FREE_BYTES
  return html`<section class="panel">
<h2>${words.room}</h2>
<p>${words.takes(bytes(view, stateBytes), bytes(view, diskFreeBytes))}</p>
${isFull ? html`<p class="problem" role="alert">${words.nearlyFull}</p>` : ''}
<details><summary>${words.figures}</summary>${figures([
    [words.disk, bytes(view, diskBytes)],
    [words.memoryOfBox, bytes(view, view.system.rssBytes)],
    [words.memory, `${bytes(view, memoryFreeBytes)} / ${bytes(view, memoryBytes)}`],
    [words.cores, String(cores)],
    [words.machine, system],
  ])}</details>
</section>`
}

function versions(view: SystemPageView): Html {
  const { system: words } = boxWords(view)
  const { version, node, ffmpeg, startedMs } = view.system
  return html`<section class="panel">
<h2>barnbox ${version}</h2>
<p>${words.runningSince} ${time(view, startedMs, view.nowMs, 'clock')}</p>
${view.fingerprint === null ? '' : html`<p>${words.fingerprint}<br><code>${view.fingerprint}</code></p>`}
<details><summary>${words.figures}</summary>${figures([
    ['Node.js', node],
    ['ffmpeg', ffmpeg === null ? words.noModel : `${ffmpeg.version} (${ffmpeg.path})`],
  ])}</details>
</section>`
}

function backup(view: SystemPageView, mayRestore: boolean): Html {
  const { restore: words } = boxWords(view)
  return html`<section class="panel">
<h2>${words.backup}</h2>
<p>${words.backupHint}</p>
<form method="post" action="/api/v1/backups"><button class="quiet">${words.download}</button></form>
${mayRestore ? html`<p><a href="/restore">${words.title}</a></p>` : ''}
</section>`
}

function help(view: SystemPageView, log: readonly string[]): Html {
  const { system: words } = boxWords(view)
  return html`<section class="panel">
<h2>${words.help}</h2>
<p>${words.helpHint}</p>
<p><a class="button quiet" href="/api/v1/diagnostics" download>${words.download}</a></p>
<details><summary>${words.log}</summary>
<pre class="log" tabindex="0" translate="no">${log.length === 0 ? words.noLines : log.join('\n')}</pre></details>
</section>`
}
