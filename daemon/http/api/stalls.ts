/**
 * `/api/v1/streams/:id/stalls`, `/api/v1/stalls`: the places that people drew on a camera's picture.
 */
import { Hono } from 'hono'
import { BarnboxError } from '../../lib/errors.ts'
import type { HorseId, Stall, StallId, StreamId } from '../../types.ts'
import { streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { findCamera, findHorseOf } from '../look-up.ts'
import type { Answer } from '../openapi/answers.ts'
import { newStall, stallChange, stallParams } from '../stall-checks.ts'
import { takesBody, takesPath } from '../takes.ts'
import { byOf } from './corrections.ts'

function stallJson({ id, streamId, kind, name, corners, expected, createdMs, revision }: Stall) {
  return {
    ...{ id, stream_id: streamId, kind, name, revision },
    corners: corners.map((corner) => [...corner]),
    expected: [...expected],
    created: new Date(createdMs).toISOString(),
  } satisfies Answer<'Stall'>
}

export function findStall({ stalls }: Pick<HttpDeps, 'stalls'>, id: StallId): Stall {
  const stall = stalls.get(id)
  if (stall === undefined) throw new BarnboxError('NOT_FOUND', 'There is no such stall.')
  return stall
}

/** Horses that are known at a camera, as they are called now. Throws `NOT_FOUND`. */
export const knownAt = (deps: HttpDeps, stream: StreamId, horses: readonly HorseId[]): HorseId[] => [
  ...new Set(horses.map((id) => findHorseOf(deps, stream, id).id)),
]

export function stallsApi(deps: HttpDeps): Hono {
  const { stalls } = deps
  const app = new Hono()
  const ofStream = takesPath(streamParams)
  const ofStall = takesPath(stallParams)

  app.get('/streams/:id/stalls', ofStream, (c) => {
    const all = stalls.ofStream(findCamera(deps, c.req.valid('param').id).id).map(stallJson)
    return c.json({ stalls: all, total: all.length })
  })
  app.post('/streams/:id/stalls', ofStream, takesBody(newStall), (c) => {
    const { id: streamId } = findCamera(deps, c.req.valid('param').id)
    const { expected: given, ...drawn } = c.req.valid('json')
    const expected = knownAt(deps, streamId, given)
    return c.json(stallJson(stalls.add({ ...drawn, streamId, expected }, byOf(c, deps))), 201)
  })
  app.get('/stalls/:stallId', ofStall, (c) =>
    c.json(stallJson(findStall(deps, c.req.valid('param').stallId))),
  )
  app.patch('/stalls/:stallId', ofStall, takesBody(stallChange), (c) => {
    const { id, streamId } = findStall(deps, c.req.valid('param').stallId)
    const { change, revision } = c.req.valid('json')
    const expected = change.expected && knownAt(deps, streamId, change.expected)
    return c.json(stallJson(stalls.change(id, { ...change, expected }, { ...byOf(c, deps), revision })))
  })
  app.delete('/stalls/:stallId', ofStall, (c) => {
    const { id } = findStall(deps, c.req.valid('param').stallId)
    stalls.remove(id, byOf(c, deps))
    return c.body(null, 204)
  })
  app.post('/stalls/:stallId/restore', ofStall, (c) =>
    c.json(stallJson(stalls.restore(c.req.valid('param').stallId, byOf(c, deps)))),
  )
  return app
}
