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
import { badge, face } from './figures.ts'
import type { Face } from './picker.ts'
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

interface AlikesView {
  readonly horse: Face
  readonly revision: number
  readonly alikes: readonly Face[]
}

/** A horse of another box that looks like this one: to look at, and to be called as there. Each box goes on knowing its own. */
export function alikesPart({ words }: Spoken, { horse, revision, alikes }: AlikesView): Html | '' {
  if (alikes.length === 0) return ''
  const { alike } = words.record.elsewhere
  const call = ({ name }: Face) =>
    name === null || horse.name !== null
      ? ''
      : html`<form method="post" action="/horses/${horse.id}"><input type="hidden" name="revision" value="${revision}">
<input type="hidden" name="name" value="${name}"><button>${alike.call(name)}</button></form>`
  const row = (
    one: Face,
  ) => html`<li><span class="face">${face(one.avatar)}${badge(one.number, one.color)}</span>
<a class="what" href="/horses/${one.id}"><bdi>${words.horse(one.number, one.name)}</bdi></a>${call(one)}</li>`
  return html`<h2>${alike.title}</h2><p class="hint">${alike.hint}</p><ul class="rows">${alikes.map(row)}</ul>`
}
