/**
 * `/api/v1/streams/:id/horses`: the horses of one camera.
 */
import { Hono } from 'hono'
import type { Horse } from '../../types.ts'
import { horseDetails, listQuery, streamHorseParams, streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { cameraName, changeHorse, findCamera, findHorseOf } from '../look-up.ts'
import { avatarAnswer } from '../media/kept.ts'
import { takesBody, takesPath, takesQuery } from '../takes.ts'
import { byOf } from './corrections.ts'
import { horseJson } from './horse-json.ts'

/** How many horses `?summary=true` names. */
const RECENT = 3

/** Finer than any camera's picture. */
const share = (value: number) => Number(value.toFixed(4))

export function horsesApi(deps: HttpDeps): Hono {
  const app = new Hono()
  const ofStream = takesPath(streamParams)
  const ofHorse = takesPath(streamHorseParams)
  const tell = (horse: Horse) => horseJson(horse, (id) => cameraName(deps, id))

  app.get('/streams/:id/horses', ofStream, takesQuery(listQuery), (c) => {
    const { id } = findCamera(deps, c.req.valid('param').id)
    const horses = deps.horses.findByStreamId(id)
    const total = horses.length
    if (c.req.valid('query').summary === 'true') {
      return c.json({ total, recent: horses.slice(0, RECENT).map(tell) })
    }
    return c.json({ horses: horses.map(tell), total })
  })

  app.get('/streams/:id/places', ofStream, (c) => {
    const { id } = findCamera(deps, c.req.valid('param').id)
    const places = deps.places(id).map(({ horseId, box, atMs }) => {
      return { horse_id: horseId, box: box.map(share), at: new Date(atMs).toISOString() }
    })
    return c.json({ places })
  })

  app.get('/streams/:id/horses/:horseId', ofHorse, (c) => {
    const { id, horseId } = c.req.valid('param')
    return c.json(tell(findHorseOf(deps, id, horseId)))
  })

  app.put('/streams/:id/horses/:horseId', ofHorse, takesBody(horseDetails), (c) => {
    const { id, horseId } = c.req.valid('param')
    const horse = findHorseOf(deps, id, horseId)
    const { details, revision } = c.req.valid('json')
    const changed = changeHorse(deps, horse.id, details, { ...byOf(c, deps), revision })
    return c.json(tell(changed))
  })

  app.get('/streams/:id/horses/:horseId/avatar', ofHorse, (c) => {
    const { id, horseId } = c.req.valid('param')
    return avatarAnswer(c, deps, findHorseOf(deps, id, horseId))
  })
  return app
}
