import Database from 'better-sqlite3'
import t from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const dayMs = 24 * 3600 * 1000
const yard = 'yard' as StreamId
const kept = { days: 90, provisionalDays: 7, nobodysDays: 14 }
const edit = { actor: null, nowMs: now }

t.test('a clean-up after 90 days keeps tombstones, residents, names and anchors', async (t) => {
  const file = `${t.testdir()}/barnbox.db`
  using registry = openRegistry(file, silentLog)
  const raw = new Database(file)
  t.teardown(() => raw.close())
  const { horses } = registry
  const make = (daysAgo: number, standing: 'horse' | 'provisional' = 'horse') =>
    horses.create({ streamId: yard, seenMs: now - daysAgo * dayMs, confidence: 0.5, standing }).id
  const look = (id: HorseId, anchor: number) =>
    raw
      .prepare(`INSERT INTO looks (horse_id, crop, quality, taken_ms, anchor) VALUES (?, x'00', 1, ?, ?)`)
      .run(id, now, anchor)
  const gone = { old: make(91), flicker: make(8, 'provisional') }
  const stay = {
    recent: make(89),
    young: make(6, 'provisional'),
    named: make(400),
    resident: make(400),
    anchored: make(400),
  }
  horses.updateHorseDetails(stay.named, { name: 'Thunder' }, edit)
  horses.setOfficial(stay.resident, true, edit)
  look(stay.anchored, 1)
  look(gone.old, 0)
  const cleaned = registry.cleanUp(kept, now)
  t.same(new Set(cleaned.horses.map(({ id }) => id)), new Set(Object.values(gone)))
  for (const [what, id] of Object.entries(stay)) t.ok(horses.get(id), what)
  for (const [what, id] of Object.entries(gone)) t.equal(horses.get(id), undefined, what)
  t.equal(raw.prepare('SELECT count(*) FROM looks').pluck().get(), 1, 'their looks are gone')
  t.equal(raw.prepare('SELECT count(*) FROM horses').pluck().get(), 7, 'their rows are not')
  t.equal(horses.get(make(0))?.number, 8, 'nor are their numbers given again')
  t.same(registry.cleanUp(kept, now), { horses: [], sightings: 0, looks: 0 }, 'nothing is left to do')
})

t.test('old sightings go, their horse keeps its count', async (t) => {
  using registry = openRegistry(':memory:', silentLog)
  const { id } = registry.horses.create({ streamId: yard, seenMs: now - 100 * dayMs, confidence: 0.5 })
  const see = (daysAgo: number) => {
    const fromMs = now - daysAgo * dayMs
    const decision = {
      kind: 'matched',
      score: 1,
      secondScore: 0,
      threshold: 0,
      margin: 0,
      model: 'm',
    } as const
    const ids = { id: mintId<SightingId>(), trackletId: mintId<TrackletId>(), streamId: yard, horseId: id }
    registry.sightings.save([
      { ...ids, fromMs, toMs: fromMs + 1000, detections: 5, addedDetections: 5, decision },
    ])
  }
  for (const daysAgo of [95, 91, 89, 1]) see(daysAgo)
  t.equal(registry.cleanUp(kept, now).sightings, 2)
  t.equal(registry.sightings.findByHorseId(id, 10).length, 2)
  t.equal(registry.horses.get(id)?.totalDetections, 20)
})
