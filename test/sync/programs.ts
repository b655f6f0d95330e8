/**
 * Random lives of several boxes, by seed: what the cameras see, what people say, and when each box syncs.
 */
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, type Registry } from '../../daemon/registry/registry.ts'
import type { Register } from '../../daemon/sync-types.ts'
import type { CorrectionId, HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'

export const startMs = Date.UTC(2026, 10, 1)
export const kind = { id: 'made-up@1', dim: 4, name: 'made-up', preprocess: null, licence: null }

export type Random = () => number

/** mulberry32: the same numbers for the same seed, everywhere. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A box whose clock is off by some minutes at most. */
export interface Box extends Disposable {
  readonly name: string
  readonly registry: Registry
  nowMs(): number
}

export function openBox(name: string, time: { ms: number }, skewMs = 0, file = ':memory:'): Box {
  const nowMs = () => time.ms + skewMs
  const registry = openRegistry(file, silentLog, 'none', nowMs)
  registry.embedders.note(kind)
  registry.sync.outbox.begin(0)
  return { name, registry, nowMs, [Symbol.dispose]: () => registry[Symbol.dispose]() }
}

const pick = <T>(random: Random, from: readonly T[]): T | undefined =>
  from[Math.floor(random() * from.length)]

const streams = ['yard', 'box-2'] as StreamId[]

export function sight({ registry, nowMs }: Box, horseId: HorseId | null, streamId: StreamId): SightingId {
  const toMs = nowMs()
  const decided = { score: 0.9, secondScore: null, threshold: 0.75, margin: 0.05, model: kind.id }
  const id = mintId<SightingId>()
  registry.sightings.save([
    {
      ...{ id, streamId, trackletId: mintId<TrackletId>(), horseId, fromMs: toMs - 900, toMs },
      ...{ detections: 4, addedDetections: 4 },
      decision: { kind: horseId ? 'matched' : 'unknown', ...decided },
    },
  ])
  return id
}

export function found(box: Box, streamId: StreamId, random: Random): HorseId {
  const { registry, nowMs } = box
  const jpeg = Uint8Array.from([
    0xff,
    0xd8,
    Math.floor(random() * 256),
    Math.floor(random() * 256),
    0xff,
    0xd9,
  ])
  const avatar = { jpeg, score: Math.floor(random() * 1000) + 1, takenMs: nowMs() }
  const { id } = registry.horses.create({ streamId, seenMs: nowMs(), confidence: 0.5, avatar })
  const angle = random() * 6
  const vector = Float32Array.of(Math.cos(angle), Math.sin(angle), 0, 0)
  registry.openLooks(kind).add(streamId, {
    ...{ horseId: id, jpeg, vector, quality: 0.5, takenMs: nowMs() },
    ...{ trackletId: mintId<TrackletId>(), camera: streamId },
  })
  return id
}

/** One thing that happens at a box. What is refused (a horse that is gone, an undo that came too late) did not happen. */
export function happen(box: Box, random: Random): void {
  const { registry, name } = box
  const by = { actor: `someone at ${name}`, nowMs: box.nowMs() }
  const horses = registry.horses.all()
  const [one, other] = [pick(random, horses)?.id, pick(random, horses)?.id]
  const stream = pick(random, streams) as StreamId
  const word = Math.floor(random() * 1000).toString(36)
  const acts: (() => void)[] = [
    () => found(box, stream, random),
    () => sight(box, one ?? null, stream),
    () => sight(box, null, stream),
    () => one && registry.horses.updateHorseDetails(one, { name: random() < 0.2 ? null : `N${word}` }, by),
    () => one && registry.horses.updateHorseDetails(one, { notes: word, age: Math.floor(random() * 30) }, by),
    () => one && registry.horses.setOfficial(one, random() < 0.6, by),
    () => one && other && registry.corrections.merge(one, other, by),
    () => one && random() < 0.5 && registry.corrections.remove(one, by),
    () => {
      const last = pick(random, registry.corrections.list(12))
      if (last) registry.corrections.undo(last.id satisfies CorrectionId, by)
    },
    () => {
      const seen = one && registry.sightings.findByHorseId(one, 5)
      if (seen?.[0] && other) registry.corrections.reassign(seen[0].id, other, by)
    },
    () => {
      const seen = one ? registry.sightings.findByHorseId(one, 5) : []
      if (one && seen[0]) registry.corrections.split(one, [seen[0].id], by)
    },
  ]
  try {
    pick(random, acts)?.()
  } catch (error) {
    if (!(error instanceof BarnboxError) || error.kind !== 'input') throw error
  }
}

/** All that boxes must agree on once each has heard all. */
export function known({ registry }: Box, ids: readonly HorseId[], corrections: readonly string[]) {
  const horses = registry.sync.rows.horses(ids).map(({ confirmed: _, ...horse }) => horse)
  const living = ids.map((id) => {
    const horse = registry.horses.get(id)
    if (!horse) return { id, into: null }
    const { name, notes, age, officialMs, totalDetections, lastSeenMs, avatarMs } = horse
    const looks = registry.crops.ofHorse(horse.id, 99).length
    const seen = {
      totalDetections,
      lastSeenMs,
      avatarMs,
      score: registry.horses.avatarScore(horse.id),
      looks,
    }
    return { id, into: horse.id, name, notes, age, officialMs, ...seen }
  })
  return { horses, living, corrections: registry.sync.rows.corrections(corrections) }
}

/** What must be left in the end: the latest word on each field that any box ever had, whoever said it. */
export function createOracle() {
  const latest = new Map<string, Register>()
  const ids = new Set<HorseId>()
  return {
    note({ registry }: Box): void {
      for (const { id } of registry.horses.all()) ids.add(id)
      for (const { id, fields } of registry.sync.rows.horses([...ids]))
        for (const [field, register] of Object.entries(fields)) {
          const before = latest.get(`${id} ${field}`)
          if (!before || register.at > before.at) latest.set(`${id} ${field}`, register)
        }
    },
    /** The words that others have taken the place of. */
    lost({ horses }: Pick<ReturnType<typeof known>, 'horses'>): string[] {
      const left = new Map(horses.map(({ id, fields }) => [id as string, fields]))
      return [...latest].flatMap(([key, { at, v }]) => {
        const [id = '', field = ''] = key.split(' ')
        const now = left.get(id)?.[field]
        return now?.at === at && now.v === v ? [] : [`${key}: ${v} of ${at}, now ${now?.v} of ${now?.at}`]
      })
    },
  }
}

/** All horses that any box knows, and all corrections. */
export function everything(boxes: readonly Box[]): { ids: HorseId[]; corrections: string[] } {
  const ids = new Set<HorseId>()
  const corrections = new Set<string>()
  for (const { registry } of boxes) {
    for (const { id } of registry.horses.all()) ids.add(id)
    for (const one of registry.corrections.list(100_000)) {
      corrections.add(one.id)
      for (const id of [one.horseId, one.otherId]) if (id) ids.add(id)
    }
  }
  return { ids: [...ids].sort(), corrections: [...corrections].sort() }
}

/** Those of them that are more than what one box takes for a horse. */
export function shared(boxes: readonly Box[], ids: readonly HorseId[]): HorseId[] {
  const settled = new Set<HorseId>()
  for (const { registry } of boxes) {
    for (const { id, confirmed, fields } of registry.sync.rows.horses(ids))
      if (confirmed || Object.keys(fields).length > 0) settled.add(id)
    for (const { horseId, otherId } of registry.corrections.list(100_000))
      for (const id of [horseId, otherId]) if (id) settled.add(id)
  }
  return ids.filter((id) => settled.has(id))
}
