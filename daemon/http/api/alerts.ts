/**
 * `/api/v1/alerts`: what is and was not as it should be, and what people do about it. `/api/v1/stalls/state`: who is where.
 */
import { Hono } from 'hono'
import { BarnboxError } from '../../lib/errors.ts'
import type { Alert } from '../../presence-types.ts'
import type { AlertId } from '../../types.ts'
import { alertParams, alertsQuery, snoozeBody, verdictBody } from '../alert-checks.ts'
import type { HttpDeps } from '../deps.ts'
import { keptJpeg } from '../media/kept.ts'
import { takesBody, takesPath, takesQuery } from '../takes.ts'
import { alertJson, stallStateJson } from './alert-json.ts'
import { byOf } from './corrections.ts'

const minuteMs = 60_000

export function findAlert({ alerts }: Pick<HttpDeps, 'alerts'>, id: AlertId): Alert {
  const alert = alerts.get(id)
  if (!alert) throw new BarnboxError('NOT_FOUND', 'There is no such alert.')
  return alert
}

/** Until when, counted from now. */
export const snoozeUntil = ({ clock }: Pick<HttpDeps, 'clock'>, minutes: number): number =>
  clock.utcMs() + minutes * minuteMs

export function alertsApi(deps: HttpDeps): Hono {
  const { alerts } = deps
  const app = new Hono()
  const ofAlert = takesPath(alertParams)

  app.get('/alerts', takesQuery(alertsQuery), (c) => {
    const { open, limit, before } = c.req.valid('query')
    const found = open === 'true' ? alerts.open() : alerts.list({ limit, beforeMs: before })
    const { all, notUseful, perStallNight } = alerts.week()
    return c.json({
      alerts: found.map(alertJson),
      week: { alerts: all, not_useful: notUseful, not_useful_per_stall_night: perStallNight },
      ways: alerts.ways().map(({ name, figures: { waiting, dropped, lastError } }) => ({
        ...{ name, waiting, dropped, last_error: lastError },
      })),
    })
  })
  app.get('/alerts/:alertId', ofAlert, (c) =>
    c.json(alertJson(findAlert(deps, c.req.valid('param').alertId))),
  )
  app.get('/alerts/:alertId/picture.jpg', ofAlert, (c) => {
    const { alertId } = c.req.valid('param')
    return keptJpeg(c, alertId, alerts.picture(alertId), 'There is no picture of it.')
  })
  app.post('/alerts/:alertId/acknowledge', ofAlert, (c) =>
    c.json(alertJson(alerts.acknowledge(c.req.valid('param').alertId, byOf(c, deps)))),
  )
  app.post('/alerts/:alertId/snooze', ofAlert, takesBody(snoozeBody), (c) => {
    const untilMs = snoozeUntil(deps, c.req.valid('json').minutes)
    return c.json(alertJson(alerts.snooze(c.req.valid('param').alertId, untilMs, byOf(c, deps))))
  })
  app.post('/alerts/:alertId/verdict', ofAlert, takesBody(verdictBody), (c) =>
    c.json(alertJson(alerts.judge(c.req.valid('param').alertId, c.req.valid('json').verdict))),
  )
  app.get('/stalls', (c) => {
    const stalls = deps.stallViews().map(stallStateJson)
    return c.json({ stalls, total: stalls.length })
  })
  return app
}
