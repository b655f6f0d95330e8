/**
 * Horses that may be one: suggested, or chosen from all that are known together; and merged.
 */
import { type Context, Hono } from 'hono'
import { mergePage } from '../../../web/pages/horse.ts'
import type { MergeChoice } from '../../../web/pages/naming.ts'
import type { Face } from '../../../web/pages/picker.ts'
import { isFound } from '../../../web/search.ts'
import type { Horse, StreamId } from '../../types.ts'
import type { MergeSuggestion } from '../../why-types.ts'
import { byOf } from '../api/corrections.ts'
import { thumbnailUrl } from '../api/horse-json.ts'
import type { Assets } from '../assets.ts'
import { withDone } from '../back.ts'
import { horseParams, intoHorse, pageQuery, parse } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { readForm } from '../form.ts'
import { cameraName, findHorse } from '../look-up.ts'
import { takesPath, takesQuery } from '../takes.ts'
import { frameOf, horsesOf, pageScript } from './board.ts'

/** What the page of a horse says of others that it may be. */
export function maybeOf({ suggestions, ...deps }: HttpDeps, { id, streamId }: Horse): MergeChoice[] {
  return suggestions(streamId)
    .filter(({ horse, into }) => horse.id === id || into.id === id)
    .map((one) => choice(one, one.into.id === id ? one.horse : one.into, streamId, deps))
}

function choice(
  { horse, into }: MergeSuggestion,
  other: Horse,
  here: StreamId,
  deps: Pick<HttpDeps, 'cameras'>,
): MergeChoice {
  return { ...faceOf(other, here, deps), horseId: horse.id, intoId: into.id }
}

/** Numbers count within a camera: where a horse's is another one's, that is said. */
export function faceOf(horse: Horse, here: StreamId, deps: Pick<HttpDeps, 'cameras'>): Face {
  const { id, number, name, color, streamId } = horse
  const homeName = streamId === here ? null : cameraName(deps, streamId)
  return { id, number, name, homeName, color, avatar: thumbnailUrl(horse) }
}

/** The horses that one seen at a camera may be, of a name or number. */
export function facesAt(deps: HttpDeps, here: StreamId, query: string, but: readonly string[] = []): Face[] {
  const together = deps
    .cameras()
    .map(({ id }) => id)
    .filter((id) => id !== here && deps.scopeOf(id) === deps.scopeOf(here))
  return horsesOf(deps, [here, ...together])
    .filter(({ id, number, name }) => !but.includes(id) && isFound(query, number, name))
    .map((horse) => faceOf(horse, here, deps))
}

export function samePages(deps: HttpDeps, assets: Assets): Hono {
  const app = new Hono()
  const ofHorse = takesPath(horseParams)
  const here = (c: Context) => ({ ...frameOf(c, assets), script: pageScript(c, assets) })
  app.get('/horses/:horseId/merge', ofHorse, takesQuery(pageQuery), (c) => {
    const horse = findHorse(deps, c.req.valid('param').horseId)
    const { q: query } = c.req.valid('query')
    const faces = facesAt(deps, horse.streamId, query, [horse.id])
    return c.html(mergePage({ ...here(c), horse: faceOf(horse, horse.streamId, deps), query, faces }))
  })
  app.post('/horses/:horseId/merge', ofHorse, async (c) => {
    const horse = findHorse(deps, c.req.valid('param').horseId)
    const { into } = parse(intoHorse, await readForm(c))
    const { correction } = deps.corrections.merge(horse.id, into, byOf(c, deps))
    return c.redirect(withDone(`/horses/${into}`, correction.id), 303)
  })
  return app
}
