/**
 * What a person sees where a page cannot do what was asked: words and a way back, not a line of JSON.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'

export function sorryPage(frame: Frame, problem: string, back: string): Html {
  const { sorry, cancel } = frame.words.record
  return layout(
    frame,
    sorry,
    html`<main class="record narrow"><section class="sheet"><h1>${sorry}</h1>
<p class="problem" role="alert" dir="auto">${problem}</p>
<p><a class="button" href="${back}">${cancel}</a></p></section></main>`,
  )
}
