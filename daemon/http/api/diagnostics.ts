/**
 * `/api/v1/diagnostics`: one file for whoever helps from afar. For admins: it tells how the barn is set up, though no secret.
 */
import { Hono } from 'hono'
import type { HttpDeps } from '../deps.ts'
import type { Answer } from '../openapi/answers.ts'
import { systemJson } from './system.ts'

export async function diagnosticsJson(deps: HttpDeps): Promise<Answer<'Diagnostics'>> {
  const { config, findings, log } = await deps.diagnose()
  return {
    made: new Date(deps.clock.utcMs()).toISOString(),
    system: systemJson(deps.system()),
    readiness: { ...deps.ready(), version: deps.version },
    machine: await deps.machine(),
    findings: [...findings],
    config,
    log: [...log],
  }
}

export function diagnosticsApi(deps: HttpDeps): Hono {
  return new Hono().get('/diagnostics', async (c) => {
    const body = await diagnosticsJson(deps)
    const day = body.made.slice(0, 16).replaceAll(/[-:]/g, '')
    c.header('Content-Disposition', `attachment; filename="barnbox-diagnostics-${day}.json"`)
    return c.json(body)
  })
}
