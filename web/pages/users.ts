/**
 * Who may use the box: people and programs. Everything by plain forms; what a tap too many would hurt lies within a
 * disclosure.
 */
import { html } from 'hono/html'
import type { ApiToken, Role, User } from '../../daemon/types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { time } from './times.ts'

export interface UsersPageView extends Frame {
  readonly users: readonly User[]
  readonly tokens: readonly ApiToken[]
  /** A secret that was just made: nobody can see it again. */
  readonly shown: {
    readonly kind: 'password' | 'token'
    readonly name: string
    readonly secret: string
  } | null
  readonly problem: string | null
  readonly nowMs: number
}

const roles: readonly Role[] = ['viewer', 'caretaker', 'admin']

export function usersPage(view: UsersPageView): Html {
  const { people: words } = boxWords(view)
  return layout(
    view,
    words.title,
    html`<main class="box">
<h1>${words.title}</h1>
${secret(view)}
${view.problem === null ? '' : html`<p class="problem" role="alert">${view.problem}</p>`}
<section class="panel">
<h2>${words.persons}</h2>
<ul class="rows">${view.users.map((user) => person(view, user))}</ul>
<details class="more" ${view.users.length === 0 ? 'open' : ''}><summary class="button quiet">${words.addPerson}</summary>
<form class="fields" method="post" action="/users">
<label>${words.name}<input name="name" maxlength="60" required autocomplete="off" autocapitalize="words" dir="auto"></label>
${roleField(view, view.users.length === 0 ? 'admin' : 'viewer')}
${passwordField(view)}
<p class="buttons"><button>${words.add}</button></p>
</form></details>
</section>
<section class="panel">
<h2>${words.programs}</h2>
<p class="hint">${words.programsHint} <code>Authorization: Bearer …</code> <a href="/api">${boxWords(view).api.title}</a></p>
${view.tokens.length === 0 ? html`<p>${words.noPrograms}</p>` : html`<ul class="rows">${view.tokens.map((token) => program(view, token))}</ul>`}
<details class="more"><summary class="button quiet">${words.addProgram}</summary>
<form class="fields" method="post" action="/tokens">
<label>${words.name}<input name="name" maxlength="60" required autocomplete="off" dir="auto"></label>
${roleField(view, 'viewer')}
<p class="buttons"><button>${words.makeToken}</button></p>
</form></details>
</section>
</main>`,
  )
}

function secret(view: UsersPageView): Html | '' {
  if (view.shown === null) return ''
  const { people: words } = boxWords(view)
  const { kind, name, secret } = view.shown
  return html`<section class="panel secret" role="status">
<h2>${kind === 'password' ? words.newPasswordOf(name) : words.newTokenOf(name)}</h2>
<p><output class="copy" translate="no">${secret}</output></p>
<p>${words.shownOnce}</p>
</section>`
}

function roleField(view: UsersPageView, chosen: Role): Html {
  const { people: words } = boxWords(view)
  return html`<label>${words.role}<select name="role">${roles.map(
    (role) =>
      html`<option value="${role}" ${role === chosen ? 'selected' : ''}>${words.roles[role]}: ${words.may[role]}</option>`,
  )}</select></label>`
}

function passwordField(view: UsersPageView): Html {
  const { people: words } = boxWords(view)
  return html`<label>${words.password}<input name="password" type="password" autocomplete="new-password" minlength="8" maxlength="200"></label>
<p class="hint">${words.emptyIsMade}</p>`
}

function person(view: UsersPageView, { id, name, role, createdMs }: User): Html {
  const { people: words } = boxWords(view)
  return html`<li><details>
<summary><strong><bdi>${name}</bdi></strong> <span class="soft">${words.roles[role]}, ${words.since} ${time(view, createdMs, view.nowMs, 'ago')}</span></summary>
<form class="fields" method="post" action="/users/${id}/role">
${roleField(view, role)}
<p class="buttons"><button class="quiet">${words.changeRole}</button></p>
</form>
<form class="fields" method="post" action="/users/${id}/password">
${passwordField(view)}
<p class="buttons"><button class="quiet">${words.newPassword}</button></p>
</form>
<form class="buttons" method="post" action="/users/${id}/remove"><button class="bad">${words.removePerson(name)}</button></form>
</details></li>`
}

function program(view: UsersPageView, { id, name, role, createdMs, lastUsedMs }: ApiToken): Html {
  const { people: words } = boxWords(view)
  const used =
    lastUsedMs === null ? words.neverUsed : html`${words.used} ${time(view, lastUsedMs, view.nowMs, 'ago')}`
  return html`<li><details>
<summary><strong><bdi>${name}</bdi></strong> <span class="soft">${words.roles[role]}, ${words.since} ${time(view, createdMs, view.nowMs, 'ago')}, ${used}</span></summary>
<form class="buttons" method="post" action="/tokens/${id}/remove"><button class="bad">${words.revoke(name)}</button></form>
</details></li>`
}
