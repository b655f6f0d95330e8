/**
 * The whole HTTP face as one function of its dependencies: routes, door, limits. Opens no port.
 */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { camerasApi } from './api/cameras.ts'
import { correctionsApi } from './api/corrections.ts'
import { horsesApi } from './api/horses.ts'
import { systemApi } from './api/system.ts'
import { usersApi } from './api/users.ts'
import { type Assets, serveAssets } from './assets.ts'
import { guardOpenBox, requireAccess } from './auth/access.ts'
import { login } from './auth/login.ts'
import { createPasses } from './auth/passes.ts'
import { requireRight } from './auth/rights.ts'
import { createTries } from './auth/tries.ts'
import type { HttpDeps } from './deps.ts'
import { answerErrors, problem } from './errors.ts'
import type { Hub } from './events/hub.ts'
import { events } from './events/socket.ts'
import { securityHeaders } from './headers.ts'
import { health, readiness } from './health.ts'
import { metrics } from './metrics.ts'
import { openApi } from './openapi/route.ts'
import { onlyOwnPagesChange } from './origin.ts'
import { nowPages } from './pages/now.ts'

const MOST_BODY_BYTES = 64 * 1024

/** The order is the rule: what stands above the door is open to all. */
export function createApp(deps: HttpDeps, parts: { hub: Hub; assets: Assets }): Hono {
  const { hub, assets } = parts
  const app = new Hono()
  app.onError(answerErrors(deps.log))
  app.notFound((c) => problem(c, 404, 'There is nothing at this address.'))
  app.use(securityHeaders)
  app.use(
    bodyLimit({
      maxSize: MOST_BODY_BYTES,
      onError: () => {
        throw new HTTPException(413, { message: 'This is more than barnbox takes in one request.' })
      },
    }),
  )
  const { token, users, clock } = deps
  const passes = createPasses(deps.passKey, clock)
  const door = { token, users, passes, tries: createTries(() => clock.monoMs()), clock }
  app.route('/', health())
  app.use(guardOpenBox(door))
  app.use(onlyOwnPagesChange)
  app.route('/', serveAssets(assets))
  app.route('/', login(door, assets))
  app.use(requireAccess(door), requireRight)
  app.route('/', readiness(deps))
  app.route('/', metrics(deps))
  app.route(
    '/api/v1',
    openApi(() => app.routes, deps.version),
  )
  app.route('/api/v1', systemApi(deps))
  app.route('/api/v1', horsesApi(deps))
  app.route('/api/v1', correctionsApi(deps))
  app.route('/api/v1', camerasApi(deps))
  app.route('/api/v1', usersApi(door))
  app.route('/api/v1', events(deps, hub))
  app.route('/', nowPages(deps, assets, hub))
  return app
}
