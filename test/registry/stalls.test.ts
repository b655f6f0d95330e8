import t, { type Test } from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import type { Point } from '../../daemon/lib/polygon.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'

const nowMs = Date.UTC(2026, 10, 22)
const by = { actor: 'anna', nowMs }
const [yard, aisle] = ['yard' as StreamId, 'aisle' as StreamId]
const corners: readonly Point[] = [
  [0.1, 0.2],
  [0.4, 0.2],
  [0.4, 0.9],
]

function setUp(t: Test, file = ':memory:') {
  const registry = openRegistry(file, silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const add = (name: string, streamId = yard, expected: readonly HorseId[] = []) =>
    registry.stalls.add({ streamId, kind: 'stall', name, corners, expected }, by)
  const horse = () => registry.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 }).id
  return { registry, stalls: registry.stalls, add, horse }
}

t.test('a stall is told as it was drawn, those of a camera by name and number, also after a restart', (t) => {
  const file = `${t.testdir({})}/barnbox.db`
  const { registry, stalls, add, horse } = setUp(t, file)
  const expected = [horse()]
  const made = add('Stall 10', yard, expected)
  t.match(made, { streamId: 'yard', kind: 'stall', name: 'Stall 10', createdMs: nowMs, revision: 0 })
  t.same(made.corners, corners)
  t.same(made.expected, expected)
  t.match(made.id, /^[a-z0-9-]{36}$/, 'what topics and entities may be called')
  add('Stall 2')
  add('aisle', aisle)
  const names = () => stalls.ofStream(yard).map(({ name }) => name)
  t.same(names(), ['Stall 2', 'Stall 10'])
  registry[Symbol.dispose]()
  t.same(setUp(t, file).stalls.get(made.id), made)
  t.end()
})

t.test('a name stands once on a camera whatever its case, and again on another or once it is free', (t) => {
  const { stalls, add } = setUp(t)
  const first = add('Stall 1')
  t.throws(() => add('STALL 1'), { code: 'NAME_TAKEN' })
  add('Stall 1', aisle)
  const second = add('Stall 2')
  t.throws(() => stalls.change(second.id, { name: 'stall 1' }, by), { code: 'NAME_TAKEN' })
  t.equal(stalls.get(second.id)?.revision, 0, 'nothing was stored')
  t.equal(stalls.change(first.id, { name: 'STALL 1' }, by).name, 'STALL 1', 'its own in another case')
  t.equal(stalls.remove(first.id, by), true)
  add('Stall 1')
  t.throws(() => stalls.restore(first.id, by), { code: 'NAME_TAKEN' })
  t.end()
})

t.test('a change names the revision that it was made on, and stores what is other', (t) => {
  const { stalls, add, horse } = setUp(t)
  const { id } = add('Stall 1')
  const wider: Point[] = [...corners, [0.1, 0.9]]
  const changed = stalls.change(id, { corners: wider, kind: 'zone' }, { ...by, revision: 0 })
  t.match(changed, { name: 'Stall 1', kind: 'zone', revision: 1 })
  t.same(changed.corners, wider)
  t.throws(() => stalls.change(id, { name: 'x' }, { ...by, revision: 0 }), { code: 'STALE' })
  const [a, b] = [horse(), horse()]
  t.equal(stalls.change(id, { expected: [a, b] }, by).revision, 2)
  t.equal(stalls.change(id, { expected: [b, a], name: 'Stall 1' }, by).revision, 2, 'nothing is other')
  t.same(stalls.get(id)?.expected, [a, b])
  const gone = '01980000-0000-7000-8000-000000000009' as HorseId
  t.throws(() => stalls.change(id, { name: 'y', expected: [gone] }, by), { code: 'NOT_FOUND' })
  t.equal(stalls.get(id)?.name, 'Stall 1', 'all of it or nothing')
  t.end()
})

t.test('a deleted stall is a tombstone, and comes back as it was', (t) => {
  const { stalls, add, horse } = setUp(t)
  const made = add('Stall 1', yard, [horse()])
  t.equal(stalls.remove(made.id, by), true)
  t.equal(stalls.remove(made.id, by), false)
  t.equal(stalls.get(made.id), undefined)
  t.same(stalls.ofStream(yard), [])
  t.throws(() => stalls.change(made.id, { name: 'x' }, by), { code: 'NOT_FOUND' })
  t.same(stalls.restore(made.id, by), { ...made, revision: 2 })
  t.same(stalls.restore(made.id, by), { ...made, revision: 2 }, 'twice is as good as once')
  t.throws(() => stalls.restore('01980000-0000-7000-8000-000000000009' as typeof made.id, by), {
    code: 'NOT_FOUND',
  })
  t.end()
})

t.test('who is expected goes along when horses are merged, deleted and brought back', (t) => {
  const { registry, stalls, add, horse } = setUp(t)
  const [a, b] = [horse(), horse()]
  const { id } = add('Stall 1', yard, [a, b])
  const expected = () => stalls.get(id)?.expected
  const { correction } = registry.corrections.merge(a, b, by)
  t.same(expected(), [b], 'the one that is left, once')
  registry.corrections.undo(correction.id, by)
  t.same(expected(), [a, b])
  const removed = registry.corrections.remove(a, by)
  t.same(expected(), [b])
  registry.corrections.undo(removed.correction.id, by)
  t.same(expected(), [a, b])
  t.end()
})

t.test('edits are stamped, and a clock that goes back after a restart does not overtake them', (t) => {
  const file = `${t.testdir({})}/barnbox.db`
  let utcMs = nowMs + 1_000_000
  const open = () => openRegistry(file, silentLog, 'none', () => utcMs)
  const stall = { streamId: yard, kind: 'stall', name: 'Stall 1', corners, expected: [] } as const
  const first = open()
  const { id } = first.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 })
  const made = first.stalls.add(stall, by)
  first.stalls.change(made.id, { name: 'Stall 2' }, by)
  first[Symbol.dispose]()
  utcMs = nowMs
  const second = open()
  t.teardown(() => second[Symbol.dispose]())
  second.horses.updateHorseDetails(id, { name: 'Thunder' }, by)
  const [stamp = ''] = second.edits.of(id).values()
  t.ok(Number.parseInt(stamp.slice(0, 12), 16) >= nowMs + 1_000_000, stamp)
  t.end()
})
