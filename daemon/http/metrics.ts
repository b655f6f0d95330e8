/**
 * `/metrics`: the same figures as `/api/v1/system`, for Prometheus.
 */
import { Hono } from 'hono'
import type { HttpDeps } from './deps.ts'

export function metrics(deps: HttpDeps): Hono {
  return new Hono().get('/metrics', async (c) => {
    // Loaded when somebody scrapes: most boxes are never asked.
    const { metricsText } = await import('./metrics-text.ts')
    const { text, type } = await metricsText(deps.system(), deps.alerts.ways())
    return c.body(text, 200, { 'Content-Type': type })
  })
}
