/**
 * The registry and what matching makes of it, on 50 and on 1,000 horses: load, query, rename, thumbnail, index; and one
 * frame's looks against every known horse, beside sqlite-vss (FAISS) and sqlite-vec on the same vectors, in turns.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createIdentity } from '../../daemon/identity/identity.ts'
import { type Log, silentLog } from '../../daemon/lib/log.ts'
import { inScope, scopes } from '../../daemon/pipeline/scope.ts'
import { type Db, openDatabase } from '../../daemon/registry/database.ts'
import { openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import { type Engine, openVectorIndex, type VectorIndex } from '../../daemon/registry/vector-index.ts'
import type { StoredVector } from '../../daemon/registry/vectors.ts'
import type { Box, HorseId, Look, Picture, StreamId, TrackletId } from '../../daemon/types.ts'
import { encodeThumbnail } from '../../daemon/vision/jpeg.ts'
import { median, quantile } from './parts/statistics.ts'

export const name = 'registry'

const kind = { id: 'bench@1', dim: 768, name: 'bench', preprocess: null, licence: null }
const streamId = 'bench' as StreamId
const scopeOf = scopes('stream')
const rules = { sameAbove: 0.75, margin: 0.05, looksToDecide: 3, looksToCreate: 5 }
const looksEach = 12
/** As long as that of a horse of 300 pixels. */
const crop = new Uint8Array(30_000).fill(7)
const nowMs = Date.UTC(2026, 10, 22)

/**
 * The question of one frame: so many horses, vectors of each, and boxes. Warm is where each tracklet has all the looks
 * that are remembered of it.
 */
const match = { horses: 50, vectorsEach: 20, boxes: 10, rounds: 200, warmUp: 30 }
/** Between the looks at a tracklet whose horse is known. */
const lookEveryMs = 1500

type Figures = Record<string, number>

/** Times are medians, p95 where the name says so. `same_nearest`: boxes for which all name the same horse, as a share. */
export async function run(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-bench-'))
  try {
    const { avatar, thumbnailMs } = await thumbnails()
    const small = registryFile(join(folder, 'small'))
    const large = registryFile(join(folder, 'large'))
    fill(small, 50, avatar)
    fill(large, 1000, avatar)
    return {
      load_50_ms: median(times(9, () => load(small))),
      load_1000_ms: median(times(5, () => load(large))),
      load_1000_indexed_ms: median(times(5, () => load(large, 'indexed'))),
      ...queries(small),
      ...matching(small),
      thumbnail_ms: thumbnailMs,
      index_rebuild_ms: median(rebuilds(large)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function times(rounds: number, work: () => void): number[] {
  return Array.from({ length: rounds }, () => {
    const startedMs = performance.now()
    work()
    return performance.now() - startedMs
  })
}

/** A camera's picture, and a horse's box in it, made small. */
async function thumbnails(): Promise<{ avatar: Uint8Array; thumbnailMs: number }> {
  const [width, height] = [1280, 720]
  const pixels = Uint8Array.from(
    { length: width * height * 1.5 },
    (_, i) => ((i % width) / 8 + (i >> 12)) & 255,
  )
  const picture: Picture = { format: 'nv12', width, height, pixels }
  const box: Box = [300, 100, 900, 600]
  const all: number[] = []
  for (let round = 0; round < 20; round++) {
    const startedMs = performance.now()
    await encodeThumbnail(picture, box)
    all.push(performance.now() - startedMs)
  }
  return { avatar: await encodeThumbnail(picture, box), thumbnailMs: median(all) }
}

function fill(file: string, horses: number, jpeg: Uint8Array): void {
  using registry = openRegistry(file, silentLog, 'none')
  const vectors = looksOf(horses, looksEach)
  registry.atomically(() => {
    registry.embedders.note(kind)
    for (const ofHorse of Map.groupBy(vectors, ({ horseId }) => horseId).values()) {
      const avatar = { jpeg, score: 1 }
      const { id } = registry.horses.create({ streamId, seenMs: nowMs, confidence: 0.9, avatar })
      for (const { vector } of ofHorse) {
        const lookId = registry.crops.add({ horseId: id, jpeg: crop, quality: 1, takenMs: nowMs })
        registry.vectors.add(kind, lookId, vector)
      }
    }
  })
}

/** What stands between a start and the first match: registry, looks, gallery. With the search index where it is asked for. */
function load(file: string, wish?: 'indexed'): void {
  using registry = openRegistry(file, silentLog)
  const looks = registry.openLooks(kind)
  createIdentity(rules, looks.stored.map(inScope(scopeOf)), registry.horses.isConfirmed)
  if (wish === 'indexed' && looks.index?.size !== looks.stored.length)
    throw new Error('there is no search index')
}

function queries(file: string): Figures {
  using registry = openRegistry(file, silentLog, 'none')
  const horses = registry.horses.findByStreamId(streamId)
  let round = 0
  return {
    query_50_ms: median(times(200, () => void registry.horses.findByStreamId(streamId))),
    rename_ms: median(
      times(100, () => rename(registry, horses[round % horses.length]?.id, `name ${round++}`)),
    ),
  }
}

function rename(registry: Registry, id: HorseId | undefined, name: string): void {
  if (id) registry.horses.updateHorseDetails(id, { name }, { actor: null, nowMs })
}

/** The search index of 12,000 vectors, from their rows. */
function rebuilds(file: string): number[] {
  using registry = openRegistry(file, silentLog, 'none')
  const { vectors } = registry.vectors.all(kind)
  return Array.from({ length: 5 }, () => {
    using db = closing(openDatabase(':memory:'))
    const [ms = 0] = times(1, () => void openVectorIndex(db.db, 'sqlite-vec', kind, vectors, silentLog))
    return ms
  })
}

/**
 * The daemon's own way with a frame: each look is taken in, then all tracklets are decided together. The peers are asked
 * for less, each look's one nearest vector, which is the least that they can be asked.
 */
function matching(file: string): Figures {
  using registry = openRegistry(file, silentLog, 'none')
  const stored = ofHorsesOf(registry, looksOf(match.horses, match.vectorsEach))
  const looks = newLooks(stored)
  using vec = closing(openDatabase(':memory:'))
  using vss = closing(openDatabase(':memory:'))
  const peers = [indexOf(vec.db, 'sqlite-vec', stored), indexOf(vss.db, 'sqlite-vss', stored)]
  const nearest = (index: VectorIndex) =>
    looks.map(({ vector }) => index.search(streamId, vector, 1)[0]?.horseId)
  const works = new Map<string, () => (HorseId | null | undefined)[]>([
    ['match_frame', frames(registry, stored, looks)],
    ...peers.flatMap((index) =>
      index ? [[index.engine.replace('-', '_'), () => nearest(index)] as [string, () => HorseId[]]] : [],
    ),
  ])
  const took = inTurns(works)
  const ours = median(took.get('match_frame') ?? [])
  const named = [...works.values()].map((work) => work())
  const same = looks.filter((_, at) => named.every((one) => one[at] && one[at] === named[0]?.[at]))
  return {
    match_frame_ms: ours,
    match_frame_p95_ms: quantile(took.get('match_frame') ?? [], 0.95),
    ...ratios(took, ours),
    same_nearest: same.length / looks.length,
  }
}

/** The same vectors, as those of a registry's horses: each frame asks it who has a name. */
function ofHorsesOf({ horses }: Registry, vectors: readonly StoredVector[]): StoredVector[] {
  const ids = horses.findByStreamId(streamId).map(({ id }) => id)
  const each = [...Map.groupBy(vectors, ({ horseId }) => horseId).values()]
  return each.flatMap((own, at) => own.map((one) => ({ ...one, horseId: ids[at] ?? one.horseId })))
}

/** A frame's looks, each at another horse that is known. */
function newLooks(stored: readonly StoredVector[]): Look[] {
  const random = createRandom(2)
  return Array.from({ length: match.boxes }, (_, at) => {
    const like = stored[(at * 61) % stored.length]?.vector ?? new Float32Array(kind.dim)
    return { vector: unit(like.map((value) => value + 0.02 * random())), sharpness: 1 }
  })
}

/** One frame after the other, with a look at each of the same tracklets; answers who they are. */
function frames(
  { horses }: Registry,
  stored: readonly StoredVector[],
  looks: readonly Look[],
): () => (HorseId | null)[] {
  const identity = createIdentity(rules, stored.map(inScope(scopeOf)), horses.isConfirmed)
  const ids = looks.map((_, at) => `tracklet-${at}` as TrackletId)
  let monoMs = 0
  return () => {
    monoMs += lookEveryMs
    looks.forEach((same, at) => {
      // Another look each time, or it would lie in its space already.
      const look = { ...same }
      const box: Box = [at * 120, 100, at * 120 + 110, 300]
      identity.addLook(scopeOf(streamId), ids[at] as TrackletId, { look, use: 'evidence', box, monoMs })
    })
    const given = new Map(identity.decide(scopeOf(streamId), ids).map((one) => [one.trackletId, one.horseId]))
    return ids.map((id) => given.get(id) ?? null)
  }
}

function inTurns(works: ReadonlyMap<string, () => unknown>): Map<string, number[]> {
  const took = new Map([...works.keys()].map((who): [string, number[]] => [who, []]))
  for (let round = 0; round < match.rounds + match.warmUp; round++) {
    for (const [who, work] of works) {
      const [ms = 0] = times(1, work)
      if (round >= match.warmUp) took.get(who)?.push(ms)
    }
  }
  return took
}

/** Below 1 we are the faster. */
function ratios(took: ReadonlyMap<string, readonly number[]>, oursMs: number): Figures {
  const figures: Figures = {}
  for (const [key, short] of [
    ['sqlite_vec', 'vec'],
    ['sqlite_vss', 'vss'],
  ] as const) {
    const all = took.get(key)
    if (!all) continue
    figures[`${key}_ms`] = median(all)
    figures[`match_vs_${short}_ratio`] = oursMs / median(all)
  }
  return figures
}

/** Undefined, and said why, where the engine does not run. */
function indexOf(db: Db, engine: Engine, stored: readonly StoredVector[]): VectorIndex | undefined {
  const warn: Log['warn'] = (fields: { err?: unknown }, message) =>
    void process.stderr.write(`bench: ${message}: ${fields.err}\n`)
  const index = openVectorIndex(db, engine, kind, stored, { ...silentLog, warn })
  return index?.engine === engine ? index : undefined
}

/** Each horse's vectors lie around one direction of its own, as real looks do. */
function looksOf(horses: number, each: number): StoredVector[] {
  const random = createRandom(1)
  return Array.from({ length: horses }, (_, horse) => {
    const middle = Float32Array.from({ length: kind.dim }, random)
    return Array.from({ length: each }, (_, at) => ({
      id: horse * each + at + 1,
      horseId: `horse-${horse}` as HorseId,
      streamId,
      quality: 1,
      vector: unit(middle.map((value) => value + 0.5 * random())),
    }))
  }).flat()
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** The same numbers at every run, from -1 to 1 (a linear congruential generator: nothing here needs better). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

function closing(db: Db) {
  return { db, [Symbol.dispose]: () => void db.close() }
}
