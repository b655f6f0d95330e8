/**
 * The page of those who are nobody yet: one question for each group that looks like one animal.
 */
import { type Context, Hono } from 'hono'
import { type GroupView, groupPage, unknownsPage } from '../../../web/pages/unknowns.ts'
import { BarnboxError } from '../../lib/errors.ts'
import { lookUrl } from '../api/sighting-json.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import { pageQuery, sightingParams } from '../checks.ts'
import type { HttpDeps, UnknownGroup } from '../deps.ts'
import type { Hub } from '../events/hub.ts'
import { cameraName } from '../look-up.ts'
import { takesPath, takesQuery } from '../takes.ts'
import { frameOf, pageScript } from './board.ts'
import { doneOf } from './said.ts'
import { faceOf, facesAt } from './same.ts'

const mostGroups = 30
const mostPictures = 5
/** What one answer may be given for. */
const mostAnswered = 500

function groupOf(deps: HttpDeps, { sightings, glimpses, offers }: UnknownGroup): GroupView {
  const [newest] = sightings
  const here = newest?.streamId
  return {
    answers: {
      sightings: sightings.slice(0, mostAnswered).map(({ id }) => id),
      of: null,
      offers: here === undefined ? [] : offers.map((horse) => faceOf(horse, here, deps)),
    },
    atMs: newest?.toMs ?? 0,
    cameras: [...new Set(sightings.map(({ streamId }) => cameraName(deps, streamId)))],
    pictures: glimpses.slice(0, mostPictures).map(({ lookId, sightingId, takenMs }) => {
      return { url: lookUrl(lookId) ?? '', sightingId, takenMs }
    }),
  }
}

export function unknownPages(deps: HttpDeps, assets: Assets, hub: Hub): Hono {
  const app = new Hono()
  const read = () => deps.unknowns(deps.cameras().map(({ id }) => id))
  const frame = (c: Context) => ({
    ...{ ...frameOf(c, assets), script: pageScript(c, assets), nowMs: deps.clock.utcMs() },
    mayCorrect: isAtLeast(c.get('caller').role, 'caretaker'),
  })
  app.get('/unknowns', takesQuery(pageQuery), (c) => {
    const after = hub.last
    const { groups, notLooked } = read()
    const shown = groups.slice(0, mostGroups).map((one) => groupOf(deps, one))
    const done = doneOf(deps, c.req.valid('query').done)
    return c.html(unknownsPage({ ...frame(c), after, done, groups: shown, notLooked }))
  })
  app.get('/unknowns/:sightingId', takesPath(sightingParams), takesQuery(pageQuery), (c) => {
    const { sightingId } = c.req.valid('param')
    const found = read().groups.find(({ sightings }) => sightings.some(({ id }) => id === sightingId))
    const [newest] = found?.sightings ?? []
    if (!found || !newest) throw new BarnboxError('NOT_FOUND', 'It is not unknown any more.')
    const { q: query } = c.req.valid('query')
    const faces = facesAt(deps, newest.streamId, query)
    return c.html(groupPage({ ...frame(c), group: groupOf(deps, found), query, faces }))
  })
  return app
}
