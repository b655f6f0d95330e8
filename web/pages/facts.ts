/**
 * What people say of a horse: the facts, the form that changes them, and whether it is a resident.
 */
import { html } from 'hono/html'
import type { Gender, HorseFacts } from '../../daemon/types.ts'
import type { Html } from '../layout.ts'
import type { Words } from '../words/en.ts'
import type { Spoken } from '../words/languages.ts'

export type FactName = keyof HorseFacts

/** As they stand in the form: an empty one is none. */
export type Typed = { readonly [Name in FactName]: string }

export interface FactsView {
  readonly id: string
  readonly isOfficial: boolean
  readonly facts: HorseFacts
  readonly revision: number
  /** What was tried and not stored, and why; null where the form is new. */
  readonly tried: { readonly typed: Typed; readonly problem: string; readonly isStale: boolean } | null
}

export const genders: readonly Gender[] = ['mare', 'stallion', 'gelding', 'unknown']

const order: readonly FactName[] = ['name', 'breed', 'age', 'gender', 'coat', 'markings', 'notes']

export function label(words: Words, name: FactName): string {
  const { facts } = words.record
  return name === 'name' || name === 'notes' ? words.edit[name] : facts[name]
}

/** As a person reads it; null where nobody has said it. */
function shown(words: Words, name: FactName, facts: HorseFacts): string | null {
  if (name === 'gender') return facts.gender && words.record.facts.genders[facts.gender]
  const value = facts[name]
  return value === null ? null : String(value)
}

/** For those who only look. */
export function factsList({ words }: Spoken, facts: HorseFacts): Html {
  const known = order.filter((name) => name !== 'name' && facts[name] !== null)
  const rows = known.map(
    (name) => html`<dt>${label(words, name)}</dt><dd dir="auto">${shown(words, name, facts)}</dd>`,
  )
  return html`<section class="sheet" data-part="facts"><h2>${words.record.facts.title}</h2>
${rows.length === 0 ? html`<p class="hint">${words.record.facts.notSaid}</p>` : html`<dl>${rows}</dl>`}</section>`
}

function field({ words }: Spoken, name: FactName, value: string): Html {
  if (name === 'notes' || name === 'markings')
    return html`<textarea name="${name}" rows="${name === 'notes' ? 3 : 2}" maxlength="500" dir="auto">${value}</textarea>`
  if (name === 'age')
    return html`<input name="age" type="number" inputmode="numeric" min="0" max="50" step="1" value="${value}">`
  if (name === 'gender') {
    const { genders: named, notSaid } = words.record.facts
    const option = (one: Gender) =>
      html`<option value="${one}" ${one === value ? 'selected' : ''}>${named[one]}</option>`
    return html`<select name="gender"><option value="">${notSaid}</option>${genders.map(option)}</select>`
  }
  const most = name === 'coat' ? 50 : 100
  return html`<input name="${name}" value="${value}" maxlength="${most}" autocomplete="off" dir="auto">`
}

/** What stands there now, below what somebody else wrote over. */
function thereNow({ words }: Spoken, name: FactName, { facts, tried }: FactsView): Html | '' {
  if (!tried?.isStale || tried.typed[name] === String(facts[name] ?? '')) return ''
  const { notSaid, thereNow } = words.record.facts
  return html`<span class="there" dir="auto">${thereNow(shown(words, name, facts) ?? notSaid)}</span>`
}

export function factsForm(spoken: Spoken, view: FactsView): Html {
  const { words } = spoken
  const { record, edit } = words
  const { facts, tried, isOfficial, id, revision } = view
  const rows = order.map((name) => {
    const value = tried ? tried.typed[name] : String(facts[name] ?? '')
    return html`<label class="of-${name}">${label(words, name)}${field(spoken, name, value)}${thereNow(spoken, name, view)}</label>`
  })
  return html`<section class="sheet" data-part="facts"><h2>${record.facts.title}</h2>
<form class="facts" method="post" action="/horses/${id}">
<input type="hidden" name="revision" value="${revision}">
<p class="problem" role="alert">${tried?.problem ?? ''}</p>
${rows}
<p class="buttons"><button>${edit.save}</button></p>
</form>
<form class="resident" method="post" action="/horses/${id}/official">
<input type="hidden" name="revision" value="${revision}">
<button class="quiet" name="official" value="${isOfficial ? 'no' : 'yes'}">${isOfficial ? record.facts.endResident : record.facts.makeResident}</button>
</form></section>`
}
