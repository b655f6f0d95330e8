/**
 * Where a horse spends its time: its share of each camera. A table for everybody; the bars are drawn beside the figures.
 */
import { html } from 'hono/html'
import { lasting } from '../days.ts'
import type { Html } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'

export interface StayRow {
  readonly camera: string
  /** For how long it was seen there. */
  readonly dayMs: number
  readonly weekMs: number
}

function cell(spoken: Spoken, ms: number, all: number, color: string): Html {
  const percent = all > 0 ? Math.round((100 * ms) / all) : 0
  if (percent === 0 && ms === 0) return html`<td><span class="hint">-</span></td>`
  return html`<td><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
<rect class="all" width="100" height="10"></rect><rect width="${Math.max(1, percent)}" height="10" fill="${color}"></rect></svg>
<b>${percent} %</b> <span class="hint">${lasting(spoken, ms)}</span></td>`
}

export function staysSection(spoken: Spoken, stays: readonly StayRow[], color: string): Html {
  const words = spoken.words.record.stays
  const sum = (ms: (one: StayRow) => number) => stays.reduce((all, one) => all + ms(one), 0)
  const [day, week] = [sum(({ dayMs }) => dayMs), sum(({ weekMs }) => weekMs)]
  const rows = stays.map(
    (one) => html`<tr><th scope="row"><bdi>${one.camera}</bdi></th>
${cell(spoken, one.dayMs, day, color)}${cell(spoken, one.weekMs, week, color)}</tr>`,
  )
  const table = html`<table class="stays"><thead><tr><th scope="col">${words.camera}</th><th scope="col">${words.day}</th>
<th scope="col">${words.week}</th></tr></thead><tbody>${rows}</tbody></table>`
  return html`<section class="sheet" data-part="stays"><h2>${words.title}</h2>
${stays.length === 0 ? html`<p class="hint">${words.none}</p>` : table}</section>`
}
