import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { type Log, silentLog } from '../../daemon/lib/log.ts'
import { type Db, openDatabase } from '../../daemon/registry/database.ts'
import { openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import { type Engine, openVectorIndex, type VectorIndex } from '../../daemon/registry/vector-index.ts'
import type { StoredVector } from '../../daemon/registry/vectors.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId
/** Named so that its tables would be taken for those that belong to the first one's. */
const aisle = 'yard_index' as StreamId
const dim = 16
const kind = { id: 'test@1', dim, name: 'test', preprocess: null, licence: null }
const rest = { jpeg: Uint8Array.of(0xff, 0xd8), quality: 1, takenMs: now }

interface Opened extends Disposable {
  readonly db: Db
  readonly index: VectorIndex | null
  /** What was warned of. */
  readonly said: string[]
}

function logInto(said: string[]): Log {
  const warn: Log['warn'] = (fields: { err?: unknown }, message) =>
    void said.push(`${message}: ${fields.err}`)
  return { ...silentLog, warn }
}

function open(wish: Engine | 'none', stored: readonly StoredVector[] = []): Opened {
  const db = openDatabase(':memory:')
  const said: string[] = []
  const index = openVectorIndex(db, wish, kind, stored, logInto(said))
  return { db, index, said, [Symbol.dispose]: () => db.close() }
}

/** Why an engine cannot be tested here; false when it can. */
function missing(engine: Engine): string | false {
  using opened = open(engine)
  return opened.index?.engine === engine ? false : opened.said.join('; ')
}

const unit = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: dim, maxLength: dim })
  .filter((numbers) => Math.hypot(...numbers) > 0.1)
  // Not quite of length 1, as a stored vector may be.
  .chain((numbers) => fc.constantFrom(1, 0.9992, 1.0008).map((length) => ({ numbers, length })))
  .map(({ numbers, length }) => Float32Array.from(numbers, (x) => (length * x) / Math.hypot(...numbers)))

const axis = (index: number) => Float32Array.from({ length: dim }, (_, at) => (at === index ? 1 : 0))

let ids = 0
function storedAs(streamId: StreamId, vector: Float32Array): StoredVector {
  const id = ++ids
  return { id, streamId, horseId: `horse of ${id}` as HorseId, vector, quality: 1 }
}

function cosine(a: Float32Array, b: Float32Array): number {
  const product = a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
  return product / (Math.hypot(...a) * Math.hypot(...b))
}

/**
 * Whether an answer is one that a plain search over the stream may give: as many as there are, up to k, each with its
 * own likeness, in order, and none left out that is more like. Which of equally near ones come is free.
 */
function fair(
  index: VectorIndex,
  all: Iterable<StoredVector>,
  streamId: StreamId,
  query: Float32Array,
  k: number,
) {
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-5
  const there = new Map([...all].filter((one) => one.streamId === streamId).map((one) => [one.id, one]))
  const best = [...there.values()].map(({ vector }) => cosine(vector, query)).sort((a, b) => b - a)
  const found = index.search(streamId, query, k)
  return (
    found.length === Math.min(k, there.size) &&
    new Set(found.map(({ vectorId }) => vectorId)).size === found.length &&
    found.every(({ vectorId, horseId, similarity }, at) => {
      const one = there.get(vectorId)
      return (
        one !== undefined &&
        one.horseId === horseId &&
        near(similarity, cosine(one.vector, query)) &&
        near(similarity, best[at] as number)
      )
    })
  )
}

const takenBack = new Error('taken back')

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

const step = fc.record({
  do: fc.constantFrom('add', 'add', 'add', 'replace', 'remove', 'add and take back'),
  streamId: fc.constantFrom(yard, aisle),
  which: fc.nat(),
  vector: unit,
})

for (const engine of ['sqlite-vec', 'sqlite-vss'] as const) {
  const skip = missing(engine)

  t.test(
    `${engine}: built from stored vectors and changed, it answers as a plain search does`,
    { skip },
    async (t) => {
      const stored = fc.array(fc.tuple(fc.constantFrom(yard, aisle), unit), { maxLength: 20 })
      fc.assert(
        fc.property(
          stored,
          fc.array(step, { maxLength: 20 }),
          unit,
          fc.integer({ min: 1, max: 30 }),
          (first, steps, query, k) => {
            const begun = first.map(([streamId, vector]) => storedAs(streamId, vector))
            using opened = open(engine, begun)
            const { db, index } = opened
            if (!index) return false
            const model = new Map(begun.map((one) => [one.id, one]))
            const put = (one: StoredVector) => {
              index.add(one)
              model.set(one.id, one)
            }
            const drop = (id: number | undefined) => {
              index.remove(id ?? -1)
              if (id !== undefined) model.delete(id)
            }
            for (const { do: what, streamId, which, vector } of steps) {
              const old = [...model.keys()][which % Math.max(1, model.size)]
              const one = storedAs(streamId, vector)
              if (what === 'add') put(one)
              else if (what === 'remove') drop(old)
              else if (what === 'replace') {
                db.transaction(() => {
                  drop(old)
                  put(one)
                })()
              } else {
                const all = db.transaction(() => {
                  index.add(one)
                  if (old !== undefined) index.remove(old)
                  throw takenBack
                })
                if (thrownBy(all) !== takenBack) return false
              }
            }
            return (
              index.size === model.size &&
              [yard, aisle, 'nobody there' as StreamId].every((id) =>
                fair(index, model.values(), id, query, k),
              )
            )
          },
        ),
        { numRuns: 40 },
      )
      t.pass('held')
    },
  )

  t.test(`${engine}: equally near ones are all found`, { skip }, async (t) => {
    const twins = Array.from({ length: 5 }, () => storedAs(yard, axis(3)))
    using opened = open(engine, [storedAs(yard, axis(0)), ...twins, storedAs(yard, axis(1))])
    const found = opened.index?.search(yard, axis(3), 5) ?? []
    t.same(
      found.map(({ vectorId }) => vectorId).sort((a, b) => a - b),
      twins.map(({ id }) => id),
    )
  })

  t.test(`${engine}: what is no unit vector of its model is refused`, { skip }, async (t) => {
    using opened = open(engine, [storedAs(yard, axis(0))])
    for (const bad of [new Float32Array(dim - 1), axis(0).fill(Number.NaN), new Float32Array(dim)]) {
      t.throws(() => opened.index?.search(yard, bad, 1), { code: 'VECTOR_KIND' })
    }
  })

  t.test(`${engine}: a registry opened again finds what was stored`, { skip }, async (t) => {
    const file = registryFile(mkdtempSync(join(tmpdir(), 'barnbox-index-')))
    const first = openRegistry(file, silentLog, engine)
    const horse = first.horses.create({ streamId: yard, seenMs: now, confidence: 0.5 })
    // More than one transaction's worth for either engine.
    const count = 1100
    const vectors = Array.from({ length: count }, (_, at) => {
      const vector = axis(at % dim)
      vector[(at + 1 + (at >> 4)) % dim] = at / count
      const length = Math.hypot(...vector)
      return vector.map((value) => value / length)
    })
    addAll(first, horse.id, vectors)
    first[Symbol.dispose]()
    using again = openRegistry(file, silentLog, engine)
    const { index, stored } = again.openLooks(kind)
    t.equal(index?.engine, engine)
    t.equal(index?.size, count)
    t.ok(index && fair(index, stored, yard, axis(5), 40))
    t.equal(index?.search(yard, axis(5), 1)[0]?.horseId, horse.id)
  })

  t.test(`${engine}: a look in place of another takes its place in the index`, { skip }, async (t) => {
    using registry = openRegistry(':memory:', silentLog, engine)
    const looks = registry.openLooks(kind)
    const horse = registry.atomically(() => {
      const made = registry.horses.create({ streamId: yard, seenMs: now, confidence: 0.5 })
      looks.add(yard, { horseId: made.id, vector: axis(0), ...rest })
      return made
    })
    const [old] = looks.index?.search(yard, axis(0), 5) ?? []
    looks.add(yard, { horseId: horse.id, vector: axis(1), ...rest }, old?.vectorId)
    const found = looks.index?.search(yard, axis(1), 5) ?? []
    t.match(found, [{ horseId: horse.id, similarity: 1 }])
    t.equal(found.length, 1)
  })

  t.test(`${engine}: the index of another embedder takes its place`, { skip }, async (t) => {
    using registry = openRegistry(':memory:', silentLog, engine)
    const { id } = registry.horses.create({ streamId: yard, seenMs: now, confidence: 0.5 })
    registry.openLooks(kind).add(yard, { horseId: id, vector: axis(0), ...rest })
    const short = Float32Array.of(0.6, 0.8)
    const other = registry.openLooks({ ...kind, id: 'other@1', dim: 2 })
    t.equal(other.index?.size, 0)
    other.add(yard, { horseId: id, vector: short, ...rest })
    t.match(other.index?.search(yard, short, 5), [{ horseId: id }])
    const { index } = registry.openLooks(kind)
    t.equal(index?.engine, engine)
    t.equal(index?.search(yard, axis(0), 5).length, 1)
  })
}

t.test('an index takes the place of an earlier one, of another model and engine too', async (t) => {
  const db = openDatabase(':memory:')
  t.teardown(() => void db.close())
  const said: string[] = []
  for (const wish of ['sqlite-vec', 'sqlite-vss', 'sqlite-vss', 'sqlite-vec'] as const) {
    const one = storedAs(yard, axis(2))
    const index = openVectorIndex(db, wish, kind, [one], logInto(said))
    t.match(index?.search(yard, axis(2), 5), [{ vectorId: one.id }])
    t.equal(index?.size, 1)
    const short = storedAs(yard, Float32Array.of(0, 1))
    const other = openVectorIndex(db, wish, { ...kind, id: 'short@1', dim: 2 }, [short], logInto(said))
    t.match(other?.search(yard, Float32Array.of(0, 1), 5), [{ vectorId: short.id }])
    t.equal(other?.size, 1)
  }
})

t.test('none is none; where sqlite-vss does not load that is said, and sqlite-vec is there', async (t) => {
  using none = open('none')
  t.equal(none.index, null)
  t.same(none.said, [])
  // Its vector0 is loaded first: a database where nothing may be loaded stands for a machine without its libraries.
  const db = openDatabase(':memory:')
  t.teardown(() => void db.close())
  const said: string[] = []
  const load = db.loadExtension.bind(db)
  db.loadExtension = (path: string, ...rest: []) => {
    if (/vector0|vss0/.test(path)) throw new Error('libblas.so.3: cannot open shared object file')
    return load(path, ...rest)
  }
  const index = openVectorIndex(db, 'sqlite-vss', kind, [storedAs(yard, axis(0))], logInto(said))
  t.equal(index?.engine, 'sqlite-vec')
  t.equal(index?.search(yard, axis(0), 1).length, 1)
  t.equal(said.length, 1)
  t.match(said[0], /^sqlite-vss cannot be used; sqlite-vec is the search index instead: Error/)
})

function addAll(registry: Registry, horseId: HorseId, vectors: readonly Float32Array[]): void {
  registry.atomically(() => {
    registry.embedders.note(kind)
    for (const vector of vectors) registry.vectors.add(kind, registry.crops.add({ horseId, ...rest }), vector)
  })
}
