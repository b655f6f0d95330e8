/**
 * Why a sighting is whose it is, and the pictures of looks.
 */

import { Hono } from 'hono'
import { languages } from '../../../web/words/languages.ts'
import { BarnboxError } from '../../lib/errors.ts'
import { lookParams, sightingParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { keptJpeg } from '../media/kept.ts'
import type { Answer } from '../openapi/answers.ts'
import { takesPath } from '../takes.ts'
import { explain, type WhyOf } from '../why.ts'
import { sightingJson } from './sighting-json.ts'

const iso = (ms: number) => new Date(ms).toISOString()
const digits = (value: number) => Number(value.toFixed(4))

type WhyJson = NonNullable<Answer<'SightingWhy'>['why']>

function likelyJson(one: WhyOf['best']): WhyJson['best'] {
  return (
    one && { horse_id: one.horseId, number: one.number, name: one.name, probability: digits(one.probability) }
  )
}

function nearJson(one: WhyOf['nearest'][number]): WhyJson['nearest'][number] {
  return {
    picture_url: one.picture,
    horse_id: one.horseId,
    number: one.number,
    name: one.name,
    taken: one.takenMs === null ? null : iso(one.takenMs),
    similarity: digits(one.similarity),
  }
}

function whyJson({ atMs, picture, looks, best, second, nearest, ofSecond }: WhyOf): WhyJson {
  return {
    at: iso(atMs),
    picture_url: picture,
    looks,
    best: likelyJson(best),
    second: likelyJson(second),
    nearest: nearest.map(nearJson),
    nearest_of_second: ofSecond && nearJson(ofSecond),
  }
}

export function whysApi(deps: HttpDeps): Hono {
  const app = new Hono()
  app.get('/sightings/:sightingId/why', takesPath(sightingParams), (c) => {
    const sighting = deps.sightings.get(c.req.valid('param').sightingId)
    if (!sighting) throw new BarnboxError('NOT_FOUND', 'There is no such sighting.')
    const { words, why } = explain(deps, sighting, languages.en)
    return c.json({ sighting: sightingJson(sighting), words, why: why && whyJson(why) })
  })
  app.get('/looks/:lookId', takesPath(lookParams), (c) => {
    const { lookId } = c.req.valid('param')
    // Its number is never given to another picture; but it may be let go of, or its horse deleted.
    return keptJpeg(c, String(lookId), deps.look(lookId), 'This look is not kept.')
  })
  return app
}
