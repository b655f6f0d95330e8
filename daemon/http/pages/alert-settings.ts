/**
 * The page of when something is an alert and when it is told.
 */
import { type Context, Hono } from 'hono'
import { alertSettingsPage } from '../../../web/pages/alert-settings.ts'
import { boxWords } from '../../../web/words/box.ts'
import { BarnboxError } from '../../lib/errors.ts'
import { alertKinds } from '../../presence-types.ts'
import { alertSettingsBody } from '../alert-checks.ts'
import { byOf } from '../api/corrections.ts'
import type { Assets } from '../assets.ts'
import { parse } from '../checks.ts'
import type { AlertSettings, HttpDeps } from '../deps.ts'
import { statusOf } from '../errors.ts'
import { readForm } from '../form.ts'
import { spokenTo } from '../language.ts'
import { refusedFor } from '../refused.ts'
import { frameOf } from './board.ts'

type Form = Readonly<Record<string, unknown>>

/** A field that is ticked once or more often. */
const listOf = (form: Form, name: string): unknown[] => [form[name] ?? []].flat()

/** As many as the config may have. */
const mostPlans = 32

/** What the form wishes, as the API takes it; which days night and quiet hours have is not asked there and stays. */
function wishesOf(form: Form, now: AlertSettings): unknown {
  const number = (name: string) => Number(form[name])
  const on = listOf(form, 'on')
  const rules = alertKinds.map((kind) => [
    kind,
    {
      ...{ enabled: on.includes(kind), severity: form[`severity_${kind}`] },
      ...{ after_seconds: number(`after_${kind}`), cool_down_seconds: number(`cool_${kind}`) },
    },
  ])
  const plans = Array.from({ length: mostPlans + 1 }, (_, at) => planOf(form, `plan_${at}_`))
  const daysOf = (one: { readonly days?: unknown } | null) => (one?.days ? { days: one.days } : {})
  const quiet = { from: form['quiet_from'], to: form['quiet_to'], ...daysOf(now.quietHours) }
  return {
    version: number('version'),
    night: { from: form['night_from'], to: form['night_to'], ...daysOf(now.night) },
    quiet_hours: form['quiet'] === undefined ? null : { ...quiet, least: form['quiet_least'] },
    schedules: plans.filter((plan) => plan !== undefined),
    rules: Object.fromEntries(rules),
  }
}

/** Without a name it is none. */
function planOf(form: Form, prefix: string): unknown {
  const name = form[`${prefix}name`]
  if (typeof name !== 'string' || name.trim() === '') return undefined
  const [days, cameras] = [listOf(form, `${prefix}days`), listOf(form, `${prefix}cameras`)]
  return {
    ...{ name: name.trim(), from: form[`${prefix}from`], to: form[`${prefix}to`] },
    ...(days.length > 0 && { days }),
    silences: listOf(form, `${prefix}silences`),
    ...(cameras.length > 0 && { cameras }),
  }
}

export function alertSettingsPages(deps: HttpDeps, assets: Assets): Hono {
  const { alertSettings, clock } = deps
  const app = new Hono()
  const page = (c: Context, more: { isSaved?: boolean; problem?: string } = {}) =>
    alertSettingsPage({
      ...{ ...frameOf(c, assets), here: '/alerts', nowMs: clock.utcMs() },
      ...alertSettings.get(),
      cameras: deps.cameras().map(({ id, name }) => ({ id, name })),
      ...{ isSaved: more.isSaved === true, problem: more.problem ?? null },
    })
  app.get('/alerts/settings', (c) => c.html(page(c)))
  app.post('/alerts/settings', async (c) => {
    const form = await readForm(c)
    const { times: words } = boxWords(spokenTo(c))
    try {
      const asked =
        form['do'] === 'reset' ? { version: Number(form['version']) } : wishesOf(form, alertSettings.get())
      const { version, ...wishes } = parse(alertSettingsBody, asked)
      alertSettings.put(wishes, version, byOf(c, deps))
      return c.html(page(c, { isSaved: true }))
    } catch (error) {
      if (!(error instanceof BarnboxError) || error.kind !== 'input') throw error
      const labels = {
        night: words.night,
        quiet_hours: words.quiet,
        schedules: words.schedules,
        rules: words.rules,
      }
      const problem = error.code === 'STALE' ? words.stale : refusedFor(c, error, labels)
      return c.html(page(c, { problem }), statusOf(error))
    }
  })
  return app
}
