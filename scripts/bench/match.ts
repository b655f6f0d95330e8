/**
 * One frame's looks against every known horse: our gallery, beside sqlite-vec on the same vectors and the bare
 * multiplications in one flat array, in turns, in one run.
 */
import { performance } from 'node:perf_hooks'
import { createGallery } from '../../daemon/identity/gallery.ts'
import { openDatabase } from '../../daemon/registry/database.ts'
import { buildVectorIndex } from '../../daemon/registry/vector-index.ts'
import type { StoredVector } from '../../daemon/registry/vectors.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'

export const name = 'match'

const horses = 50
const vectorsEach = 12
const boxes = 10
const dim = 816
const rounds = 40
const warmUp = 5
const streamId = 'bench' as StreamId

/** Times are of one frame of 10 boxes; `same_nearest` is the share of boxes for which both name the same horse. */
export async function run(): Promise<Record<string, number>> {
  const random = createRandom(1)
  const stored = storedVectors(random)
  const looks = Array.from({ length: boxes }, (_, at) => {
    const like = stored[(at * 61) % stored.length]?.vector ?? new Float32Array(dim)
    return unit(like.map((value) => value + 0.02 * random()))
  })
  const gallery = createGallery(stored)
  using db = closing(openDatabase(':memory:'))
  const index = buildVectorIndex(db.db, { id: 'bench@1', dim }, stored)
  const flat = new Float32Array(stored.length * dim)
  for (const [at, { vector }] of stored.entries()) flat.set(vector, at * dim)

  const work = {
    ours: () => looks.map((look) => best(gallery.scores(streamId, look))),
    sqlite_vec: () => looks.map((look) => index.search(streamId, look, 1)[0]?.horseId),
    flat: () => looks.map((look) => nearest(flat, look)),
  }
  const times = { ours: [] as number[], sqlite_vec: [] as number[], flat: [] as number[] }
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const who of ['ours', 'sqlite_vec', 'flat'] as const) {
      const startedMs = performance.now()
      work[who]()
      if (round >= warmUp) times[who].push(performance.now() - startedMs)
    }
  }
  const [ours, theirs] = [work.ours(), work.sqlite_vec()]
  return {
    ours_ms: quantile(times.ours, 0.5),
    ours_p95_ms: quantile(times.ours, 0.95),
    sqlite_vec_ms: quantile(times.sqlite_vec, 0.5),
    flat_ms: quantile(times.flat, 0.5),
    sqlite_vec_ratio: quantile(times.sqlite_vec, 0.5) / quantile(times.ours, 0.5),
    same_nearest: ours.filter((horse, at) => horse === theirs[at]).length / boxes,
  }
}

/** Each horse's vectors lie around one direction of its own, as real looks do. */
function storedVectors(random: () => number): StoredVector[] {
  return Array.from({ length: horses }, (_, horse) => {
    const middle = Float32Array.from({ length: dim }, random)
    return Array.from({ length: vectorsEach }, (_, at) => ({
      id: horse * vectorsEach + at + 1,
      horseId: `horse-${horse}` as HorseId,
      streamId,
      quality: 1,
      vector: unit(middle.map((value) => value + 0.5 * random())),
    }))
  }).flat()
}

function best(scores: ReadonlyMap<HorseId, number>): HorseId | undefined {
  return [...scores].sort((a, b) => b[1] - a[1])[0]?.[0]
}

function nearest(flat: Float32Array, look: Float32Array): number {
  let at = -1
  let most = Number.NEGATIVE_INFINITY
  for (let row = 0; row < flat.length; row += dim) {
    let sum = 0
    for (let i = 0; i < dim; i++) sum += (flat[row + i] as number) * (look[i] as number)
    if (sum > most) [most, at] = [sum, row / dim]
  }
  return at
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
}

/** The same numbers at every run, from -1 to 1 (a linear congruential generator: nothing here needs better). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

function closing(db: ReturnType<typeof openDatabase>) {
  return { db, [Symbol.dispose]: () => void db.close() }
}
