/**
 * The whole HTTP face as one function of its dependencies: routes, door, limits. Opens no port.
 */
import { Hono } from 'hono'
import { alertSettingsApi } from './api/alert-settings.ts'
import { alertsApi } from './api/alerts.ts'
import { backupsApi } from './api/backups.ts'
import { cameraDeskApi } from './api/camera-desk.ts'
import { camerasApi } from './api/cameras.ts'
import { chunksApi } from './api/chunks.ts'
import { correctionsApi } from './api/corrections.ts'
import { devicesApi } from './api/devices.ts'
import { diagnosticsApi } from './api/diagnostics.ts'
import { horsesApi } from './api/horses.ts'
import { isPhotoUpload, photosApi } from './api/photos.ts'
import { stallsApi } from './api/stalls.ts'
import { systemApi } from './api/system.ts'
import { tokensApi } from './api/tokens.ts'
import { usersApi } from './api/users.ts'
import { whysApi } from './api/whys.ts'
import { type Assets, serveAssets } from './assets.ts'
import { type Door, guardOpenBox, requireAccess } from './auth/access.ts'
import { limitAtOnce } from './auth/at-once.ts'
import { login } from './auth/login.ts'
import { createPasses } from './auth/passes.ts'
import { requireRight } from './auth/rights.ts'
import { setup } from './auth/setup.ts'
import { createTries } from './auth/tries.ts'
import { createVisits } from './auth/visits.ts'
import type { HttpDeps } from './deps.ts'
import { answerErrors, nothingHere } from './errors.ts'
import type { Hub } from './events/hub.ts'
import { events } from './events/socket.ts'
import { securityHeaders } from './headers.ts'
import { health, readiness } from './health.ts'
import { languageChoice } from './language.ts'
import { limitBody } from './limit.ts'
import { liveVideo } from './media/live.ts'
import { metrics } from './metrics.ts'
import { openApi } from './openapi/route.ts'
import { onlyOwnPagesChange } from './origin.ts'
import { alertSettingsPages } from './pages/alert-settings.ts'
import { alertPages } from './pages/alerts.ts'
import { apiPages } from './pages/api.ts'
import { boxPages } from './pages/box.ts'
import { cameraSetupPages } from './pages/camera-setup.ts'
import { horsePages } from './pages/horse.ts'
import { nowPages } from './pages/now.ts'
import { peoplePages } from './pages/people.ts'
import { isBackupUpload } from './pages/restore.ts'
import { saidPages } from './pages/said.ts'
import { samePages } from './pages/same.ts'
import { sightingPages } from './pages/sighting.ts'
import { sorry } from './pages/sorry.ts'
import { stallPages } from './pages/stalls.ts'
import { streamPages } from './pages/stream.ts'
import { unknownPages } from './pages/unknowns.ts'
import { shell } from './shell.ts'

const MOST_BODY_BYTES = 64 * 1024

/** What is made once a server; `isShared` where other machines are served too. */
export interface AppParts {
  readonly hub: Hub
  readonly assets: Assets
  readonly isShared?: boolean
}

/** What is asked of whoever comes, and what is counted of them. */
function doorOf(
  { token, users, tokens, setupPin, passKey, endedSessions, clock }: HttpDeps,
  isShared: boolean,
): Door {
  const monoMs = () => clock.monoMs()
  const passes = createPasses(passKey, clock)
  const counts = { tries: createTries(monoMs), visits: createVisits(monoMs), atOnce: limitAtOnce() }
  return { token, users, tokens, isShared, setupPin, passes, endedSessions, ...counts, clock }
}

/** The order is the rule: what stands above the door is open to all. */
export function createApp(deps: HttpDeps, { hub, assets, isShared = false }: AppParts): Hono {
  const app = new Hono()
  app.onError(sorry(assets, answerErrors(deps.log)))
  app.notFound(() => {
    throw nothingHere()
  })
  app.use(securityHeaders(deps.tls?.isSelfSigned === false))
  const usualLimit = limitBody(MOST_BODY_BYTES)
  // The limits of photos and backups stand behind the door: nobody unknown may make the box hold megabytes.
  app.use((c, next) => (isPhotoUpload(c) || isBackupUpload(c) ? next() : usualLimit(c, next)))
  const door = doorOf(deps, isShared)
  app.route('/', health())
  app.use(guardOpenBox(door))
  app.use(onlyOwnPagesChange)
  app.route('/', serveAssets(assets))
  app.route('/', shell(assets))
  app.route('/', languageChoice())
  app.route('/', login(door, assets, deps.push))
  app.route('/', setup(door, assets))
  app.use(requireAccess(door), requireRight)
  app.route('/', readiness(deps))
  app.route('/', metrics(deps))
  app.route(
    '/api/v1',
    openApi(() => app.routes, deps.version),
  )
  app.route('/api/v1', systemApi(deps))
  app.route('/api/v1', diagnosticsApi(deps))
  app.route('/api/v1', backupsApi(deps))
  app.route('/api/v1', horsesApi(deps))
  app.route('/api/v1', correctionsApi(deps))
  app.route('/api/v1', whysApi(deps))
  app.route('/api/v1', photosApi(deps))
  app.route('/api/v1', cameraDeskApi(deps))
  app.route('/api/v1', camerasApi(deps))
  app.route('/api/v1', stallsApi(deps))
  app.route('/api/v1', alertSettingsApi(deps))
  app.route('/api/v1', alertsApi(deps))
  app.route('/api/v1', devicesApi(deps))
  app.route('/api/v1', chunksApi(deps))
  app.route('/api/v1', liveVideo(deps))
  app.route('/api/v1', usersApi(door))
  app.route('/api/v1', tokensApi(door))
  app.route('/api/v1', events(deps, hub))
  app.route('/', nowPages(deps, assets, hub))
  app.route('/', streamPages(deps, assets, hub))
  app.route('/', stallPages(deps, assets))
  app.route('/', horsePages(deps, assets, hub))
  app.route('/', samePages(deps, assets))
  app.route('/', sightingPages(deps, assets))
  app.route('/', unknownPages(deps, assets, hub))
  app.route('/', alertSettingsPages(deps, assets))
  app.route('/', alertPages(deps, assets, hub))
  app.route('/', saidPages(deps, assets))
  app.route('/', peoplePages(door, assets))
  app.route('/', cameraSetupPages(deps, assets))
  app.route('/', boxPages(deps, assets))
  app.route(
    '/',
    apiPages(() => app.routes, deps.version, assets),
  )
  return app
}
