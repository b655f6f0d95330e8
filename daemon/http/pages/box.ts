/**
 * The pages of the box itself: `/system` and `/cameras`, and the one where another box comes to it.
 */
import { type Context, Hono } from 'hono'
import { type CameraCard, camerasPage } from '../../../web/pages/cameras.ts'
import { systemPage } from '../../../web/pages/system.ts'
import type { CameraView } from '../../types.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import type { HttpDeps } from '../deps.ts'
import { frameOf } from './board.ts'
import { restorePages } from './restore.ts'

/** All of them are in the file of the diagnostics. */
const MOST_LINES = 200

export function boxPages(deps: HttpDeps, assets: Assets): Hono {
  const app = new Hono()
  app.get('/system', async (c) => c.html(await system(c, deps, assets)))
  app.get('/cameras', (c) => {
    const nowMs = deps.clock.utcMs()
    return c.html(
      camerasPage({
        ...frameOf(c, assets),
        maySetUp: isAtLeast(c.get('caller').role, 'admin'),
        nowMs,
        cameras: deps.cameras().map((one) => cardOf(one, deps)),
      }),
    )
  })
  app.route('/', restorePages(deps, assets))
  return app
}

async function system(c: Context, deps: HttpDeps, assets: Assets) {
  const isAdmin = isAtLeast(c.get('caller').role, 'admin')
  return systemPage({
    ...frameOf(c, assets),
    nowMs: deps.clock.utcMs(),
    checks: deps.ready().checks,
    system: deps.system(),
    machine: await deps.machine(),
    quality: new Map(deps.cameras().map(({ id }) => [id as string, deps.quality(id)])),
    fingerprint: deps.tls?.isSelfSigned === true ? deps.tls.fingerprint : null,
    backup: isAdmin ? { mayRestore: deps.restores?.hasHorses === false } : null,
    log: isAdmin ? deps.recentLog().slice(-MOST_LINES) : null,
  })
}

/** A picture is offered where there is one: a browser complains of each that is not. */
function cardOf(camera: CameraView, deps: HttpDeps): CameraCard {
  const hasPicture = camera.state === 'live' && camera.framesAnalysed > 0
  return { ...camera, quality: deps.quality(camera.id), hasPicture }
}
