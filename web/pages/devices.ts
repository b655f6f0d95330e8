/**
 * Whether this device is told of alerts, and which others of whoever looks are. The browser alone knows whether it can be: its
 * script says so by a class, and the style shows what then fits.
 */
import { html } from 'hono/html'
import { type PushDevice, severities } from '../../daemon/presence-types.ts'
import type { Frame, Html } from '../layout.ts'
import { boxWords } from '../words/box.ts'

type Device = Pick<PushDevice, 'id' | 'name' | 'least'>

export interface PushView {
  /** What browsers subscribe with; null where the config does not allow it. */
  readonly key: string | null
  readonly isUser: boolean
  readonly own: Device | undefined
  readonly others: readonly Device[]
}

export function devices(view: Frame, push: PushView): Html {
  const { push: words } = boxWords(view)
  return html`<section class="panel push" aria-labelledby="push-title"><h2 id="push-title">${words.title}</h2>
<p class="hint">${words.about}</p>
${push.key === null ? html`<p>${words.off}</p>` : push.isUser ? own(view, push.key, push.own) : html`<p>${words.noUser}</p>`}
${others(view, push.others)}</section>`
}

function own(view: Frame, key: string, device: Device | undefined): Html {
  const { push: words, refusals } = boxWords(view)
  const said = {
    ...{ sent: words.sent, denied: words.denied, failed: words.failed },
    PUSH_LIMIT: refusals.codes.PUSH_LIMIT,
    PUSH_ADDRESS: refusals.codes.PUSH_ADDRESS,
    NOT_FOUND: refusals.codes.NOT_FOUND,
  }
  return html`<p class="cannot">${words.cannot}</p>
<div class="can"><p><strong>${device ? words.isOn : words.isOff}</strong></p>
<form class="fields" method="post" action="/alerts" data-push="on" data-key="${key}"><label>${words.least}<select name="least">${severities.map(
    (one) =>
      html`<option value="${one}" ${one === (device?.least ?? 'warning') ? html`selected` : ''}>${words.levels[one]}</option>`,
  )}</select></label>
<p class="buttons"><button>${device ? words.change : words.turnOn}</button></p></form>
${
  device
    ? html`<div class="buttons"><form method="post" action="/alerts" data-push="test" data-device="${device.id}"><button class="quiet">${words.test}</button></form>
<form method="post" action="/alerts" data-push="off" data-device="${device.id}"><button class="quiet">${words.turnOff}</button></form></div>`
    : ''
}
<p class="told" role="status"></p>
<ul hidden>${Object.entries(said).map(([code, text]) => html`<li data-said="${code}">${text}</li>`)}</ul></div>`
}

function others(view: Frame, list: readonly Device[]): Html | '' {
  const { push: words } = boxWords(view)
  if (list.length === 0) return ''
  return html`<h3>${words.others}</h3>
<ul class="rows">${list.map(
    ({ id, name }) =>
      html`<li><form method="post" action="/me/devices/${id}/remove"><bdi>${name}</bdi> <button class="quiet" aria-label="${words.remove}: ${name}">${words.remove}</button></form></li>`,
  )}</ul>`
}
