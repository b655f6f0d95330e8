/**
 * Naming a horse in the dialog over a page with cards, and what else is asked about it there.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import { badge, face } from './figures.ts'
import { type WhyView, whySection } from './why.ts'

export interface NamingView {
  readonly id: string
  readonly streamId: string
  readonly number: number
  readonly name: string | null
  readonly notes: string | null
  readonly revision: number
  readonly color: string
  readonly avatar: string | null
  /** Whether who looks may name it. */
  readonly mayCorrect: boolean
  readonly nowMs: number
  /** Horses that may be this one. */
  readonly maybe: readonly MergeChoice[]
  /** Why its newest sighting is thought to be of it; null where it was never seen. */
  readonly why: Reasoned | null
}

export interface Reasoned {
  readonly words: string
  readonly why: WhyView | null
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

/** `data-api` is where the script sends it, `data-revision` what whoever writes has seen. */
export function namingForm(spoken: Spoken, view: NamingView): Html {
  const { words } = spoken
  const { id, streamId, why } = view
  const head = html`<h2 id="dialog-title"><span class="face">${face(view.avatar)}${badge(view.number, view.color)}</span>`
  const all = html`<a class="button quiet" href="/horses/${id}">${words.record.all}</a>`
  const form = view.mayCorrect
    ? html`<form class="edit" method="post" action="/horses/${id}" data-api="/api/v1/streams/${streamId}/horses/${id}" data-revision="${view.revision}">
${head} ${words.edit.title(view.number)}</h2>
<label>${words.edit.name}<input name="name" value="${view.name ?? ''}" maxlength="100" autocomplete="off" dir="auto" autofocus></label>
<label>${words.edit.notes}<textarea name="notes" rows="3" maxlength="500" dir="auto">${view.notes ?? ''}</textarea></label>
<p class="problem" role="alert"></p>
<p class="buttons">${all}<a class="button quiet" href="/" data-close>${words.edit.cancel}</a><button>${words.edit.save}</button></p>
</form>`
    : html`<div class="edit">${head} <bdi>${words.horse(view.number, view.name)}</bdi></h2>
${view.notes === null ? '' : html`<p class="notes" dir="auto">${view.notes}</p>`}
<p class="buttons">${all}<a class="button quiet" href="/" data-close>${words.record.cancel}</a></p></div>`
  return html`${form}${sameSection(spoken, view.maybe)}${why ? whySection(spoken, why.words, why.why, view.nowMs) : ''}`
}

/** Plain forms, with or without scripts: what they do is asked for seldom and shows everywhere. */
export function sameSection({ words }: Spoken, maybe: readonly MergeChoice[]): Html | '' {
  if (maybe.length === 0) return ''
  const choices = maybe.map(
    (one) => html`<form method="post" action="/horses/${one.horseId}/merge">
<input type="hidden" name="into" value="${one.intoId}">
<span class="face">${face(one.avatar)}${badge(one.number, one.color)}</span>
<span><bdi>${words.horse(one.number, one.name, one.homeName)}</bdi></span><button>${words.same.merge}</button></form>`,
  )
  return html`<section class="same">
<h3>${words.same.title}</h3><p>${words.same.hint}</p>${choices}
</section>`
}
