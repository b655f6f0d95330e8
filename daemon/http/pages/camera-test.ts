/**
 * The page of a camera's acceptance test: starts it, waits for it, shows the report that is kept.
 */
import { type Context, Hono } from 'hono'
import { cameraTestPage } from '../../../web/pages/camera-test.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { StreamId } from '../../types.ts'
import type { Assets } from '../assets.ts'
import { streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { takesPath } from '../takes.ts'
import { frameOf } from './board.ts'

export function cameraTestPages(deps: HttpDeps, assets: Assets): Hono {
  const app = new Hono()
  const ofCamera = takesPath(streamParams)
  const { cameraTests: tests } = deps
  const page = (c: Context, id: StreamId) => {
    const settings = deps.cameraDesk.get(id)
    if (!settings) throw new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)
    return cameraTestPage({
      ...{ ...frameOf(c, assets), here: '/cameras', nowMs: deps.clock.utcMs() },
      script: assets.url('testing.js'),
      camera: { id, name: settings.name },
      ...{ running: tests.running, fault: tests.fault(id), report: tests.report(id) ?? null },
      hasNight: tests.picture(id, 'night') !== undefined,
    })
  }
  app.get('/cameras/:id/test', ofCamera, (c) => c.html(page(c, c.req.valid('param').id)))
  app.post('/cameras/:id/test', ofCamera, (c) => {
    const { id } = c.req.valid('param')
    // Whoever presses twice is shown the one that runs.
    if (!tests.running) tests.start(id)
    return c.redirect(`/cameras/${id}/test`, 303)
  })
  for (const [path, which] of [
    ['picture', 'day'],
    ['night', 'night'],
  ] as const)
    app.get(`/cameras/:id/test/${path}.jpg`, ofCamera, (c) => {
      const picture = tests.picture(c.req.valid('param').id, which)
      if (!picture) throw new BarnboxError('NOT_FOUND', 'There is no such picture.')
      return c.body(new Uint8Array(picture), 200, { 'Content-Type': 'image/jpeg' })
    })
  return app
}
