/**
 * The first set-up: who will run the box.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'

export interface SetupView extends Frame {
  /** What was typed before, where that was not the mistake. */
  readonly pin: string
  readonly name: string
  /** What stood in the way: the PIN, or something else in words. */
  readonly problem: string | null
}

export function setupPage(view: SetupView): Html {
  const { setup: words, people } = boxWords(view)
  const problem = view.problem === 'pin' ? words.wrongPin : (view.problem ?? '')
  return layout(
    view,
    words.title,
    html`<main class="single"><form class="edit" method="post" action="/setup">
<h1>${words.title}</h1>
<p>${words.intro}</p>
<label>${words.pin}<input name="pin" value="${view.pin}" inputmode="numeric" autocomplete="off" maxlength="20" required autofocus aria-describedby="pin-hint"></label>
<p class="hint" id="pin-hint">${words.pinHint} <code>barnbox setup-pin</code></p>
<label>${people.name}<input name="name" value="${view.name}" autocomplete="username" autocapitalize="none" maxlength="60" required dir="auto"></label>
<label>${people.password}<input name="password" type="password" autocomplete="new-password" minlength="8" maxlength="200" required aria-describedby="password-hint"></label>
<p class="hint" id="password-hint">${people.passwordHint}</p>
<p class="problem" role="alert">${problem}</p>
<p class="buttons"><button>${words.button}</button></p>
</form></main>`,
  )
}
