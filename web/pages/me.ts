/**
 * One's own page: as what one is known, and another password.
 */
import { html } from 'hono/html'
import type { Role } from '../../daemon/types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'

export interface MePageView extends Frame {
  /** Null for who is no user: it has no password. */
  readonly name: string | null
  readonly role: Role
  readonly isDone: boolean
  readonly problem: string | null
}

export function mePage(view: MePageView): Html {
  const { people: words } = boxWords(view)
  return layout(
    view,
    words.me,
    html`<main class="single">
<section class="edit">
<h1><bdi>${view.name ?? words.noUser}</bdi></h1>
<p>${words.roles[view.role]}: ${words.may[view.role]}</p>
${view.isDone ? html`<p role="status"><strong>${words.passwordChanged}</strong></p>` : ''}
${view.name === null ? '' : passwordForm(view, view.name)}
</section></main>`,
  )
}

function passwordForm(view: MePageView, name: string): Html {
  const { people: words } = boxWords(view)
  return html`<form class="fields" method="post" action="/me/password">
<h2>${words.newPassword}</h2>
<input class="unseen" name="name" value="${name}" autocomplete="username" readonly tabindex="-1" aria-hidden="true">
<label>${words.oldPassword}<input name="old" type="password" autocomplete="current-password" maxlength="200" required></label>
<label>${words.newPassword}<input name="password" type="password" autocomplete="new-password" minlength="8" maxlength="200" required aria-describedby="password-hint"></label>
<p class="hint" id="password-hint">${words.passwordHint} ${words.endsSessions}</p>
<p class="problem" role="alert">${view.problem ?? ''}</p>
<p class="buttons"><button>${words.change}</button></p>
</form>`
}
