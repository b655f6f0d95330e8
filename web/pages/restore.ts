/**
 * A new box for a broken one: which backup, what it will bring, and that it is under way.
 */
import { html } from 'hono/html'
import type { OfferedBackup, StagedBackup } from '../../daemon/restore-types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { bytes, figures } from './tell.ts'

export interface RestoreView extends Frame {
  readonly nowMs: number
  readonly hasHorses: boolean
  readonly isBusy: boolean
  /** Null where none was chosen yet. */
  readonly staged: StagedBackup | null
  readonly backups: readonly OfferedBackup[]
  /** Folders that may not be looked into. */
  readonly barred: readonly string[]
  readonly mostBytes: number
  /** Why the last one was not taken, as the box says it. */
  readonly problem: string | null
}

export function restorePage(view: RestoreView): Html {
  const { restore: words } = boxWords(view)
  const { hasHorses, isBusy, staged, problem } = view
  const body = hasHorses
    ? html`<p>${words.hasHorses} <code>barnbox restore</code></p>`
    : isBusy
      ? html`<p role="status">${words.busy}</p><p><a class="button quiet" href="/restore">${words.look}</a></p>`
      : staged
        ? what(view, staged)
        : choice(view)
  return layout(
    view,
    words.title,
    html`<main class="box restore">
<h1>${words.title}</h1>
${problem === null ? '' : html`<p class="problem" role="alert">${words.refused} <bdi lang="en">${problem}</bdi></p>`}
${body}
</main>`,
  )
}

/** A backup's own time: whole, for it may be of last year. */
function timeOf({ words, zone: timeZone }: Frame, utcMs: number): Html {
  const date = new Date(utcMs)
  const locale = words.language === 'en' ? 'en-GB' : words.language
  const told = date.toLocaleString(locale, { timeZone, dateStyle: 'long', timeStyle: 'short' })
  return html`<time datetime="${date.toISOString()}">${told}</time>`
}

function choice(view: RestoreView): Html {
  const { restore: words } = boxWords(view)
  const { backups, barred, mostBytes } = view
  return html`<p>${words.intro}</p>
<section class="panel">
<h2>${words.fromFile}</h2>
<form class="fields" method="post" action="/restore/file" enctype="multipart/form-data">
<label>${words.file}<input type="file" name="file" accept=".tar,application/x-tar" required aria-describedby="file-hint"></label>
<p class="hint" id="file-hint">${words.fileHint(bytes(view, mostBytes))}</p>
<p class="hint">${words.patience}</p>
<p class="buttons"><button>${words.send}</button></p>
</form>
</section>
<section class="panel">
<h2>${words.onDisks}</h2>
${backups.length === 0 ? html`<p>${words.none}</p>` : html`<ul class="rows">${backups.map((one) => row(view, one))}</ul>`}
${barred.length === 0 ? '' : html`<p class="hint">${words.barred} ${barred.map((folder) => html`<code>${folder}</code> `)}</p>`}
<p><a class="button quiet" href="/restore">${words.look}</a></p>
</section>`
}

function row(view: RestoreView, { id, madeMs, box, horses, bytes: size, folder }: OfferedBackup): Html {
  const { restore: words } = boxWords(view)
  return html`<li><form method="post" action="/restore/offered">
<p id="backup-${id}"><strong>${timeOf(view, madeMs)}</strong> <bdi>${box ?? words.noName}</bdi>, ${words.horses(horses)}, ${bytes(view, size)}<br><code>${folder}</code></p>
<button class="quiet" name="backup" value="${id}" aria-describedby="backup-${id}">${words.take}</button>
</form></li>`
}

function what(view: RestoreView, staged: StagedBackup): Html {
  const { restore: words } = boxWords(view)
  const { madeMs, box, version, horses, sightings, named, people, cameras, problems } = staged
  const list = (names: readonly string[]) =>
    names.length === 0 ? words.nobody : html`<bdi>${names.join(', ')}</bdi>`
  const count = (some: number) => some.toLocaleString(view.words.language)
  return html`<section class="panel">
<h2>${words.willCome}</h2>
${figures([
  [words.made, timeOf(view, madeMs)],
  [words.box, html`<bdi>${box ?? words.noName}</bdi>`],
  [words.allHorses, count(horses)],
  [words.sightings, count(sightings)],
  [words.program, version],
])}
<dl class="brings">
<div><dt>${words.named}</dt><dd>${list(named)}</dd></div>
<div><dt>${words.people}</dt><dd>${list(people)}</dd></div>
<div><dt>${words.cameras}</dt><dd>${list(cameras)}</dd></div>
</dl>
${problems.length === 0 ? '' : html`<p class="problem">${words.withoutConfig}</p><ul>${problems.map((one) => html`<li><bdi lang="en">${one}</bdi></li>`)}</ul>`}
</section>
<section class="panel">
<form class="fields" method="post" action="/restore/confirm">
<p><strong>${words.never}</strong></p>
<label class="sure"><input type="checkbox" name="sure" value="yes" required> ${words.sure}</label>
<p class="buttons"><button>${words.confirm}</button></p>
</form>
<form class="buttons" method="post" action="/restore/discard"><button class="quiet">${words.discard}</button></form>
</section>`
}

/** `back`: where the box answers again. */
export function restoringPage(frame: Frame, back: string): Html {
  const { restore: words } = boxWords(frame)
  return layout(
    frame,
    words.going,
    html`<main class="single"><div class="edit">
<h1>${words.going}</h1>
<p role="status">${words.goingHint}</p>
<p class="buttons"><a class="button" href="${back}" data-back>${words.go}</a></p>
</div></main>`,
  )
}
