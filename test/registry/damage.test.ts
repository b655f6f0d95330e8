/** A file that a card or a power cut has spoilt: a start refuses it, but for the crops, which are read afterwards. */
import { closeSync, openSync, writeSync } from 'node:fs'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { keepHouse } from '../../daemon/barn-upkeep.ts'
import { aborted } from '../../daemon/lib/abort.ts'
import { createBus } from '../../daemon/lib/bus.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { inspectDatabase } from '../../daemon/registry/database.ts'
import type { Crops } from '../../daemon/registry/looks.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { Facts, StreamId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId
const kind = { id: 'test@1', dim: 64, name: 'test', preprocess: null, licence: null }
const vector = new Float32Array(64).fill(1 / 8)
/** Longer than a page, so that most of it lies in pages of its own. */
const jpeg = Buffer.concat([Buffer.of(0xff, 0xd8), Buffer.alloc(20_000, 7), Buffer.of(0xff, 0xd9)])

/** Forty horses with a look each. */
function populated(t: Test): string {
  const file = `${t.testdir()}/barnbox.db`
  using registry = openRegistry(file, silentLog)
  const looks = registry.openLooks(kind)
  for (let n = 0; n < 40; n++) {
    const horse = registry.horses.create({ streamId: yard, seenMs: now, confidence: 1 })
    looks.add(yard, { horseId: horse.id, jpeg, vector, quality: 1, takenMs: now })
  }
  return file
}

/** Spoils one page of a table or an index. */
function spoil(
  file: string,
  name: string,
  type: 'leaf' | 'overflow',
  bytes = Buffer.alloc(4096, 0xa5),
): void {
  const db = new Database(file)
  const offset = db
    .prepare<[string, string], number>(
      'SELECT pgoffset FROM dbstat WHERE name = ? AND pagetype = ? ORDER BY pageno LIMIT 1',
    )
    .pluck()
    .get(name, type)
  db.close()
  if (offset === undefined) throw new Error(`${name} has no ${type} page`)
  const handle = openSync(file, 'r+')
  writeSync(handle, bytes, 0, bytes.length, offset)
  closeSync(handle)
}

for (const name of ['horses', 'vectors', 'vectors_by_horse', 'streams', 'horses_by_stream']) {
  t.test(`a spoilt page of ${name} is found at the start`, async (t) => {
    const file = populated(t)
    spoil(file, name, 'leaf')
    t.throws(() => openRegistry(file, silentLog), { code: 'DB_BROKEN' })
  })
}

/** What upkeep says of the crops until it has read them all. */
async function upkeep(file: string): Promise<unknown[]> {
  using registry = openRegistry(file, silentLog)
  const said: unknown[] = []
  const ended = new AbortController()
  const error = (fields: object, message: string) => void said.push({ ...fields, message })
  const log = { ...silentLog, error: error as typeof silentLog.error }
  const inspect: Crops['inspect'] = (...asked) => {
    let last: number | undefined
    try {
      const read = registry.crops.inspect(...asked)
      last = read.last
      return read
    } finally {
      if (last === undefined) ended.abort()
    }
  }
  const watched = { ...registry, crops: { ...registry.crops, inspect } }
  const deps = { registry: watched, facts: createBus<Facts>(log), clock: systemClock, log }
  const house = keepHouse(90, deps, ended.signal)
  await aborted(ended.signal)
  await house[Symbol.asyncDispose]()
  return said
}

t.test('upkeep reads all crops after the start, and has nothing to say of whole ones', async (t) => {
  t.same(await upkeep(populated(t)), [])
})

t.test('a crop that is no picture any more is named by upkeep', async (t) => {
  const file = populated(t)
  const db = new Database(file)
  db.prepare('UPDATE looks SET crop = ? WHERE id IN (3, 20, 40)').run(jpeg.subarray(0, 9000))
  db.close()
  t.match(await upkeep(file), [{ looks: [3] }, { looks: [20] }, { looks: [40] }])
})

t.test(
  'a spoilt page of a crop does not keep the box from starting; upkeep and doctor find it',
  async (t) => {
    const file = populated(t)
    // The chain of a crop's pages ends too soon.
    spoil(file, 'looks', 'overflow', Buffer.alloc(4))
    t.match(await upkeep(file), [{ message: /looks|crops/ }])
    t.throws(() => inspectDatabase(file), { code: 'DB_BROKEN' })
  },
)
