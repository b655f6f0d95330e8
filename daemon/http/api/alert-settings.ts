/**
 * `/api/v1/alerts/settings`: when something is an alert, and when it is told.
 */
import { Hono } from 'hono'
import { alertSettingsBody } from '../alert-checks.ts'
import type { AlertSettings, HttpDeps } from '../deps.ts'
import { takesBody } from '../takes.ts'
import { byOf } from './corrections.ts'

const second = 1000

function settingsJson(one: AlertSettings) {
  return {
    version: one.version,
    changed: one.changedMs === null ? null : new Date(one.changedMs).toISOString(),
    changed_by: one.changedBy,
    as_in_config: one.isAsInConfig,
    ...{ night: one.night, quiet_hours: one.quietHours, schedules: one.schedules },
    rules: one.rules.map(({ kind, isOn, severity, afterMs, coolDownMs, isExperimental }) => ({
      ...{ kind, enabled: isOn, severity, after_seconds: afterMs / second },
      ...{ cool_down_seconds: coolDownMs / second, experimental: isExperimental },
    })),
  }
}

/** Goes before the routes of single alerts, whose ids it would else be one of. */
export function alertSettingsApi(deps: HttpDeps): Hono {
  const { alertSettings } = deps
  const app = new Hono()
  app.get('/alerts/settings', (c) => c.json(settingsJson(alertSettings.get())))
  app.put('/alerts/settings', takesBody(alertSettingsBody), (c) => {
    const { version, ...wishes } = c.req.valid('json')
    return c.json(settingsJson(alertSettings.put(wishes, version, byOf(c, deps))))
  })
  return app
}
