/**
 * The app on a true registry in memory, with two horses of two sightings each.
 */
import type { Test } from 'tap'
import { createApp } from '../../daemon/http/app.ts'
import { createPasses } from '../../daemon/http/auth/passes.ts'
import { createHub } from '../../daemon/http/events/hub.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import type { Registry } from '../../daemon/registry/registry.ts'
import type { Judged } from '../../daemon/registry/whys.ts'
import type { Facts, HorseId, Role, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'
import { emptyAssets, fakeBox, JPEG } from './fake-box.ts'

export const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId

export type Json = Record<string, unknown>

const kind = { id: 'm@1', dim: 4, name: 'm', preprocess: null, licence: null }

/** A look as the pipeline has it of a tracklet, and what was thought of it. */
export function judgedLook(reasons: Partial<Judged['reasons']> = {}, takenMs = now): Judged {
  const none = { looks: 12, best: null, second: null, nearest: [], ofSecond: null }
  const look = { vector: Float32Array.of(1, 0, 0, 0), crop: JPEG, sharpness: 1 }
  return { kind, look, takenMs, reasons: { ...none, ...reasons } }
}

/** Stores a look of a horse; answers its vector's row. */
export function storeLook(
  { openLooks }: Pick<Registry, 'openLooks'>,
  horseId: HorseId,
  takenMs = now,
): number {
  const vector = Float32Array.of(0, 1, 0, 0)
  return openLooks(kind).add(yard, { horseId, vector, jpeg: JPEG, quality: 1, takenMs })
}

export function registryBox(
  t: Pick<Test, 'teardown'>,
  more: Pick<Parameters<typeof fakeBox>[0] & {}, 'log' | 'clips' | 'push'> = {},
) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox(more)
  const { registry, facts } = box
  // A millisecond a request: what is done one after the other has times that tell so.
  let nowMs = Date.now()
  const clock = { ...box.deps.clock, utcMs: () => nowMs++ }
  const deps = { ...box.deps, horses: registry.horses, clock }
  const hub = createHub(deps, stop.signal)
  const app = createApp(deps, { hub, assets: emptyAssets })
  const told: [keyof Facts, unknown][] = []
  for (const fact of ['corrected', 'horse-gone', 'horse-changed'] as const)
    facts.on(fact, (value) => void told.push([fact, value]), stop.signal)
  const see = (horseId: HorseId | null, atMs: number, ...judged: Judged[]) => {
    const id = mintId<SightingId>()
    const kind = horseId === null ? ('unknown' as const) : ('matched' as const)
    const decision = { kind, score: 0.9, secondScore: 0.4, threshold: 0.75, margin: 0.05, model: 'm@1' }
    const trackletId = mintId<TrackletId>()
    const times = { fromMs: atMs, toMs: atMs + 1000 }
    registry.sightings.save([
      {
        id,
        streamId: yard,
        trackletId,
        horseId,
        ...times,
        detections: 5,
        addedDetections: 5,
        decision,
        judged,
      },
    ])
    return id
  }
  const make = (n: number) => {
    const { id } = registry.horses.create({ streamId: yard, seenMs: now, confidence: 0.5 })
    return { id, sightings: [see(id, now + n * 10_000), see(id, now + n * 10_000 + 5000)] as const }
  }
  const horses = [make(0), make(1)] as const
  /** Any address, and a body of any kind. */
  const request = async (
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    app.request(path, {
      method,
      headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body }),
    })
  const ask = async (method: string, path: string, body?: unknown) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await request(method, `/api/v1${path}`, text)
    return { status: answer.status, json: (await answer.json()) as Json }
  }
  /** A new user's header; from the first one on the box asks for it. */
  const letIn = async (role: Role) => {
    // Any hash will do: this one does not log in.
    const user = box.deps.users.add({ name: `a ${role}`, role, passwordHash: 'x'.repeat(60) }, now)
    const pass = await createPasses(box.deps.passKey, clock).issue(user, 3_600_000)
    return { authorization: `Bearer ${pass}` }
  }
  return { box, deps, clock, letIn, app, hub, registry, facts, horses, see, request, ask, told }
}
