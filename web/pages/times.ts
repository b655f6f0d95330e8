/**
 * A time as pages show it: in words, which the scripts keep true while the page is open.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import { inWords } from '../time.ts'
import type { Spoken } from '../words/languages.ts'

export function time(
  spoken: Spoken,
  utcMs: number,
  nowMs: number,
  format: 'ago' | 'clock' | 'seconds',
): Html {
  const iso = new Date(utcMs).toISOString()
  return html`<time datetime="${iso}" data-format="${format}">${inWords(spoken, format, utcMs, nowMs)}</time>`
}
