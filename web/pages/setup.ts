/**
 * The first set-up: who will run the box, or that it takes the place of a broken one.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'
import { type BoxWords, boxWords } from '../words/box.ts'

export interface SetupView extends Frame {
  /** What was typed before, where that was not the mistake. */
  readonly pin: string
  readonly name: string
  /** What stood in the way: the PIN, or something else in words. */
  readonly problem: string | null
}

/** The PIN alone, before a backup is chosen. */
export type ShowPinView = Pick<SetupView, Exclude<keyof SetupView, 'pin' | 'name'>>

const pinField = (words: BoxWords['setup'], pin: string): Html =>
  html`<label>${words.pin}<input name="pin" value="${pin}" inputmode="numeric" autocomplete="off" maxlength="20" required autofocus aria-describedby="pin-hint"></label>
<p class="hint" id="pin-hint">${words.pinHint} <code>barnbox setup-pin</code></p>`

const problemOf = ({ problem }: ShowPinView, words: BoxWords['setup']): Html =>
  html`<p class="problem" role="alert">${problem === 'pin' ? words.wrongPin : (problem ?? '')}</p>`

export function setupPage(view: SetupView): Html {
  const { setup: words, people, restore } = boxWords(view)
  return layout(
    view,
    words.title,
    html`<main class="single"><form class="edit" method="post" action="/setup">
<h1>${words.title}</h1>
<p>${words.intro}</p>
${pinField(words, view.pin)}
<label>${people.name}<input name="name" value="${view.name}" autocomplete="username" autocapitalize="none" maxlength="60" required dir="auto"></label>
<label>${people.password}<input name="password" type="password" autocomplete="new-password" minlength="8" maxlength="200" required aria-describedby="password-hint"></label>
<p class="hint" id="password-hint">${people.passwordHint}</p>
${problemOf(view, words)}
<p class="buttons"><button>${words.button}</button></p>
<p>${restore.instead} <a href="/setup/restore">${restore.title}</a></p>
</form></main>`,
  )
}

export function showPinPage(view: ShowPinView): Html {
  const { setup: words, restore } = boxWords(view)
  return layout(
    view,
    restore.title,
    html`<main class="single"><form class="edit" method="post" action="/setup/restore">
<h1>${restore.title}</h1>
<p>${restore.intro}</p>
${pinField(words, '')}
${problemOf(view, words)}
<p class="buttons"><a class="button quiet" href="/setup">${restore.back}</a> <button>${restore.on}</button></p>
</form></main>`,
  )
}
