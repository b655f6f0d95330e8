/**
 * Figures as people read them: amounts in the language of whoever looks, in lists of name and value.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'

type Row = readonly [name: string, value: string | Html]

export const figures = (rows: readonly Row[]): Html =>
  html`<dl class="figures">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`

const locale = ({ words }: Pick<Spoken, 'words'>) => words.language

export const figure = (spoken: Pick<Spoken, 'words'>, name: string, count: number): Row => [
  name,
  count.toLocaleString(locale(spoken)),
]

export const percent = (spoken: Pick<Spoken, 'words'>, share: number): string =>
  share.toLocaleString(locale(spoken), { style: 'percent', maximumFractionDigits: 0 })

const MEGA = 1e6
const GIGA = 1e9

/** In megabytes below a gigabyte, with a decimal above. */
export function bytes(spoken: Pick<Spoken, 'words'>, count: number): string {
  const [unit, size, digits] =
    count < GIGA ? (['megabyte', MEGA, 0] as const) : (['gigabyte', GIGA, 1] as const)
  return (count / size).toLocaleString(locale(spoken), { style: 'unit', unit, maximumFractionDigits: digits })
}
