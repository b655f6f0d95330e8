/**
 * What is not as it should be now, what was, and who is told. View in, HTML out.
 */
import { html } from 'hono/html'
import type { Alert } from '../../daemon/presence-types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { devices, type PushView } from './devices.ts'
import type { Linked } from './said.ts'
import { time } from './times.ts'

export interface AlertView
  extends Pick<
    Alert,
    | 'id'
    | 'kind'
    | 'severity'
    | 'openedMs'
    | 'closedMs'
    | 'acknowledgedMs'
    | 'acknowledgedBy'
    | 'verdict'
    | 'escalations'
  > {
  readonly part: string | null
  readonly detail: string | null
  readonly camera: { readonly id: string; readonly name: string } | null
  readonly stall: string | null
  readonly horse: Linked | null
  readonly picture: string | null
  /** Null where it is not snoozed now. */
  readonly snoozedUntilMs: number | null
}

export interface WayView {
  readonly name: string
  readonly waiting: number
  readonly dropped: number
  readonly lastError: string | null
}

export interface AlertsView extends Frame {
  readonly nowMs: number
  readonly after: number
  readonly mayAct: boolean
  /** Whether whoever looks may say what an alert is, and when it is told. */
  readonly maySet: boolean
  readonly isOff: boolean
  readonly isPaused: boolean
  readonly open: readonly AlertView[]
  readonly past: readonly AlertView[]
  readonly older: string | null
  readonly week: { readonly all: number; readonly notUseful: number; readonly perStallNight: number | null }
  readonly ways: readonly WayView[]
  readonly push: PushView
}

export function alertsPage(view: AlertsView): Html {
  const { alerts: words } = boxWords(view)
  const { open, past } = view
  return layout(
    view,
    words.title,
    html`<p class="lost" role="status" hidden>${view.words.lost}</p>
<main class="box alerts" data-after="${view.after}" data-now="${view.nowMs}" data-follows="alerts">
<h1>${words.title}</h1>
${view.isOff ? html`<p class="panel">${words.off}</p>` : ''}
${view.isPaused ? html`<p class="panel">${words.paused}</p>` : ''}
<section class="panel" data-part="open"><h2>${words.open}</h2>
${open.length === 0 ? html`<p>${words.calm}</p>` : html`<ul class="rows">${open.map((one) => row(view, one))}</ul>`}</section>
<section class="panel" data-part="past"><h2>${words.past}</h2>
${past.length === 0 ? html`<p>${words.nonePast}</p>` : html`<ul class="rows">${past.map((one) => row(view, one))}</ul>`}
${view.older === null ? '' : html`<p><a href="${view.older}">${view.words.record.sightings.older}</a></p>`}</section>
<section class="panel" data-part="ways"><h2>${words.ways}</h2>${ways(view)}
<p class="hint">${week(view)}</p>${view.maySet ? html`<p><a href="/alerts/settings">${boxWords(view).times.title}</a></p>` : ''}</section>
${devices(view, view.push)}
</main>`,
  )
}

function week(view: AlertsView): string {
  const { alerts: words } = boxWords(view)
  const { all, notUseful, perStallNight } = view.week
  const figure = perStallNight?.toLocaleString(view.words.language, { maximumFractionDigits: 2 })
  const perNight = figure === undefined ? '' : `, ${words.perNight(figure)}`
  return `${words.week(all, notUseful)}${perNight}.`
}

function ways(view: AlertsView): Html {
  const { alerts: words } = boxWords(view)
  if (view.ways.length === 0) return html`<p>${words.noWays}</p>`
  const way = ({ name, waiting, dropped, lastError }: WayView) => {
    const stands = waiting === 0 ? words.allTold : words.waiting(waiting)
    const lost = dropped === 0 ? '' : `; ${words.dropped(dropped)}`
    const called = name === 'push' ? boxWords(view).push.way : name
    return html`<li><p><strong>${called}</strong>: ${stands}${lost}${lastError === null ? '' : html` <span class="soft" lang="en">${lastError}</span>`}</p></li>`
  }
  return html`<ul class="rows">${view.ways.map(way)}</ul>`
}

/** Where it is, and who it is about. */
function subject(view: AlertsView, { camera, stall, horse }: AlertView): Html {
  const parts: Html[] = []
  if (horse !== null) {
    const name = html`<bdi>${view.words.horse(horse.number ?? 0, horse.name)}</bdi>`
    parts.push(horse.id === null ? name : html`<a href="/horses/${horse.id}">${name}</a>`)
  }
  if (stall !== null) parts.push(html`<bdi>${stall}</bdi>`)
  if (camera !== null) parts.push(html`<a href="/streams/${camera.id}"><bdi>${camera.name}</bdi></a>`)
  return html`${parts.map((part, at) => (at === 0 ? part : html`, ${part}`))}`
}

function row(view: AlertsView, one: AlertView): Html {
  const { alerts: words } = boxWords(view)
  const { id, kind, severity, openedMs, closedMs, picture, detail, part } = one
  const shown =
    picture === null
      ? ''
      : html`<a class="evidence" href="${picture}"><img src="${picture}" alt="${words.picture}" loading="lazy"></a>`
  const until = closedMs === null ? '' : html` ${words.until} ${time(view, closedMs, view.nowMs, 'clock')}`
  const why = part === null ? detail : (words.parts[part] ?? detail)
  return html`<li class="alert ${severity}" id="alert-${id}" data-alert="${id}">${shown}<div>
<h3><span class="severity ${severity}">${words.severities[severity]}</span> ${words.kinds[kind]}</h3>
<p>${subject(view, one)}</p>
<p class="soft">${words.since} ${time(view, openedMs, view.nowMs, 'clock')}${until}</p>
${why === null ? '' : html`<p class="soft" ${part !== null && words.parts[part] !== undefined ? '' : html`lang="en"`}>${why}</p>`}
${standing(view, one)}
${view.mayAct ? tools(view, one) : ''}</div></li>`
}

/** What people have done about it so far. */
function standing(view: AlertsView, one: AlertView): Html | '' {
  const { alerts: words } = boxWords(view)
  const said = [
    one.acknowledgedMs === null ? '' : words.acknowledged(one.acknowledgedBy),
    one.escalations === 0 ? '' : words.toldAgain(one.escalations),
    one.verdict === null ? '' : one.verdict === 'useful' ? words.wasUseful : words.wasNot,
  ].filter((text) => text !== '')
  const snoozed =
    one.snoozedUntilMs === null
      ? ''
      : html`<p>${words.snoozed} ${time(view, one.snoozedUntilMs, view.nowMs, 'clock')}</p>`
  return html`${said.length === 0 ? '' : html`<p>${said.join('; ')}.</p>`}${snoozed}`
}

const hour = 60
const night = 8 * hour

function tools(view: AlertsView, { id, closedMs, acknowledgedMs, verdict }: AlertView): Html {
  const { alerts: words } = boxWords(view)
  const form = (
    does: string,
    text: string,
    more: Readonly<Record<string, string | number>> = {},
    quiet = true,
  ) =>
    html`<form method="post" action="/alerts/${id}"><input type="hidden" name="do" value="${does}">${Object.entries(
      more,
    ).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
    )}<button class="${quiet ? 'quiet' : ''}">${text}</button></form>`
  const open =
    closedMs === null
      ? html`${acknowledgedMs === null ? form('acknowledge', words.acknowledge, {}, false) : ''}
${form('snooze', `${words.snooze} ${words.hour}`, { minutes: hour })}${form('snooze', `${words.snooze} ${words.night}`, { minutes: night })}`
      : ''
  const judge = html`${verdict === 'useful' ? '' : form('judge', words.useful, { verdict: 'useful' })}${verdict === 'not_useful' ? '' : form('judge', words.notUseful, { verdict: 'not_useful' })}`
  return html`<div class="buttons">${open}${judge}</div>`
}
