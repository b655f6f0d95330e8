/**
 * The stored looks through another embedder: interrupted anywhere, with horses learning and leaving meanwhile, every
 * look is looked at once.
 */
import fc from 'fast-check'
import t from 'tap'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import {
  embedAll,
  likeness,
  type Progress,
  type ReEmbedDeps,
  reEmbed,
} from '../../daemon/pipeline/re-embed.ts'
import type { Looks, Registry } from '../../daemon/registry/registry.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { StoredVector } from '../../daemon/registry/vectors.ts'
import type { HorseId } from '../../daemon/types.ts'
import { axis, cropOf, dim, yard } from '../identity/vectors.ts'
import { kind as old, startMs } from './yard.ts'

const fresh = { ...old, id: 'fresh@1', dim: dim + 1 }
const never = new AbortController().signal

/** What the fresh embedder makes of a crop: the same, and something of its own. */
function freshVector(jpeg: Uint8Array): Float32Array {
  const seen = new Float32Array(new Uint8Array(jpeg).buffer)
  const vector = Float32Array.from([...seen, 1])
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** A crop that cannot be read: no picture, or nothing that a vector can be made of. */
const unreadable = { text: Uint8Array.of(1, 2, 3), black: Uint8Array.of(4, 5, 6, 7) }

async function look(jpeg: Uint8Array): Promise<Float32Array> {
  if (jpeg.length === unreadable.text.length) throw new BarnboxError('NOT_A_PICTURE', 'cannot be read')
  if (jpeg.length === unreadable.black.length) throw new BarnboxError('MODEL_BROKEN', 'no length')
  return freshVector(jpeg)
}

interface Barn extends Disposable {
  readonly registry: Registry
  readonly looks: Looks
  readonly deps: ReEmbedDeps
  readonly told: Progress[]
  readonly learnt: StoredVector[]
  horses: HorseId[]
  /** A new look of a horse, in place of its newest where there is one and `instead` says so. */
  teach(horse: HorseId, instead?: boolean, jpeg?: Uint8Array): void
  born(): HorseId
}

let made = 0

function barn(): Barn {
  const registry = openRegistry(':memory:', silentLog)
  const looks = registry.openLooks(old)
  registry.embedders.note(fresh)
  const newest = new Map<HorseId, number>()
  const [told, learnt]: [Progress[], StoredVector[]] = [[], []]
  const self: Barn = {
    ...{ registry, looks, told, learnt, horses: [] },
    deps: {
      ...{ crops: registry.crops, vectors: registry.vectors, unreadable: new Set() },
      ...{ embed: look, pause: async () => {}, clock: { monoMs: () => 0 } },
      onVector: (vector) => void learnt.push(vector),
      onProgress: (progress) => void told.push(progress),
    },
    teach(horseId, instead = false, given) {
      const vector = Float32Array.from(axis(0), (one, i) => one + Math.sin(++made + i) / 9)
      const length = Math.hypot(...vector)
      const unit = vector.map((value) => value / length)
      const rest = { horseId, vector: unit, jpeg: given ?? cropOf(unit), quality: 1, takenMs: startMs }
      newest.set(horseId, looks.add(yard, rest, instead ? newest.get(horseId) : undefined))
    },
    born() {
      const { id } = registry.horses.create({ streamId: yard, seenMs: startMs, confidence: 0.5 })
      self.horses.push(id)
      self.teach(id)
      return id
    },
    [Symbol.dispose]: () => registry[Symbol.dispose](),
  }
  return self
}

/** A barn of so many horses with so many looks each. */
function filled(horses: number, looks: number): Barn {
  const one = barn()
  for (let i = 0; i < horses; i++) one.born()
  for (const horse of one.horses) for (let i = 1; i < looks; i++) one.teach(horse)
  return one
}

/** What is stored, as text: id, look and bytes. */
const vectorsOf = ({ registry }: Barn, kind = old) =>
  registry.vectors
    .all(kind)
    .vectors.map(({ id, vector }) => `${id} of ${registry.vectors.lookOf(id)}: ${[...vector]}`)

/** Whether each readable look has the vector that the fresh embedder makes of its crop. */
function isComplete({ registry, deps }: Barn): boolean {
  const { vectors } = registry.vectors.all(fresh)
  return (
    vectors.length === registry.crops.count() - deps.unreadable.size &&
    vectors.every(({ id, vector }) => {
      const crop = registry.crops.get(registry.vectors.lookOf(id) ?? -1)
      return crop && freshVector(crop.jpeg).every((value, i) => value === vector[i])
    })
  )
}

t.test('every look is looked at; what the old embedder made stays', async (t) => {
  using one = filled(3, 4)
  const before = vectorsOf(one)
  await reEmbed(fresh, one.deps, never)
  t.ok(isComplete(one))
  t.same(vectorsOf(one), before)
  t.same(one.told[0], { done: 0, total: 12, passedOver: 0 })
  t.same(one.told.at(-1), { done: 12, total: 12, passedOver: 0 })
  t.equal(one.learnt.length, 12)
  t.equal(
    new Set(one.learnt.slice(0, 3).map(({ horseId }) => horseId)).size,
    3,
    'each horse before any again',
  )
  await reEmbed(old, { ...one.deps, embed: () => t.fail('nothing is missing') as never }, never)
})

type Event = 'learn' | 'replace' | 'born' | 'die' | 'unreadable' | 'black'
type End = 'abort' | 'worker' | 'disk'
interface Run {
  /** Looks until the end of this run. */
  readonly steps: number
  readonly end: End
  /** What happens while each is looked at. */
  readonly meanwhile: readonly (Event | null)[]
}

function happen(one: Barn, event: Event): void {
  const { horses } = one
  const horse = horses[made % Math.max(1, horses.length)]
  if (event === 'born' || !horse) one.born()
  else if (event === 'learn' || event === 'replace') one.teach(horse, event === 'replace')
  else if (event !== 'die') one.teach(horse, false, unreadable[event === 'black' ? 'black' : 'text'])
  else {
    one.registry.horses.remove(horse, startMs)
    one.horses = horses.filter((id) => id !== horse)
  }
}

const events = fc.constantFrom<Event | null>(
  ...[null, null, 'learn', 'replace', 'born', 'die', 'unreadable', 'black'].map((it) => it as Event | null),
)
const runs = fc.array(
  fc.record({
    steps: fc.nat(6),
    end: fc.constantFrom<End>('abort', 'worker', 'disk'),
    meanwhile: fc.array(events, { maxLength: 6 }),
  }),
  { maxLength: 6 },
)

/** One run that ends as told; answers how often an old vector came to be looked at again. */
async function interrupted(one: Barn, { steps, end, meanwhile }: Run): Promise<number> {
  const stop = new AbortController()
  let [left, again] = [steps, 0]
  const { vectors } = one.registry
  const deps: ReEmbedDeps = {
    ...one.deps,
    // The process is gone: a crop that could not be read is tried again by the next.
    unreadable: new Set(),
    async embed(jpeg) {
      const key = `${[...jpeg]}`
      const seen = vectors.all(fresh).vectors.some(({ id }) => {
        const crop = one.registry.crops.get(vectors.lookOf(id) ?? -1)
        return `${[...(crop?.jpeg ?? [])]}` === key
      })
      if (seen) again++
      const event = meanwhile[steps - left]
      if (event) happen(one, event)
      if (left-- === 0) {
        if (end === 'worker') throw new BarnboxError('VISION_ENDED', 'killed')
        if (end === 'abort') stop.abort()
      }
      return look(jpeg)
    },
    vectors: {
      add(...args) {
        if (left < 0 && end === 'disk') throw new BarnboxError('DB_WRITE', 'full')
        return vectors.add(...args)
      },
    },
  }
  await reEmbed(fresh, deps, stop.signal).catch((error: BarnboxError) => {
    if (error.code !== 'VISION_ENDED' && error.code !== 'DB_WRITE' && error.code !== 'MODEL_BROKEN')
      throw error
  })
  return again
}

t.test('interrupted at every step, it goes on where it was', async (t) => {
  await fc.assert(
    fc.asyncProperty(runs, async (all) => {
      using one = filled(2, 2)
      for (const run of all) if ((await interrupted(one, run)) > 0) return false
      const before = vectorsOf(one)
      await reEmbed(fresh, one.deps, never).catch((error: BarnboxError) => {
        // Nothing that could be read was left.
        if (one.registry.vectors.all(fresh).vectors.length > 0) throw error
      })
      return isComplete(one) && `${vectorsOf(one)}` === `${before}`
    }),
    { numRuns: 150 },
  )
  t.pass('held')
})

t.test('what is learnt meanwhile is looked at too', async (t) => {
  using one = filled(1, 3)
  let more = 4
  const embed = async (jpeg: Uint8Array) => {
    if (more-- > 0) one.teach(one.horses[0] as HorseId)
    return look(jpeg)
  }
  await reEmbed(fresh, { ...one.deps, embed }, never)
  t.equal(one.registry.vectors.all(fresh).vectors.length, 7)
  t.ok(isComplete(one))
})

t.test('it takes a quarter of the time', async (t) => {
  using one = filled(1, 3)
  let nowMs = 0
  const pauses: number[] = []
  const took = [100, 40, 7]
  const deps: ReEmbedDeps = {
    ...one.deps,
    clock: { monoMs: () => nowMs },
    pause: async (ms) => void pauses.push(ms),
    async embed(jpeg) {
      nowMs += took[pauses.length] ?? 0
      return look(jpeg)
    },
  }
  await reEmbed(fresh, deps, never)
  t.same(pauses, [300, 120, 21])
})

t.test('crops that cannot be read are passed over and counted, and hold nothing up', async (t) => {
  using one = filled(2, 2)
  one.teach(one.horses[0] as HorseId, false, unreadable.text)
  one.teach(one.horses[1] as HorseId, false, unreadable.black)
  await reEmbed(fresh, one.deps, never)
  t.match(one.told.at(-1), { done: 4, total: 6, passedOver: 2 })
  t.ok(isComplete(one))
})

t.test('an embedder that makes nothing of anything is at fault itself', async (t) => {
  using one = barn()
  const horse = one.born()
  one.looks.add(
    yard,
    { horseId: horse, vector: axis(3), jpeg: unreadable.text, quality: 1, takenMs: startMs },
    1,
  )
  await reEmbed(fresh, one.deps, never)
  t.match(one.told.at(-1), { done: 0, total: 1, passedOver: 1 }, 'a crop that is no picture is not its fault')
  one.teach(horse, false, unreadable.black)
  await t.rejects(reEmbed(fresh, one.deps, never), { code: 'MODEL_BROKEN' })
  const wrong = { ...one.deps, unreadable: new Set<number>(), embed: async () => axis(0) }
  await t.rejects(reEmbed(fresh, wrong, never), { code: 'VECTOR_KIND' })
})

t.test('likeness is the lowest cosine of what both could look at', async (t) => {
  const crops = [axis(0), axis(1), axis(2)].map(cropOf)
  const aside = { embed: look, pause: async () => {}, clock: { monoMs: () => 0 } }
  let seen = 0
  const some = await embedAll([...crops, unreadable.text], aside, () => void seen++, never)
  t.same([seen, some.map((vector) => vector !== undefined)], [4, [true, true, true, false]])
  const turned = some.map((vector, i) => (i === 1 ? vector?.map((value) => -value) : vector))
  t.match(likeness(some, some), { crops: 3 })
  t.ok(Math.abs(likeness(some, some).cosine - 1) < 1e-6)
  t.ok(Math.abs(likeness(some, turned).cosine + 1) < 1e-6)
  t.same(likeness(some, [undefined, undefined]), { cosine: 1, crops: 0 })
  const gone = AbortSignal.abort()
  t.same(await embedAll(crops, aside, () => {}, gone), [undefined, undefined, undefined])
})
