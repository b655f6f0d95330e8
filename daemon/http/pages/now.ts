/**
 * The page *Now* and the parts of it that the client fetches anew when an event says so.
 */
import { type Context, Hono } from 'hono'
import { cameraStatus, horseCard, openAlerts } from '../../../web/pages/board.ts'
import { type NamingView, namingForm } from '../../../web/pages/naming.ts'
import { nowPage } from '../../../web/pages/now.ts'
import type { Horse } from '../../types.ts'
import { thumbnailUrl } from '../api/horse-json.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import { horseParams, streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import type { Hub } from '../events/hub.ts'
import { spokenTo } from '../language.ts'
import { findCamera, findHorse } from '../look-up.ts'
import { takesPath } from '../takes.ts'
import { explain } from '../why.ts'
import { boardOf, cardOf, horsesOf, tileOf } from './board.ts'
import { maybeOf } from './same.ts'

function namingView(c: Context, deps: HttpDeps, horse: Horse): NamingView {
  const { id, streamId, number, name, notes, color, revision } = horse
  const mayCorrect = isAtLeast(c.get('caller').role, 'caretaker')
  const [newest] = deps.sightings.findByHorseId(id, 1)
  return {
    ...{ id, streamId, number, name, notes, revision, color, avatar: thumbnailUrl(horse), mayCorrect },
    nowMs: deps.clock.utcMs(),
    maybe: mayCorrect ? maybeOf(deps, horse) : [],
    why: newest ? explain(deps, newest, spokenTo(c).words) : null,
  }
}

export function nowPages(deps: HttpDeps, assets: Assets, hub: Hub): Hono {
  const app = new Hono()
  const ofHorse = takesPath(horseParams)

  app.get('/', (c) => {
    const view = boardOf(c, deps, { assets, hub }, 'now', (faults) => {
      const cameras = deps.cameras()
      const horses = horsesOf(
        deps,
        cameras.map(({ id }) => id),
      )
      const stalls = deps.stallViews()
      return {
        cameras: cameras.map((camera) => tileOf(camera, { faults, horses, nowMs: deps.clock.utcMs() })),
        horses: horses.map((horse) => cardOf(horse, deps, stalls)),
      }
    })
    return c.html(nowPage(view))
  })
  app.get('/parts/alerts', (c) => c.html(openAlerts(spokenTo(c), deps.alerts.open())))
  app.get('/parts/camera/:id', takesPath(streamParams), (c) => {
    const camera = findCamera(deps, c.req.valid('param').id)
    const nowMs = deps.clock.utcMs()
    const tile = tileOf(camera, { faults: deps.faults(), horses: [], nowMs })
    return c.html(cameraStatus(spokenTo(c), tile, nowMs))
  })
  app.get('/parts/horse/:horseId', ofHorse, (c) => {
    const horse = findHorse(deps, c.req.valid('param').horseId)
    return c.html(horseCard(spokenTo(c), cardOf(horse, deps), deps.clock.utcMs()))
  })
  app.get('/parts/horse/:horseId/form', ofHorse, (c) => {
    const horse = findHorse(deps, c.req.valid('param').horseId)
    return c.html(namingForm(spokenTo(c), namingView(c, deps, horse)))
  })
  return app
}
