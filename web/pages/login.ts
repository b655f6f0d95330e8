/**
 * The log-in page.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'

export interface LoginView extends Frame {
  readonly hasUsers: boolean
  readonly hasToken: boolean
  readonly wrong?: boolean
  /** What else stood in the way. */
  readonly problem?: string
}

function asUser(view: LoginView): Html {
  const words = view.words.login
  return html`<label>${words.name}<input name="name" autocomplete="username" autocapitalize="none" ${view.hasToken ? '' : 'required'} autofocus></label>
<label>${words.password}<input name="password" type="password" autocomplete="current-password" maxlength="200"></label>`
}

function byToken(view: LoginView): Html {
  const words = view.words.login
  const field = html`<label>${words.token}<input name="token" type="password" autocomplete="off" ${view.hasUsers ? '' : 'required autofocus'}></label>
<p class="hint">${words.hint}</p>`
  return view.hasUsers ? html`<details><summary>${words.orToken}</summary>${field}</details>` : field
}

export function loginPage(view: LoginView): Html {
  const words = view.words.login
  const problem = view.problem ?? (view.wrong !== true ? '' : view.hasUsers ? words.wrong : words.wrongToken)
  return layout(
    view,
    words.title,
    html`<main class="single"><form class="edit" method="post" action="/login">
<h2>${words.title}</h2>
${view.hasUsers ? asUser(view) : ''}
${view.hasToken ? byToken(view) : ''}
<p class="problem" role="alert">${problem}</p>
<p class="buttons"><button>${words.button}</button></p>
</form></main>`,
  )
}
