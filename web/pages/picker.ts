/**
 * Choosing a horse by its face: a search, and large buttons. Without scripts the search asks the box; with them it filters
 * while one types.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import { badge, face } from './figures.ts'

export interface Face {
  readonly id: string
  readonly number: number
  readonly name: string | null
  /** The camera whose number it has, where that needs saying. */
  readonly homeName: string | null
  readonly color: string
  readonly avatar: string | null
}

/** A button with a face; in a form it answers with the horse's id. */
export function faceButton({ words }: Spoken, one: Face, field: string): Html {
  return html`<button class="pick" name="${field}" value="${one.id}" data-number="${one.number}" data-name="${one.name ?? ''}">
<span class="face">${face(one.avatar)}${badge(one.number, one.color)}</span>
<span class="name"><bdi>${words.horse(one.number, one.name, one.homeName)}</bdi></span></button>`
}

export interface PickerView {
  readonly query: string
  readonly faces: readonly Face[]
  /** Where the answer goes, in which field, with what else. */
  readonly action: string
  readonly field: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
}

export const hiddenFields = (hidden: PickerView['hidden']) =>
  hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)

export function picker(spoken: Spoken, view: PickerView): Html {
  const { search, record } = spoken.words
  return html`<form class="search" method="get" role="search">
<label>${search.label}<input name="q" type="search" value="${view.query}" maxlength="100" autocomplete="off" dir="auto"></label>
<noscript><button>${search.button}</button></noscript>
</form>
<form method="post" action="${view.action}" class="faces">${hiddenFields(view.hidden)}
${view.faces.map((one) => faceButton(spoken, one, view.field))}
<p class="empty none-found" ${view.faces.length > 0 ? 'hidden' : ''}>${record.pick.none}</p></form>`
}
