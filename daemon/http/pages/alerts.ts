/**
 * The page of alerts, and what people do about one there.
 */
import { type Context, Hono } from 'hono'
import { type AlertView, alertsPage } from '../../../web/pages/alerts.ts'
import type { PushView } from '../../../web/pages/devices.ts'
import type { Alert } from '../../presence-types.ts'
import { alertForm, alertParams } from '../alert-checks.ts'
import { snoozeUntil } from '../api/alerts.ts'
import { byOf } from '../api/corrections.ts'
import { mustBeUser, thisDevice } from '../api/devices.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import { pageQuery, parse } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { deviceParams } from '../device-checks.ts'
import type { Hub } from '../events/hub.ts'
import { readForm } from '../form.ts'
import { cameraName } from '../look-up.ts'
import { takesPath, takesQuery } from '../takes.ts'
import { frameOf, pageScript } from './board.ts'
import { linked } from './said.ts'

/** Alerts on one page. */
const most = 50

function viewOf(deps: HttpDeps, alert: Alert): AlertView {
  const { id, streamId, stallId, horseId, hasPicture, snoozedUntilMs } = alert
  return {
    ...alert,
    camera: streamId === null ? null : { id: streamId, name: cameraName(deps, streamId) },
    stall: stallId === null ? null : (deps.stalls.get(stallId)?.name ?? null),
    horse: horseId === null ? null : linked(deps, horseId),
    picture: hasPicture ? `/api/v1/alerts/${id}/picture.jpg` : null,
    snoozedUntilMs: snoozedUntilMs !== null && snoozedUntilMs > deps.clock.utcMs() ? snoozedUntilMs : null,
  }
}

function pushView(c: Context, { push }: HttpDeps): PushView {
  const { user } = c.get('caller')
  const devices = user ? push.devices(user.id) : []
  const own = thisDevice(c, devices)
  return { key: push.key, isUser: user !== null, own, others: devices.filter((one) => one !== own) }
}

export function alertPages(deps: HttpDeps, assets: Assets, hub: Hub): Hono {
  const { alerts } = deps
  const app = new Hono()
  app.get('/alerts', takesQuery(pageQuery), (c) => {
    const after = hub.last
    const { before } = c.req.valid('query')
    const found = alerts.list({ limit: most + 1, beforeMs: before })
    const shown = found.slice(0, most)
    const ways = alerts.ways().map(({ name, figures }) => ({ name, ...figures }))
    return c.html(
      alertsPage({
        ...{ ...frameOf(c, assets), script: pageScript(c, assets), nowMs: deps.clock.utcMs(), after },
        mayAct: isAtLeast(c.get('caller').role, 'caretaker'),
        maySet: isAtLeast(c.get('caller').role, 'admin'),
        isOff: alerts.isOff,
        isPaused: alerts.isPaused(),
        open: alerts.open().map((one) => viewOf(deps, one)),
        past: shown.filter(({ closedMs }) => closedMs !== null).map((one) => viewOf(deps, one)),
        older: found.length > most ? `/alerts?before=${shown.at(-1)?.openedMs}` : null,
        ...{ week: alerts.week(), ways, push: pushView(c, deps) },
      }),
    )
  })
  app.post('/alerts/:alertId', takesPath(alertParams), async (c) => {
    const { alertId } = c.req.valid('param')
    const said = parse(alertForm, await readForm(c))
    const by = byOf(c, deps)
    if (said.do === 'acknowledge') alerts.acknowledge(alertId, by)
    else if (said.do === 'snooze') alerts.snooze(alertId, snoozeUntil(deps, said.minutes), by)
    else alerts.judge(alertId, said.verdict)
    return c.redirect('/alerts', 303)
  })
  app.post('/me/devices/:deviceId/remove', takesPath(deviceParams), (c) => {
    deps.push.remove(mustBeUser(c).id, c.req.valid('param').deviceId)
    return c.redirect('/alerts', 303)
  })
  return app
}
