/**
 * The page of a sighting, and what a person answers to whose some sightings are.
 */
import { Hono } from 'hono'
import { sightingPage } from '../../../web/pages/sighting.ts'
import type { SightingRow } from '../../../web/pages/timeline.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { By, Corrected, CorrectionKind, StoredSighting } from '../../types.ts'
import { byOf } from '../api/corrections.ts'
import { lookUrl } from '../api/sighting-json.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import { pageQuery, parse, sightingParams, whoForm } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { readForm } from '../form.ts'
import { cameraName } from '../look-up.ts'
import { takesPath, takesQuery } from '../takes.ts'
import { explain } from '../why.ts'
import { frameOf, pageScript } from './board.ts'
import { backFrom, doneOf, linked } from './said.ts'
import { faceOf, facesAt } from './same.ts'

/** Corrections that are about sightings that were answered for alone. */
const ownUndo = new Set<CorrectionKind>(['reassign', 'new-horse', 'not-this-horse', 'incorrect'])

export function rowOf(deps: HttpDeps, sighting: StoredSighting): SightingRow {
  const { id, fromMs, toMs, streamId, lookId, decision, correctedBy } = sighting
  const by = correctedBy === null ? undefined : deps.corrections.get(correctedBy)
  return {
    ...{ id, fromMs, toMs, kind: decision.kind, score: decision.score },
    camera: cameraName(deps, streamId),
    picture: lookUrl(lookId),
    undo: by && ownUndo.has(by.kind) ? by.id : null,
  }
}

export function findSighting(deps: HttpDeps, id: StoredSighting['id']): StoredSighting {
  const sighting = deps.sightings.get(id)
  if (!sighting) throw new BarnboxError('NOT_FOUND', 'There is no such sighting.')
  return sighting
}

type Answer = ReturnType<typeof whoForm.parse>

/** Answers for sightings that are still whose the page said. */
function correct(deps: HttpDeps, { sighting: ids, of, answer, horse, name }: Answer, by: By): Corrected {
  const { corrections } = deps
  for (const id of ids) {
    const { horseId } = findSighting(deps, id)
    if (horseId !== of) throw new BarnboxError('STALE', 'Somebody else has answered in the meantime.')
  }
  if (answer === 'new') return corrections.newHorse(ids, name, by)
  if (answer === 'incorrect') return corrections.incorrect(ids, by)
  if (answer === 'not') return corrections.notThisHorse(ids, by, horse)
  if (horse === undefined) throw new BarnboxError('BAD_REQUEST', 'Say which horse it is.')
  return corrections.reassign(ids, horse, by)
}

export function sightingPages(deps: HttpDeps, assets: Assets): Hono {
  const app = new Hono()
  app.post('/sightings/corrections', async (c) => {
    const { correction } = correct(deps, parse(whoForm, await readForm(c)), byOf(c, deps))
    return c.redirect(backFrom(c, deps, correction), 303)
  })
  app.get('/sightings/:sightingId', takesPath(sightingParams), takesQuery(pageQuery), (c) => {
    const sighting = findSighting(deps, c.req.valid('param').sightingId)
    const { q: query, done } = c.req.valid('query')
    const frame = frameOf(c, assets)
    const { horseId, streamId, correctedBy } = sighting
    const why = explain(deps, sighting, frame.words)
    const nots = deps.corrections.notOf([sighting.id])
    const offers = [why.why?.best, why.why?.second].flatMap((one) => {
      const horse = one && deps.horses.get(one.horseId)
      return horse && horse.id !== horseId && !nots.includes(horse.id) ? [faceOf(horse, streamId, deps)] : []
    })
    const isNone = correctedBy !== null && deps.corrections.get(correctedBy)?.kind === 'incorrect'
    const view = {
      ...{ ...frame, script: pageScript(c, assets), nowMs: deps.clock.utcMs(), done: doneOf(deps, done) },
      mayCorrect: isAtLeast(c.get('caller').role, 'caretaker'),
      sighting: rowOf(deps, sighting),
      horse: horseId && linked(deps, horseId),
      why,
      answers: { sightings: [sighting.id], of: horseId, offers },
      canBeNone: !isNone,
      query,
      faces: facesAt(deps, streamId, query, horseId === null ? [] : [horseId]),
    }
    return c.html(sightingPage(view))
  })
  return app
}
