/**
 * What people said of two horses, when they turn out to be one, and when that is taken back.
 */
import Database from 'better-sqlite3'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import type { HorseDetails } from '../../daemon/registry/horse-details.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { Horse, StreamId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId
const by = { actor: 'anna', nowMs: now + 60_000 }
const later = { actor: 'bert', nowMs: now + 90_000 }
const all = {
  name: 'Thunder',
  notes: 'kicks',
  breed: 'Hanoverian',
  age: 12,
  coat: 'bay',
  markings: 'star',
  gender: 'mare',
} as const
const nothing = Object.fromEntries(Object.keys(all).map((fact) => [fact, null]))

function setUp(t: Test) {
  const file = `${t.testdir()}/barnbox.db`
  const registry = openRegistry(file, silentLog)
  const raw = new Database(file)
  t.teardown(() => {
    raw.close()
    registry[Symbol.dispose]()
  })
  const make = (details?: HorseDetails): Horse => {
    const horse = registry.horses.create({ streamId: yard, seenMs: now, confidence: 0.5 })
    return details ? registry.horses.updateHorseDetails(horse.id, details, by) : horse
  }
  const get = (horse: Horse) => registry.horses.get(horse.id)
  const merge = (one: Horse, into: Horse) => registry.corrections.merge(one.id, into.id, later).correction.id
  const names = (horse: Horse) =>
    registry.horses.names(horse.id).map(({ name, isAlias }) => (isAlias ? `(${name})` : name))
  return { registry, raw, make, get, merge, names }
}

t.test(
  'a horse without facts takes those of the one that is merged into it; undo gives them back',
  async (t) => {
    const { registry, raw, make, get, merge, names } = setUp(t)
    const [named, plain] = [make(all), make()]
    const id = merge(named, plain)
    t.match(get(plain), { id: plain.id, number: 2, ...all, standing: 'horse' })
    t.match(get(named), { id: plain.id }, 'whoever asks for the other is told of it')
    t.equal(get(plain)?.revision, plain.revision + 1, 'an edit that was on its way is stale')
    t.same(names(plain), ['Thunder', '(Thunder)'])
    const stamps = registry.edits.of(plain.id)
    t.same([...stamps.keys()].sort(), Object.keys(all).sort())
    const actor = raw.prepare('SELECT DISTINCT actor FROM edits WHERE horse_id = ?').pluck().all(plain.id)
    t.same(actor, ['bert'], 'by the word of who merged them')
    registry.corrections.undo(id, later)
    t.match(get(plain), { id: plain.id, ...nothing, standing: 'provisional', officialMs: null })
    t.match(get(named), { id: named.id, ...all })
    t.same([names(plain), names(named)], [[null, 'Thunder'], ['Thunder']])
    const undone = registry.edits.of(plain.id)
    for (const [field, stamp] of stamps) t.ok((undone.get(field) ?? '') > stamp, `${field} is stamped anew`)
  },
)

for (const [fact, value] of Object.entries(all)) {
  t.test(`${fact}: taken where it is missing, kept where it is not`, async (t) => {
    const { registry, make, get, merge } = setUp(t)
    const others: HorseDetails = { name: 'Storm', notes: 'bites', breed: 'Arab', age: 3, coat: 'grey' }
    const other = { ...others, markings: 'sock', gender: 'gelding' } as const
    const kept = fact === 'age' ? 0 : fact === 'gender' ? 'unknown' : 'x'
    const [from, lacking, having] = [make(other), make({ ...all, [fact]: null }), make({ [fact]: kept })]
    const first = merge(from, lacking)
    t.match(get(lacking), { ...all, [fact]: other[fact as keyof typeof other] })
    registry.corrections.undo(first, later)
    t.match(get(lacking), { ...all, [fact]: null })
    const second = merge(from, having)
    t.match(get(having), { [fact]: kept })
    registry.corrections.undo(second, later)
    t.match(get(having), { ...nothing, [fact]: kept })
    t.match(get(from), other)
    t.ok(value)
  })
}

t.test('of two names the one that goes on stays, and the other is an alias in its history', async (t) => {
  const { registry, make, get, merge, names } = setUp(t)
  const [storm, thunder, third] = [make({ name: 'Storm' }), make({ name: 'Thunder' }), make()]
  registry.horses.updateHorseDetails(storm.id, { name: null }, by)
  registry.horses.updateHorseDetails(storm.id, { name: 'Sturm' }, by)
  const id = merge(storm, thunder)
  t.match(get(thunder), { name: 'Thunder' })
  t.same(names(thunder), ['(Sturm)', 'Thunder', '(Storm)'])
  t.same(names(storm), names(thunder), 'by the old id too')
  const next = merge(thunder, third)
  t.match(get(third), { name: 'Thunder' })
  t.same(names(third), ['Thunder', '(Sturm)', '(Thunder)', '(Storm)'], 'through two merges')
  registry.corrections.undo(next, later)
  registry.corrections.undo(id, later)
  t.same(names(thunder), ['Thunder'])
  t.same(names(storm), ['Sturm', null, 'Storm'])
})

t.test('a resident it is if either was, since the same day', async (t) => {
  const { registry, make, get, merge } = setUp(t)
  const [resident, plain, other] = [make(), make(), make()]
  registry.horses.setOfficial(resident.id, true, by)
  registry.horses.setOfficial(other.id, true, later)
  const first = merge(resident, plain)
  t.match(get(plain), { id: plain.id, officialMs: by.nowMs, name: null })
  t.ok(registry.edits.of(plain.id).get('official'))
  registry.corrections.undo(first, later)
  t.match([get(plain), get(resident)], [{ officialMs: null }, { officialMs: by.nowMs }])
  const second = merge(plain, resident)
  t.match(get(resident), { officialMs: by.nowMs })
  registry.corrections.undo(second, later)
  const third = merge(other, resident)
  t.match(get(resident), { officialMs: by.nowMs }, 'both: as it was')
  registry.corrections.undo(third, later)
  t.match([get(other), get(resident)], [{ officialMs: later.nowMs }, { officialMs: by.nowMs }])
})

t.test('undo leaves what a person has said since', async (t) => {
  const { registry, make, get, merge } = setUp(t)
  const [named, plain] = [make(all), make()]
  const id = merge(named, plain)
  registry.horses.updateHorseDetails(plain.id, { name: 'Blitz', age: null }, later)
  registry.horses.setOfficial(plain.id, true, later)
  registry.corrections.undo(id, later)
  t.match(get(plain), { ...nothing, name: 'Blitz', officialMs: later.nowMs, standing: 'horse' })
  t.match(get(named), all)
})

t.test('where nothing is lacking a merge is no edit, and undo neither', async (t) => {
  const { registry, make, get, merge } = setUp(t)
  const [one, other] = [make({ name: 'Storm' }), make({ name: 'Thunder' })]
  const stamp = registry.edits.of(other.id).get('name')
  registry.corrections.undo(merge(one, other), later)
  t.match(get(other), { revision: other.revision, name: 'Thunder' })
  t.equal(registry.edits.of(other.id).get('name'), stamp)
})

t.test('deleted after the merge, and both taken back, it has what it had', async (t) => {
  const { registry, make, get, merge } = setUp(t)
  const [named, plain] = [make(all), make()]
  const id = merge(named, plain)
  const gone = registry.corrections.remove(plain.id, later).correction.id
  registry.corrections.undo(id, later)
  t.match(get(named), all)
  registry.corrections.undo(gone, later)
  t.match(get(plain), { id: plain.id, ...nothing })
})

t.test('whatever is known of three, merged in any order and taken back: all is as it was', async (t) => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
  const details = fc.record({
    name: maybe(fc.constantFrom('Storm', 'Thunder')),
    notes: maybe(fc.constant('bites')),
    age: maybe(fc.nat(3)),
    gender: maybe(fc.constantFrom('mare' as const, 'unknown' as const)),
  })
  const horse = fc.tuple(details, fc.boolean())
  const steps = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { maxLength: 4 })
  const { registry, make, get, merge } = setUp(t)
  fc.assert(
    fc.property(fc.tuple(horse, horse, horse), steps, (horses, steps) => {
      const made = horses.map(([facts, isResident]) => {
        const one = make(facts)
        return isResident ? registry.horses.setOfficial(one.id, true, by) : (get(one) ?? one)
      })
      const facts = () => made.map((one) => ({ ...get(one), version: 0, revision: 0 }))
      const before = facts()
      const done = steps.flatMap(([one, other]) => {
        const [from, into] = [made[one] as Horse, made[other] as Horse]
        return get(from)?.id === get(into)?.id ? [] : [merge(from, into)]
      })
      for (const id of done.toReversed()) registry.corrections.undo(id, later)
      t.same(facts(), before)
    }),
    { numRuns: 60 },
  )
})
