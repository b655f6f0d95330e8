/**
 * Lessons of BarnHand, the program before, as they hold for the tables. The labels are those of docs/cases.md.
 */
import Database from 'better-sqlite3'
import fc from 'fast-check'
import t from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { SightingUpdate } from '../../daemon/registry/sightings.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId

function sighting(horseId: HorseId | null, more: Partial<SightingUpdate> = {}): SightingUpdate {
  const kind = horseId === null ? 'unknown' : 'matched'
  return {
    id: mintId<SightingId>(),
    streamId: yard,
    trackletId: mintId<TrackletId>(),
    horseId,
    fromMs: now,
    toMs: now + 1000,
    detections: 5,
    addedDetections: 5,
    decision: { kind, score: 0.9, secondScore: 0.4, threshold: 0.8, margin: 0.05, model: 'm@1' },
    ...more,
  }
}

/** What a camera could be called at worst: ids that look like others, like numbers of horses, like SQL. */
const streams = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom(
      'a-b',
      'a_b',
      'yard',
      'yard_horse_001',
      'yard_horse',
      "'; --",
      '%',
      '*',
      '1',
      'NULL',
      'Yard',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 16 }).filter((text) => !text.includes('\u0000')),
  ),
  { minLength: 1, maxLength: 8 },
)

t.test('L2: whatever a camera is called, its horses are its own and no two ids are alike', async (t) => {
  fc.assert(
    fc.property(streams, fc.array(fc.nat(7), { maxLength: 30 }), (names, order) => {
      using registry = openRegistry(':memory:', silentLog, 'none')
      const made = new Map<string, { id: HorseId; number: number }[]>()
      for (const turn of order) {
        const name = names[turn % names.length] as StreamId
        const { id, number } = registry.horses.create({ streamId: name, seenMs: now, confidence: 1 })
        made.set(name, [...(made.get(name) ?? []), { id, number }])
      }
      for (const name of names as StreamId[]) {
        const mine = made.get(name) ?? []
        const found = registry.horses.findByStreamId(name)
        if (found.length !== mine.length || !mine.every(({ number }, at) => number === at + 1)) return false
        if (!found.every(({ id, streamId }) => streamId === name && mine.some((one) => one.id === id)))
          return false
      }
      const ids = [...made.values()].flat().map(({ id }) => id)
      return (
        new Set(ids).size === ids.length &&
        !ids.some((id) => names.some((name) => id.includes(`${name}_horse`)))
      )
    }),
  )
  const file = `${t.testdir()}/barnbox.db`
  using registry = openRegistry(file, silentLog)
  const [one, two] = [1, 2].map(() => registry.horses.create({ streamId: yard, seenMs: now, confidence: 1 }))
  const raw = new Database(file)
  t.teardown(() => raw.close())
  const renumber = raw.prepare('UPDATE horses SET number = ? WHERE id = ?')
  t.throws(() => renumber.run(one?.number, two?.id), { code: 'SQLITE_CONSTRAINT_UNIQUE' })
})

t.test('L4: a row that belongs nowhere is refused and told of, and takes no other with it', async (t) => {
  const file = `${t.testdir()}/barnbox.db`
  using registry = openRegistry(file, silentLog)
  const { id } = registry.horses.create({ streamId: yard, seenMs: now, confidence: 1 })
  const [good, nobody] = [sighting(id), sighting(null)]
  const orphan = sighting(mintId<HorseId>())
  const nowhere = sighting(id, { streamId: '' as StreamId })
  t.same(registry.sightings.save([orphan, good, nowhere, nobody]), [orphan, nowhere])
  t.ok(registry.sightings.get(good.id))
  t.ok(registry.sightings.get(nobody.id))
  t.match(registry.horses.get(id), { totalDetections: 5 })
  const raw = new Database(file)
  t.teardown(() => raw.close())
  raw.pragma('foreign_keys = ON')
  for (const [column, value] of [
    ['stream_id', null],
    ['stream_id', 'default'],
    ['horse_id', 'default'],
    ['tracklet_id', null],
  ])
    t.throws(() => raw.prepare(`UPDATE sightings SET ${column} = ? WHERE id = ?`).run(value, good.id), {
      code: /^SQLITE_CONSTRAINT/,
    })
  t.throws(() => raw.prepare('UPDATE horses SET stream_id = NULL').run(), {
    code: 'SQLITE_CONSTRAINT_NOTNULL',
  })
})

t.test('L16: a clock that was never set writes nothing', async (t) => {
  using registry = openRegistry(':memory:', silentLog)
  const { id } = registry.horses.create({ streamId: yard, seenMs: now, confidence: 1 })
  const seen = sighting(id)
  registry.sightings.save([seen])
  for (const nowMs of [0, 86_400_000, Date.UTC(2019, 11, 31)]) {
    const by = { actor: null, nowMs }
    const refusal = { code: 'SQLITE_CONSTRAINT_CHECK' }
    t.throws(() => registry.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 }), refusal)
    t.throws(() => registry.horses.updateHorseDetails(id, { name: 'Thunder' }, by), refusal)
    t.throws(() => registry.horses.setOfficial(id, true, by), refusal)
    t.throws(() => registry.corrections.incorrect(seen.id, by), refusal)
    t.throws(
      () => registry.users.add({ name: 'Anna', role: 'admin', passwordHash: 'x'.repeat(60) }, nowMs),
      refusal,
    )
    const early = sighting(id, { fromMs: nowMs })
    t.same(registry.sightings.save([early]), [early])
  }
  t.match(registry.horses.get(id), { name: null, officialMs: null, totalDetections: 5 })
  t.equal(
    registry.horses.create({ streamId: yard, seenMs: now, confidence: 1 }).number,
    2,
    'no number was lost',
  )
})
