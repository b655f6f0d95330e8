/**
 * What a horse is known by: its looks, and the names that it had.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import { time } from './times.ts'

export interface LookView {
  readonly picture: string
  readonly takenMs: number
  readonly infrared: boolean
  readonly isAnchor: boolean
  readonly isPhoto: boolean
  /** The sighting that it is of; null where that is not kept. */
  readonly sightingId: string | null
}

export interface NameThen {
  readonly name: string | null
  readonly sinceMs: number
  /** It was the name of a horse that was merged into it. */
  readonly isAlias: boolean
}

export function gallery(
  spoken: Spoken,
  horseId: string,
  { looks, more }: { looks: readonly LookView[]; more: number },
  mayCorrect: boolean,
  nowMs: number,
): Html {
  const words = spoken.words.record.looks
  const figure = (one: LookView) => {
    const marks = [
      one.infrared ? words.infrared : words.day,
      ...(one.isAnchor ? [words.anchor] : []),
      ...(one.isPhoto ? [words.photo] : []),
    ]
    const notThis =
      mayCorrect && one.sightingId !== null
        ? html`<form method="post" action="/sightings/corrections">
<input type="hidden" name="sighting" value="${one.sightingId}"><input type="hidden" name="of" value="${horseId}"><input type="hidden" name="answer" value="not">
<button class="quiet small">${spoken.words.record.sightings.notThis}</button></form>`
        : ''
    return html`<figure class="${one.isAnchor ? 'anchor' : ''}"><img src="${one.picture}" alt="" loading="lazy">
<figcaption>${time(spoken, one.takenMs, nowMs, 'clock')} <span class="hint">${marks.join(', ')}</span></figcaption>${notThis}</figure>`
  }
  const rest = more > 0 ? html`<p class="hint">${words.more(more)}</p>` : ''
  return html`<section class="sheet" data-part="looks"><h2>${words.title}</h2>
${looks.length === 0 ? html`<p class="hint">${words.none}</p>` : html`<div class="looks">${looks.map(figure)}</div>`}${rest}</section>`
}

export function namesSection(spoken: Spoken, names: readonly NameThen[], nowMs: number): Html | '' {
  if (names.length === 0) return ''
  const words = spoken.words.record.names
  const row = ({ name, sinceMs, isAlias }: NameThen) => {
    const alias = isAlias ? html` <span class="hint">${words.alias}</span>` : ''
    return html`<li><bdi>${name ?? words.none}</bdi>${alias} <span class="hint">${spoken.words.record.head.since} ${time(spoken, sinceMs, nowMs, 'clock')}</span></li>`
  }
  return html`<section class="sheet" data-part="names"><h2>${words.title}</h2><ul class="rows plain">${names.map(row)}</ul></section>`
}
