/**
 * What a person sees where a page cannot do what was asked: words and a way back, not a line of JSON.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'

/** `more`: what is known beyond it, in English. */
export function sorryPage(frame: Frame, problem: string, more: string | null, back: string): Html {
  const { sorry, cancel } = frame.words.record
  return layout(
    frame,
    sorry,
    html`<main class="record narrow"><section class="sheet"><h1>${sorry}</h1>
<p class="problem" role="alert" dir="auto">${problem}</p>
${more === null ? '' : html`<p class="soft" lang="en" dir="auto">${more}</p>`}
<p><a class="button" href="${back}">${cancel}</a></p></section></main>`,
  )
}
