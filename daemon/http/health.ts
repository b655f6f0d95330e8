/**
 * `/healthz`: the process answers. `/readyz`: it can do its job, or which part cannot.
 */
import { Hono } from 'hono'
import type { HttpDeps } from './deps.ts'

/** Open to all: it says nothing but that the process lives. */
export function health(): Hono {
  return new Hono().get('/healthz', (c) => c.json({ status: 'ok' }))
}

export function readiness(deps: HttpDeps): Hono {
  return new Hono().get('/readyz', (c) => {
    const { ok, checks } = deps.ready()
    return c.json({ ok, version: deps.version, checks }, ok ? 200 : 503)
  })
}
