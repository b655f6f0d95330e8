/**
 * The page *Now* and the parts of it that the client fetches anew when an event says so.
 */
import { type Context, Hono } from 'hono'
import { cameraStatus, horseCard } from '../../../web/pages/board.ts'
import { type HorseFormView, horseForm as horseFormHtml, horsePage } from '../../../web/pages/horse.ts'
import { nowPage } from '../../../web/pages/now.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { Horse } from '../../types.ts'
import { byOf } from '../api/corrections.ts'
import { thumbnailUrl } from '../api/horse-json.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import { horseDetails, horseForm, horseParams, parse, streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import type { Hub } from '../events/hub.ts'
import { readForm } from '../form.ts'
import { spokenTo } from '../language.ts'
import { changeHorse, findCamera, findHorse } from '../look-up.ts'
import { takesPath } from '../takes.ts'
import { explain } from '../why.ts'
import { boardOf, cardOf, frameOf, horsesOf, tileOf } from './board.ts'
import { sameView } from './same.ts'

function formView(c: Context, deps: HttpDeps, horse: Horse, problem: string | null = null): HorseFormView {
  const { id, streamId, number, name, notes, color } = horse
  const mayMerge = isAtLeast(c.get('caller').role, 'caretaker')
  const same = mayMerge ? sameView(deps, horse) : { maybe: [], merged: [] }
  const nowMs = deps.clock.utcMs()
  const [newest] = deps.sightings.findByHorseId(id, 1)
  const why = newest ? explain(deps, newest, spokenTo(c).words) : null
  return {
    id,
    streamId,
    number,
    name,
    notes,
    color,
    avatar: thumbnailUrl(horse),
    problem,
    nowMs,
    ...same,
    why,
  }
}

export function nowPages(deps: HttpDeps, assets: Assets, hub: Hub): Hono {
  const app = new Hono()
  const ofHorse = takesPath(horseParams)
  const frame = (c: Context) => frameOf(c, assets)

  app.get('/', (c) => {
    const view = boardOf(c, deps, { assets, hub }, 'now', (faults) => {
      const cameras = deps.cameras()
      const horses = horsesOf(
        deps,
        cameras.map(({ id }) => id),
      )
      return {
        cameras: cameras.map((camera) => tileOf(camera, faults)),
        horses: horses.map((horse) => cardOf(horse, deps)),
      }
    })
    return c.html(nowPage(view))
  })
  app.get('/parts/camera/:id', takesPath(streamParams), (c) => {
    const camera = findCamera(deps, c.req.valid('param').id)
    return c.html(cameraStatus(spokenTo(c), tileOf(camera, deps.faults()), deps.clock.utcMs()))
  })
  app.get('/parts/horse/:horseId', ofHorse, (c) => {
    const horse = findHorse(deps, c.req.valid('param').horseId)
    return c.html(horseCard(spokenTo(c), cardOf(horse, deps), deps.clock.utcMs()))
  })
  app.get('/parts/horse/:horseId/form', ofHorse, (c) => {
    return c.html(
      horseFormHtml(spokenTo(c), formView(c, deps, findHorse(deps, c.req.valid('param').horseId))),
    )
  })
  app.get('/horses/:horseId', ofHorse, (c) => {
    return c.html(horsePage(frame(c), formView(c, deps, findHorse(deps, c.req.valid('param').horseId))))
  })
  app.post('/horses/:horseId', ofHorse, async (c) => {
    const horse = findHorse(deps, c.req.valid('param').horseId)
    try {
      const { details } = parse(horseDetails, parse(horseForm, await readForm(c)))
      changeHorse(deps, horse.id, details, byOf(c, deps))
    } catch (error) {
      if (!(error instanceof BarnboxError) || error.code !== 'BAD_REQUEST') throw error
      return c.html(horsePage(frame(c), formView(c, deps, horse, error.message)), 400)
    }
    return c.redirect('/', 303)
  })
  return app
}
