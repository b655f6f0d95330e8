/**
 * The page of one camera.
 */
import { Hono } from 'hono'
import { z } from 'zod'
import type { ClipsView } from '../../../web/pages/clips.ts'
import { type Order, orders, streamPage } from '../../../web/pages/stream.ts'
import { isFound } from '../../../web/search.ts'
import type { Horse, StreamId } from '../../types.ts'
import type { Assets } from '../assets.ts'
import { streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import type { Hub } from '../events/hub.ts'
import { findCamera } from '../look-up.ts'
import { takesPath, takesQuery } from '../takes.ts'
import { boardOf, cardOf, horsesOf, tileOf } from './board.ts'

/** What is none is the usual one: a page is not refused for a word in its address. */
const asked = z.object({
  q: z.string().max(100).catch(''),
  sort: z.enum(orders).catch('number'),
  /** Whether the outlines of stalls lie on the picture. */
  stalls: z.literal('shown').optional().catch(undefined),
  /** Clips before this time. */
  clips: z.coerce.number().int().min(1).optional().catch(undefined),
})

const clipsOnAPage = 12

function recordedOf({ clips }: HttpDeps, id: StreamId, beforeMs: number | undefined): ClipsView {
  const found = clips.list(id, clipsOnAPage, { beforeMs })
  return {
    clips: found.map(({ id, streamId, fromMs, toMs, isProtected, horses }) => ({
      ...{ id, streamId, fromMs, isProtected, horses },
      lengthMs: toMs - fromMs,
    })),
    olderMs: found.length === clipsOnAPage ? (found.at(-1)?.fromMs ?? null) : null,
    isFirst: beforeMs === undefined,
  }
}

const sorters: Readonly<Record<Order, (a: Horse, b: Horse) => number>> = {
  number: (a, b) => a.number - b.number,
  recent: (a, b) => b.lastSeenMs - a.lastSeenMs,
  count: (a, b) => b.totalDetections - a.totalDetections,
}

export function streamPages(deps: HttpDeps, assets: Assets, hub: Hub): Hono {
  const app = new Hono()
  app.get('/streams/:id', takesPath(streamParams), takesQuery(asked), (c) => {
    const camera = findCamera(deps, c.req.valid('param').id)
    const { q: query, sort: order, clips: beforeMs, stalls: shown } = c.req.valid('query')
    const horses = horsesOf(deps, [camera.id])
    const nowMs = deps.clock.utcMs()
    const board = boardOf(c, deps, { assets, hub }, 'stream', (faults) => ({
      cameras: [tileOf(camera, { faults, horses, nowMs })],
      horses: horses
        .filter(({ number, name }) => isFound(query, number, name))
        .sort(sorters[order])
        .map((horse) => cardOf(horse, deps)),
    }))
    const recorded = recordedOf(deps, camera.id, beforeMs)
    const stalls = shown ? deps.stalls.ofStream(camera.id) : null
    return c.html(streamPage({ ...board, name: camera.name, query, order, recorded, stalls }))
  })
  return app
}
