/**
 * Horses that may be one, on the page of each: merged by a button, taken apart again by another.
 */
import { Hono } from 'hono'
import { validator } from 'hono/validator'
import type { HorseFormView, MergeChoice } from '../../../web/pages/horse.ts'
import type { Horse, MergeSuggestion, StreamId } from '../../types.ts'
import { byOf } from '../api/corrections.ts'
import { thumbnailUrl } from '../api/horse-json.ts'
import { horseParams, intoHorse, mergeParams, parse } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { readForm } from '../form.ts'
import { cameraName, findHorse } from '../look-up.ts'

/** How many merges of a horse can be taken back on its page, of so many corrections. */
const MOST_MERGES = 3
const MOST_CORRECTIONS = 50

/** What the page of a horse says of others that it may be, or is said to be. */
export function sameView(deps: HttpDeps, { id, streamId }: Horse): Pick<HorseFormView, 'maybe' | 'merged'> {
  const { suggestions, corrections } = deps
  const maybe = suggestions(streamId)
    .filter(({ horse, into }) => horse.id === id || into.id === id)
    .map((one) => choice(one, one.into.id === id ? one.horse : one.into, streamId, deps))
  const merged = corrections
    .list(MOST_CORRECTIONS, id)
    .filter(({ kind, otherId, undoneMs }) => kind === 'merge' && otherId === id && undoneMs === null)
    .slice(0, MOST_MERGES)
    .map(({ id: correctionId, atMs }) => ({ correctionId, atMs }))
  return { maybe, merged }
}

/** Numbers count within a camera: where the other one's is another, that is said. */
function choice({ horse, into }: MergeSuggestion, other: Horse, here: StreamId, deps: HttpDeps): MergeChoice {
  const { number, name, color, streamId } = other
  const homeName = streamId === here ? null : cameraName(deps, streamId)
  return { number, name, homeName, color, avatar: thumbnailUrl(other), horseId: horse.id, intoId: into.id }
}

export function samePages(deps: HttpDeps): Hono {
  const app = new Hono()
  app.post(
    '/horses/:horseId/merge',
    validator('param', (value) => parse(horseParams, value)),
    async (c) => {
      const horse = findHorse(deps, c.req.valid('param').horseId)
      const { into } = parse(intoHorse, await readForm(c))
      deps.corrections.merge(horse.id, into, byOf(c, deps))
      return c.redirect(`/horses/${into}`, 303)
    },
  )
  app.post(
    '/horses/:horseId/merges/:correctionId/undo',
    validator('param', (value) => parse(mergeParams, value)),
    (c) => {
      const { horseId, correctionId } = c.req.valid('param')
      deps.corrections.undo(correctionId, byOf(c, deps))
      return c.redirect(`/horses/${horseId}`, 303)
    },
  )
  return app
}
