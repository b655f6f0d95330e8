/**
 * Naming a horse: the form, and the page around it for browsers without scripts.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'
import { strings } from '../strings.ts'
import { badge, face } from './figures.ts'

export interface HorseFormView {
  readonly id: string
  readonly streamId: string
  readonly number: number
  readonly name: string | null
  readonly notes: string | null
  readonly color: string
  readonly avatar: string | null
  /** What was wrong with the last try. */
  readonly problem: string | null
}

/** `data-api` is where the script sends it; the form itself works without one. */
export function horseForm(view: HorseFormView): Html {
  const api = `/api/v1/streams/${view.streamId}/horses/${view.id}`
  const words = strings.edit
  return html`<form class="edit" method="post" action="/horses/${view.id}" data-api="${api}">
<h2><span class="face">${face(view.avatar)}${badge(view.number, view.color)}</span> ${words.title(view.number)}</h2>
<label>${words.name}<input name="name" value="${view.name ?? ''}" maxlength="100" autocomplete="off" dir="auto" autofocus></label>
<label>${words.notes}<textarea name="notes" rows="3" maxlength="500" dir="auto">${view.notes ?? ''}</textarea></label>
<p class="problem" role="alert">${view.problem ?? ''}</p>
<p class="buttons"><a class="button quiet" href="/" data-close>${words.cancel}</a><button>${words.save}</button></p>
</form>`
}

export function horsePage(frame: Frame, view: HorseFormView): Html {
  return layout(
    frame,
    strings.horse(view.number, view.name),
    html`<main class="single">${horseForm(view)}</main>`,
  )
}
