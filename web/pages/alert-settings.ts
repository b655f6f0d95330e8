/**
 * When something is an alert and when it is told, for whoever runs the box. One plain form; view in, HTML out.
 */
import { html } from 'hono/html'
import { alertKinds, type Severity, severities, weekdays } from '../../daemon/presence-types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { time } from './times.ts'

interface Hours {
  readonly from: string
  readonly to: string
}

interface Schedule extends Hours {
  readonly name: string
  readonly days?: readonly string[] | undefined
  readonly silences: readonly string[]
  readonly cameras?: readonly string[] | undefined
}

export interface AlertSettingsView extends Frame {
  readonly nowMs: number
  readonly version: number
  readonly changedMs: number | null
  readonly changedBy: string | null
  readonly isAsInConfig: boolean
  readonly night: Hours
  readonly quietHours: (Hours & { readonly least: Severity }) | null
  readonly schedules: readonly Schedule[]
  readonly rules: readonly {
    readonly kind: (typeof alertKinds)[number]
    readonly isOn: boolean
    readonly severity: Severity
    readonly afterMs: number
    readonly coolDownMs: number
  }[]
  readonly cameras: readonly { readonly id: string; readonly name: string }[]
  readonly isSaved: boolean
  readonly problem: string | null
}

export function alertSettingsPage(view: AlertSettingsView): Html {
  const { times: words } = boxWords(view)
  const by =
    view.isAsInConfig || view.changedMs === null
      ? words.asInConfig
      : html`${words.changed(view.changedBy)}, ${time(view, view.changedMs, view.nowMs, 'clock')}.`
  return layout(
    view,
    words.title,
    html`<main class="box alerts settings">
<p><a href="/alerts">${words.back}</a></p>
<h1>${words.title}</h1>
<p>${words.lead}</p>
<p class="hint">${by}</p>
${view.isSaved ? html`<p class="done" role="status" tabindex="-1"><strong>${words.saved}</strong></p>` : ''}
<p class="problem" role="alert">${view.problem ?? ''}</p>
<form class="fields" method="post" action="/alerts/settings"><input type="hidden" name="version" value="${view.version}">
${nights(view)}
<section class="panel"><h2>${words.schedules}</h2><p class="hint">${words.schedulesHint}</p>
${view.schedules.map((one, at) => schedule(view, one, at))}${schedule(view, null, view.schedules.length)}</section>
${rules(view)}
<p class="buttons"><button name="do" value="save">${words.save}</button>${
      view.isAsInConfig
        ? ''
        : html` <button class="quiet" name="do" value="reset" formnovalidate>${words.reset}</button>`
    }</p></form>
</main>`,
  )
}

const clockField = (label: string, name: string, value: string) =>
  html`<label>${label}<input type="time" name="${name}" value="${value}" required></label>`

function choice<Value extends string>(
  label: string,
  name: string,
  options: readonly (readonly [Value, string])[],
  chosen: Value,
): Html {
  return html`<label>${label}<select name="${name}">${options.map(
    ([value, text]) =>
      html`<option value="${value}" ${value === chosen ? html`selected` : ''}>${text}</option>`,
  )}</select></label>`
}

const tick = (name: string, value: string, label: string, isOn: boolean) =>
  html`<label class="tick"><input type="checkbox" name="${name}" value="${value}" ${isOn ? html`checked` : ''}> ${label}</label>`

function nights(view: AlertSettingsView): Html {
  const { times: words } = boxWords(view)
  const quiet = view.quietHours ?? { from: '21:00', to: '06:00', least: 'critical' as const }
  return html`<section class="panel"><h2>${words.night}</h2><p class="hint">${words.nightHint}</p>
<div class="row">${clockField(words.from, 'night_from', view.night.from)}${clockField(words.to, 'night_to', view.night.to)}</div></section>
<section class="panel"><h2>${words.quiet}</h2><p class="hint">${words.quietHint}</p>
${tick('quiet', 'on', words.quietOn, view.quietHours !== null)}
<div class="row">${clockField(words.from, 'quiet_from', quiet.from)}${clockField(words.to, 'quiet_to', quiet.to)}${choice(
    words.least,
    'quiet_least',
    severities.map((one) => [one, words.levels[one]] as const),
    quiet.least,
  )}</div></section>`
}

const second = 1000

function rules(view: AlertSettingsView): Html {
  const { times: words, alerts } = boxWords(view)
  const seconds = (label: string, name: string, ms: number) =>
    html`<label>${label}<input type="number" name="${name}" value="${ms / second}" min="0" max="86400" step="any" required></label>`
  return html`<section class="panel"><h2>${words.rules}</h2>${view.rules.map(
    ({ kind, isOn, severity, afterMs, coolDownMs }) => html`<fieldset><legend>${alerts.kinds[kind]}</legend>
${tick('on', kind, words.on, isOn)}
<details><summary>${words.more}</summary><div class="row">${choice(
      words.severity,
      `severity_${kind}`,
      severities.map((one) => [one, alerts.severities[one]] as const),
      severity,
    )}${seconds(words.after, `after_${kind}`, afterMs)}${seconds(words.coolDown, `cool_${kind}`, coolDownMs)}</div></details></fieldset>`,
  )}</section>`
}

/** Any week: which days have which names. */
const monday = Date.UTC(2024, 0, 1)
const dayMs = 24 * 3600_000

function schedule(view: AlertSettingsView, one: Schedule | null, at: number): Html {
  const { times: words, alerts } = boxWords(view)
  const name = (field: string) => `plan_${at}_${field}`
  const dayName = (n: number) =>
    new Date(monday + n * dayMs).toLocaleDateString(view.words.language, {
      weekday: 'short',
      timeZone: 'UTC',
    })
  const ticks = (
    field: string,
    legend: string,
    hint: string,
    list: readonly (readonly [string, string])[],
  ) => {
    const chosen = one?.[field as 'days' | 'silences' | 'cameras'] ?? []
    return html`<fieldset class="ticks"><legend>${legend}</legend>${list.map(([value, label]) =>
      tick(name(field), value, label, chosen.includes(value)),
    )}${hint === '' ? '' : html`<p class="hint">${hint}</p>`}</fieldset>`
  }
  const inside = html`<label>${words.name}<input name="${name('name')}" value="${one?.name ?? ''}" maxlength="60"></label>
<div class="row">${clockField(words.from, name('from'), one?.from ?? '08:00')}${clockField(words.to, name('to'), one?.to ?? '16:00')}</div>
${ticks(
  'days',
  words.days,
  words.daysHint,
  weekdays.map((day, n) => [day, dayName(n)] as const),
)}
${ticks(
  'silences',
  words.silences,
  '',
  alertKinds.map((kind) => [kind, alerts.kinds[kind]] as const),
)}
${ticks(
  'cameras',
  words.cameras,
  words.camerasHint,
  view.cameras.map(({ id, name: called }) => [id, called] as const),
)}`
  return html`<details class="plan" ${one === null ? '' : html`open`}><summary>${one === null ? words.newSchedule : html`<bdi>${one.name}</bdi>`}</summary>${inside}</details>`
}
