/**
 * A horse's sightings, the newest first, by day; for those who may correct with what sets each right.
 */
import { html } from 'hono/html'
import { clockTime, dayKey, dayName } from '../days.ts'
import type { Html } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import { share } from './why.ts'

export interface SightingRow {
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
  readonly camera: string
  readonly picture: string | null
  readonly kind: 'matched' | 'created' | 'unknown' | 'corrected'
  /** How probable the box thought it, 0-1; null where it did not look. */
  readonly score: number | null
  /** The correction that made it this horse's, where it can be undone by itself. */
  readonly undo: string | null
}

export interface TimelineView {
  readonly horseId: string
  readonly sightings: readonly SightingRow[]
  readonly mayCorrect: boolean
  /** Sightings are being chosen that are of another horse. */
  readonly isSplitting: boolean
  /** Where older ones are; null where there are none. */
  readonly older: string | null
  /** These are not the newest. */
  readonly isPast: boolean
  readonly nowMs: number
}

export function certainty({ words }: Spoken, { kind, score }: Pick<SightingRow, 'kind' | 'score'>): string {
  const { sightings } = words.record
  if (kind === 'corrected') return sightings.corrected
  if (kind === 'created') return sightings.founded
  return score === null ? words.why.notLooked : sightings.certain(share(score))
}

/** `08:12 to 09:40`; one time where it was a moment. */
export function spanOf(spoken: Spoken, fromMs: number, toMs: number): string {
  const [from, to] = [clockTime(spoken, fromMs), clockTime(spoken, toMs)]
  return from === to ? from : spoken.words.record.sightings.from(from, to)
}

function corrections(spoken: Spoken, horseId: string, { id, undo }: SightingRow): Html {
  const { sightings, said } = spoken.words.record
  const back =
    undo === null
      ? ''
      : html`<form method="post" action="/corrections/${undo}/undo"><button class="quiet small">${said.undo}</button></form>`
  return html`<form method="post" action="/sightings/corrections">
<input type="hidden" name="sighting" value="${id}"><input type="hidden" name="of" value="${horseId}"><input type="hidden" name="answer" value="not">
<button class="quiet small">${sightings.notThis}</button></form>
<a class="button quiet small" href="/sightings/${id}#who">${sightings.other}</a>${back}`
}

function row(spoken: Spoken, view: TimelineView, one: SightingRow): Html {
  const { sightings } = spoken.words.record
  const span = spanOf(spoken, one.fromMs, one.toMs)
  const picture =
    one.picture === null
      ? html`<span class="none" aria-hidden="true"></span>`
      : html`<img src="${one.picture}" alt="" loading="lazy">`
  const about = html`<span class="about"><b>${span}</b> <span><bdi>${one.camera}</bdi></span>
<span class="hint">${certainty(spoken, one)}</span></span>`
  if (view.isSplitting)
    return html`<li><label class="choose"><input type="checkbox" form="split" name="sighting" value="${one.id}">${picture}${about}</label></li>`
  return html`<li><a class="crop" href="/sightings/${one.id}" aria-label="${sightings.why} ${span}">${picture}</a>${about}
<span class="tools"><a class="button quiet small" href="/sightings/${one.id}">${sightings.why}</a>${view.mayCorrect ? corrections(spoken, view.horseId, one) : ''}</span></li>`
}

function days(spoken: Spoken, view: TimelineView): Html[] {
  const byDay = Map.groupBy(view.sightings, ({ toMs }) => dayKey(spoken, toMs))
  return [...byDay.values()].map((some) => {
    const name = dayName(spoken, some[0]?.toMs ?? 0, view.nowMs)
    return html`<h3 class="day">${name}</h3><ol class="rows">${some.map((one) => row(spoken, view, one))}</ol>`
  })
}

function split(spoken: Spoken, { horseId, isSplitting, sightings, mayCorrect }: TimelineView): Html | '' {
  if (!mayCorrect || sightings.length === 0) return ''
  const { split: words, pick } = spoken.words.record
  if (!isSplitting)
    return html`<p><a class="button quiet" href="/horses/${horseId}?split=1#sightings">${words.title}…</a></p>`
  return html`<form id="split" class="split" method="post" action="/horses/${horseId}/split">
<p>${words.hint}</p>
<label>${pick.name}<input name="name" maxlength="100" autocomplete="off" dir="auto"></label>
<p class="buttons"><a class="button quiet" href="/horses/${horseId}#sightings">${spoken.words.edit.cancel}</a><button>${words.button}</button></p>
</form>`
}

export function timeline(spoken: Spoken, view: TimelineView): Html {
  const { sightings: words } = spoken.words.record
  const newest = view.isPast
    ? html`<a class="button quiet" href="/horses/${view.horseId}#sightings">${words.newest}</a>`
    : ''
  const older =
    view.older === null ? '' : html`<a class="button quiet" href="${view.older}">${words.older}</a>`
  return html`<section class="sheet" id="sightings" data-part="sightings"><h2>${words.title}</h2>
${view.isSplitting ? split(spoken, view) : ''}
${view.sightings.length === 0 ? html`<p class="hint">${words.none}</p>` : days(spoken, view)}
${newest === '' && older === '' ? '' : html`<p class="buttons">${newest}${older}</p>`}
${view.isSplitting ? '' : split(spoken, view)}</section>`
}
