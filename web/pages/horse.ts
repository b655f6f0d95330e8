/**
 * Naming a horse: the form, and the page around it for browsers without scripts.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import { badge, face } from './figures.ts'
import { time } from './times.ts'
import { type WhyView, whySection } from './why.ts'

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
  readonly nowMs: number
  /** Horses that may be this one. */
  readonly maybe: readonly MergeChoice[]
  /** Horses that people said are this one, the newest first. */
  readonly merged: readonly Merged[]
  /** Why its newest sighting is thought to be of it; null where it was never seen. */
  readonly why: { readonly words: string; readonly why: WhyView | null } | null
}

/** Another horse that this one may be. */
export interface MergeChoice {
  readonly number: number
  readonly name: string | null
  /** The camera whose number it has, where it is another one's than this horse's. */
  readonly homeName: string | null
  readonly color: string
  readonly avatar: string | null
  /** Which of the two becomes another name of which. */
  readonly horseId: string
  readonly intoId: string
}

export interface Merged {
  readonly correctionId: string
  readonly atMs: number
}

/** `data-api` is where the script sends it; the form itself works without one. */
export function horseForm(spoken: Spoken, view: HorseFormView): Html {
  const api = `/api/v1/streams/${view.streamId}/horses/${view.id}`
  const words = spoken.words.edit
  return html`<form class="edit" method="post" action="/horses/${view.id}" data-api="${api}">
<h2><span class="face">${face(view.avatar)}${badge(view.number, view.color)}</span> ${words.title(view.number)}</h2>
<label>${words.name}<input name="name" value="${view.name ?? ''}" maxlength="100" autocomplete="off" dir="auto" autofocus></label>
<label>${words.notes}<textarea name="notes" rows="3" maxlength="500" dir="auto">${view.notes ?? ''}</textarea></label>
<p class="problem" role="alert">${view.problem ?? ''}</p>
<p class="buttons"><a class="button quiet" href="/" data-close>${words.cancel}</a><button>${words.save}</button></p>
</form>${same(spoken, view)}${view.why ? whySection(spoken, view.why.words, view.why.why, view.nowMs) : ''}`
}

/** Plain forms, with or without scripts: what they do is asked for seldom and shows everywhere. */
function same(spoken: Spoken, { id, maybe, merged, nowMs }: HorseFormView): Html | '' {
  if (maybe.length + merged.length === 0) return ''
  const words = spoken.words.same
  const choices = maybe.map(
    (one) => html`<form method="post" action="/horses/${one.horseId}/merge">
<input type="hidden" name="into" value="${one.intoId}">
<span class="face">${face(one.avatar)}${badge(one.number, one.color)}</span>
<span><bdi>${spoken.words.horse(one.number, one.name, one.homeName)}</bdi></span><button>${words.merge}</button></form>`,
  )
  const undo = merged.map(
    (one) => html`<form method="post" action="/horses/${id}/merges/${one.correctionId}/undo">
<span>${words.merged} ${time(spoken, one.atMs, nowMs, 'clock')}</span><button class="quiet">${words.undo}</button></form>`,
  )
  return html`<section class="same">
${maybe.length === 0 ? '' : html`<h3>${words.title}</h3><p>${words.hint}</p>${choices}`}
${undo}
</section>`
}

export function horsePage(frame: Frame, view: HorseFormView): Html {
  return layout(
    frame,
    frame.words.horse(view.number, view.name),
    html`<main class="single">${horseForm(frame, view)}</main>`,
  )
}
