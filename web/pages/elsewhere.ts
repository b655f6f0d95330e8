/**
 * What other boxes of the farm said of a horse in place of what was here, and the way back: the form of the facts with one field in it, so
 * it is an edit as any other, and later than what it takes back.
 */
import { html } from 'hono/html'
import type { Gender } from '../../daemon/types.ts'
import type { Html } from '../layout.ts'
import type { Words } from '../words/en.ts'
import type { Spoken } from '../words/languages.ts'
import { type FactName, label } from './facts.ts'
import { time } from './times.ts'

type Value = string | number | null

export interface ElsewhereEdit {
  readonly field: FactName | 'official'
  readonly before: Value
  readonly after: Value
  readonly atMs: number
  readonly box: string
  readonly actor: string | null
  /** Nobody has said anything else since. */
  readonly stands: boolean
}

export interface ElsewhereView {
  readonly id: string
  readonly revision: number
  readonly edits: readonly ElsewhereEdit[]
  readonly mayCorrect: boolean
  readonly nowMs: number
}

const called = (words: Words, field: ElsewhereEdit['field']) =>
  field === 'official' ? words.record.head.resident : label(words, field)

function shown({ record }: Words, field: ElsewhereEdit['field'], value: Value): string {
  if (field === 'official') return value === null ? record.elsewhere.no : record.elsewhere.yes
  if (value === null) return record.facts.notSaid
  return field === 'gender' ? record.facts.genders[value as Gender] : String(value)
}

/** Refused as stale where somebody was faster, as any edit. */
function undo({ words }: Spoken, { field, before }: ElsewhereEdit, { id, revision }: ElsewhereView): Html {
  const { said } = words.record
  const isFact = field !== 'official'
  const value = isFact ? (before ?? '') : before === null ? 'no' : 'yes'
  return html`<form method="post" action="/horses/${id}${isFact ? '' : '/official'}">
<input type="hidden" name="revision" value="${revision}"><input type="hidden" name="${field}" value="${value}">
<button class="quiet" aria-label="${said.undo}: ${called(words, field)}">${said.undo}</button></form>`
}

/** Hidden where there is nothing, and there all the same: what comes while the page is open is put in its place. */
export function elsewhereSection(spoken: Spoken, view: ElsewhereView): Html {
  const { words } = spoken
  const { elsewhere } = words.record
  if (view.edits.length === 0) return html`<div data-part="elsewhere" hidden></div>`
  const row = (edit: ElsewhereEdit) => {
    const { field, before, after, box, actor, atMs, stands } = edit
    const who = actor === null ? '' : html`<bdi>${actor}</bdi>, `
    return html`<li><span class="what"><span>${called(words, field)}: <del dir="auto">${shown(words, field, before)}</del>
<span aria-hidden="true">→</span> <strong dir="auto">${shown(words, field, after)}</strong></span>
<span class="hint">${time(spoken, atMs, view.nowMs, 'clock')}, ${who}${elsewhere.box} <bdi translate="no">${box}</bdi></span></span>
${stands && view.mayCorrect ? undo(spoken, edit, view) : ''}</li>`
  }
  return html`<section class="sheet" data-part="elsewhere"><h2>${elsewhere.title}</h2>
<p class="hint">${elsewhere.hint}</p>
<ul class="rows">${view.edits.map(row)}</ul></section>`
}
