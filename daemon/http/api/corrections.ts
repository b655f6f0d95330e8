/**
 * What people set right: residents, deletes, merges, splits, whose a sighting is; and how it is taken back.
 */
import { type Context, Hono } from 'hono'
import { BarnboxError } from '../../lib/errors.ts'
import type { By, Corrected, Horse, StreamId } from '../../types.ts'
import {
  correctionParams,
  horseParams,
  intoHorse,
  limits,
  officialBody,
  sightingCorrection,
  sightingParams,
  someSightings,
  streamParams,
} from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { cameraName, findCamera, findHorse } from '../look-up.ts'
import { takesBody, takesPath, takesQuery } from '../takes.ts'
import { horseJson } from './horse-json.ts'
import { correctionJson, sightingJson } from './sighting-json.ts'

/** Who asks, by name: what a correction is noted with. */
export function byOf(c: Context, { clock }: Pick<HttpDeps, 'clock'>): By {
  return { actor: c.get('caller').name, nowMs: clock.utcMs() }
}

export function correctionsApi(deps: HttpDeps): Hono {
  const app = new Hono()
  horseRoutes(app, deps)
  sightingRoutes(app, deps)
  return app
}

const ofHorse = takesPath(horseParams)
const ofSighting = takesPath(sightingParams)
const ofStream = takesPath(streamParams)
const ofCorrection = takesPath(correctionParams)
const withLimits = takesQuery(limits)

const answer = ({ correction }: Corrected) => ({ correction: correctionJson(correction) })

function horseRoutes(app: Hono, deps: HttpDeps): void {
  const { corrections, sightings } = deps
  const tell = (horse: Horse) => horseJson(horse, (id) => cameraName(deps, id))

  app.patch('/horses/:horseId/official', ofHorse, takesBody(officialBody), (c) => {
    const { is_official, revision } = c.req.valid('json')
    const edit = { ...byOf(c, deps), revision }
    const horse = deps.horses.setOfficial(c.req.valid('param').horseId, is_official, edit)
    deps.facts.publish('horse-changed', { horse, change: 'details' })
    const message = is_official ? 'The horse is a resident.' : 'The horse is no resident any more.'
    return c.json({ message, horse: tell(horse) })
  })
  app.delete('/horses/:horseId', ofHorse, (c) => {
    const { horseId } = c.req.valid('param')
    // Twice is as good as once: whoever tapped again gets no error.
    if (deps.horses.get(horseId) === undefined)
      return c.json({ message: 'The horse is deleted.', correction: null })
    return c.json({ message: 'The horse is deleted.', ...answer(corrections.remove(horseId, byOf(c, deps))) })
  })
  app.post('/horses/:horseId/merge', ofHorse, takesBody(intoHorse), (c) => {
    const { into } = c.req.valid('json')
    return c.json(answer(corrections.merge(c.req.valid('param').horseId, into, byOf(c, deps))))
  })
  app.post('/horses/:horseId/split', ofHorse, takesBody(someSightings), (c) => {
    const ids = c.req.valid('json').sightings
    return c.json(answer(corrections.split(c.req.valid('param').horseId, ids, byOf(c, deps))))
  })
  app.get('/horses/:horseId/sightings', ofHorse, withLimits, (c) => {
    const { id } = findHorse(deps, c.req.valid('param').horseId)
    const { limit, before } = c.req.valid('query')
    const found = sightings.findByHorseId(id, limit, before)
    return c.json({ sightings: found.map(sightingJson) })
  })
  app.get('/horses/:horseId/history', ofHorse, withLimits, (c) => {
    const { id } = findHorse(deps, c.req.valid('param').horseId)
    const names = deps.horses.names(id).map(({ name, sinceMs, isAlias }) => ({
      name,
      since: new Date(sinceMs).toISOString(),
      alias: isAlias,
    }))
    const { limit, before } = c.req.valid('query')
    return c.json({ names, corrections: corrections.list(limit, id, before).map(correctionJson) })
  })
}

function sightingRoutes(app: Hono, deps: HttpDeps): void {
  const { corrections, sightings } = deps
  app.get('/streams/:id/unknowns', ofStream, withLimits, (c) => {
    const { id } = findCamera(deps, c.req.valid('param').id)
    const { limit, before } = c.req.valid('query')
    return c.json({ sightings: sightings.unknowns(id, limit, before).map(sightingJson) })
  })
  app.get('/streams/:id/merge-suggestions', ofStream, (c) => {
    const { id } = findCamera(deps, c.req.valid('param').id)
    const nameOf = (stream: StreamId) => cameraName(deps, stream)
    const suggestions = deps.suggestions(id).map(({ horse, into, probability, mutual }) => {
      const pair = { horse: horseJson(horse, nameOf), into: horseJson(into, nameOf) }
      return { ...pair, probability: Number(probability.toFixed(4)), mutual_looks: mutual }
    })
    return c.json({ suggestions })
  })
  app.get('/sightings/:sightingId', ofSighting, (c) => {
    const sighting = sightings.get(c.req.valid('param').sightingId)
    if (!sighting) throw new BarnboxError('NOT_FOUND', 'There is no such sighting.')
    return c.json(sightingJson(sighting))
  })
  app.post('/sightings/:sightingId/corrections', ofSighting, takesBody(sightingCorrection), (c) => {
    const { sightingId: id } = c.req.valid('param')
    const by = byOf(c, deps)
    const body = c.req.valid('json')
    if (body.correction_type === 'reassign')
      return c.json(answer(corrections.reassign(id, body.corrected_horse_id, by)))
    if (body.correction_type === 'mark_incorrect') return c.json(answer(corrections.incorrect(id, by)))
    if (body.correction_type === 'not_this_horse') return c.json(answer(corrections.notThisHorse(id, by)))
    return c.json(answer(corrections.newHorse(id, body.corrected_horse_name ?? null, by)))
  })
  app.get('/corrections', withLimits, (c) => {
    const { limit, before } = c.req.valid('query')
    return c.json({ corrections: corrections.list(limit, undefined, before).map(correctionJson) })
  })
  app.post('/corrections/:correctionId/undo', ofCorrection, (c) =>
    c.json(answer(corrections.undo(c.req.valid('param').correctionId, byOf(c, deps)))),
  )
}
