/**
 * The page *Now* and the parts of it that the client fetches anew when an event says so.
 */
import { type Context, Hono } from 'hono'
import { type HorseFormView, horseForm as horseFormHtml, horsePage } from '../../../web/pages/horse.ts'
import {
  type CameraTile,
  cameraStatus,
  type Fault,
  type HorseCard,
  horseCard,
  nowPage,
} from '../../../web/pages/now.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { CameraView, Horse } from '../../types.ts'
import { byOf } from '../api/corrections.ts'
import { thumbnailUrl } from '../api/horse-json.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import { horseDetails, horseForm, horseParams, parse, streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import type { Hub } from '../events/hub.ts'
import { readForm } from '../form.ts'
import { changeHorse, findCamera, findHorse } from '../look-up.ts'
import { takesPath } from '../takes.ts'
import { explain } from '../why.ts'
import { sameView } from './same.ts'

function tile(camera: CameraView, faults: readonly Fault[]): CameraTile {
  const { id, name, state, sinceMs, detail, decode } = camera
  const isBlind = faults.some(({ part }) => part === 'models')
  return { id, name, state, sinceMs, detail, isBlind, decode }
}

function card(horse: Horse, cameraName: string | null): HorseCard {
  return {
    id: horse.id,
    streamId: horse.streamId,
    number: horse.number,
    name: horse.name,
    color: horse.color,
    lastSeenMs: horse.lastSeenMs,
    sightings: horse.totalDetections,
    avatar: thumbnailUrl(horse),
    cameraName,
    version: horse.version,
  }
}

/** The camera's name is worth its place only where there are several. */
function cameraNameFor(cameras: readonly CameraView[], horse: Horse): string | null {
  if (cameras.length < 2) return null
  return cameras.find((camera) => camera.id === horse.streamId)?.name ?? horse.streamId
}

function formView(c: Context, deps: HttpDeps, horse: Horse, problem: string | null = null): HorseFormView {
  const { id, streamId, number, name, notes, color } = horse
  const mayMerge = isAtLeast(c.get('caller').role, 'caretaker')
  const same = mayMerge ? sameView(deps, horse) : { maybe: [], merged: [] }
  const nowMs = deps.clock.utcMs()
  const [newest] = deps.sightings.findByHorseId(id, 1)
  const why = newest ? explain(deps, newest) : null
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
  const frame = (c: Context) => ({
    style: assets.url('style.css'),
    icon: assets.url('icon.svg'),
    canLogOut: c.get('caller').by !== 'nothing',
    userName: c.get('caller').user?.name,
  })

  app.get('/', (c) => {
    // Read before the rows: an event that comes in between is told again, never missed.
    const after = hub.last
    const cameras = deps.cameras()
    const faults = deps.faults()
    const horses = cameras.flatMap((camera) =>
      // By number, not by recency: a card must not move away under a finger.
      [...deps.horses.findByStreamId(camera.id)].sort((a, b) => a.number - b.number),
    )
    const view = {
      ...frame(c),
      script: assets.url('now.js'),
      after,
      nowMs: deps.clock.utcMs(),
      stopgap: deps.models()?.stopgap === true ? (deps.models()?.embedder ?? null) : null,
      faults,
      cameras: cameras.map((camera) => tile(camera, faults)),
      horses: horses.map((horse) => card(horse, cameraNameFor(cameras, horse))),
    }
    return c.html(nowPage(view))
  })
  app.get('/parts/camera/:id', takesPath(streamParams), (c) => {
    const camera = findCamera(deps, c.req.valid('param').id)
    return c.html(cameraStatus(tile(camera, deps.faults()), deps.clock.utcMs()))
  })
  app.get('/parts/horse/:horseId', ofHorse, (c) => {
    const horse = findHorse(deps, c.req.valid('param').horseId)
    return c.html(horseCard(card(horse, cameraNameFor(deps.cameras(), horse)), deps.clock.utcMs()))
  })
  app.get('/parts/horse/:horseId/form', ofHorse, (c) => {
    return c.html(horseFormHtml(formView(c, deps, findHorse(deps, c.req.valid('param').horseId))))
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
