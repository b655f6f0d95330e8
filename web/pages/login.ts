/**
 * The log-in page.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'
import { strings } from '../strings.ts'

export function loginPage(view: Frame & { readonly wrong?: boolean }): Html {
  const words = strings.login
  return layout(
    view,
    words.title,
    html`<main class="single"><form class="edit" method="post" action="/login">
<h2>${words.title}</h2>
<label>${words.token}<input name="token" type="password" autocomplete="current-password" required autofocus></label>
<p class="problem" role="alert">${view.wrong === true ? words.wrong : ''}</p>
<p class="hint">${words.hint}</p>
<p class="buttons"><button>${words.button}</button></p>
</form></main>`,
  )
}
