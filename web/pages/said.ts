/**
 * What people set right, and the way back: a line after each correction, and lists of them.
 */
import { html } from 'hono/html'
import type { CorrectionKind } from '../../daemon/types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import { time } from './times.ts'
import { type Called, called } from './why.ts'

/** A horse, and where its page is; null where it has none any more. */
export type Linked = Called & { readonly id: string | null }

export interface Said {
  readonly id: string
  readonly kind: CorrectionKind
  readonly atMs: number
  readonly actor: string | null
  /** Whose it was, and whose it is since; null where that is nobody. */
  readonly from: Linked | null
  readonly to: Linked | null
  readonly undoneMs: number | null
}

/** What was done a moment ago; `saved` is what cannot be undone by a button. */
export type Done = Said | 'saved' | null

const link = ({ words }: Spoken, horse: Linked) =>
  horse.id === null
    ? html`<bdi>${called(words, horse)}</bdi>`
    : html`<a href="/horses/${horse.id}"><bdi>${called(words, horse)}</bdi></a>`

function what(spoken: Spoken, { kind, from, to }: Said): Html {
  const who = [from, to].filter((one) => one !== null).map((one) => link(spoken, one))
  const [first, second] = who
  const names = first && html`: ${first}${second ? html` <span aria-hidden="true">→</span> ${second}` : ''}`
  return html`<span>${spoken.words.record.said.kinds[kind]}${names ?? ''}</span>`
}

const undoButton = ({ words: { record } }: Spoken, id: string) =>
  html`<form method="post" action="/corrections/${id}/undo"><button class="quiet">${record.said.undo}</button></form>`

/** The line that says what was done, with the way back. */
export function doneLine(spoken: Spoken, done: Done, mayCorrect: boolean): Html | '' {
  if (done === null) return ''
  const { said } = spoken.words.record
  const line = (content: Html) =>
    html`<div class="done" role="status" tabindex="-1" data-part="done">${content}</div>`
  if (done === 'saved') return line(html`<span>${said.saved}</span>`)
  if (done.undoneMs !== null) return line(html`<span>${said.undone}</span>`)
  return line(html`${what(spoken, done)}${mayCorrect ? undoButton(spoken, done.id) : ''}`)
}

export function saidList(
  spoken: Spoken,
  corrections: readonly Said[],
  mayCorrect: boolean,
  nowMs: number,
): Html {
  const { said } = spoken.words.record
  if (corrections.length === 0) return html`<p class="hint">${said.none}</p>`
  const row = (one: Said) => {
    const by = one.actor === null ? '' : html`, <bdi>${one.actor}</bdi>`
    const state =
      one.undoneMs !== null
        ? html`<span class="hint">${said.undone}</span>`
        : mayCorrect
          ? undoButton(spoken, one.id)
          : ''
    return html`<li class="${one.undoneMs === null ? 'stands' : 'undone'}"><span class="what">${what(spoken, one)}
<span class="hint">${time(spoken, one.atMs, nowMs, 'clock')}${by}</span></span>${state}</li>`
  }
  return html`<ul class="rows">${corrections.map(row)}</ul>`
}

export interface SaidView extends Frame {
  readonly nowMs: number
  readonly mayCorrect: boolean
  readonly done: Done
  readonly corrections: readonly Said[]
  /** Where older ones are; null where there are none. */
  readonly older: string | null
}

/** The page with all of them. */
export function saidPage(view: SaidView): Html {
  const { record } = view.words
  const older =
    view.older === null
      ? ''
      : html`<p><a class="button quiet" href="${view.older}">${record.sightings.older}</a></p>`
  return layout(
    view,
    record.said.title,
    html`<main class="record narrow">
${doneLine(view, view.done, view.mayCorrect)}
<section class="sheet" data-part="said"><h1>${record.said.title}</h1>
${saidList(view, view.corrections, view.mayCorrect, view.nowMs)}${older}</section>
</main>`,
  )
}
