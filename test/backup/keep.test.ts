/** Which backups stay. */
import fc from 'fast-check'
import t from 'tap'
import { whatGoes } from '../../daemon/backup/keep.ts'

const at = (text: string, bytes = 1, schema: number | null = 15) => ({
  name: text,
  utcMs: Date.parse(`${text}:00Z`),
  bytes,
  schema,
})
const keep = { daily: 3, weekly: 2, monthly: 2, quotaBytes: 1000 }

t.test('the newest of the last days, weeks and months', async (t) => {
  const nights = Array.from({ length: 60 }, (_, n) => {
    const day = new Date(Date.UTC(2026, 8, 30) + n * 86_400_000).toISOString().slice(0, 10)
    return at(`${day}T02:00`)
  })
  const gone = new Set(whatGoes(nights, keep))
  t.same(
    nights.map(({ name }) => name).filter((name) => !gone.has(name)),
    ['2026-10-31T02:00', '2026-11-22T02:00', '2026-11-26T02:00', '2026-11-27T02:00', '2026-11-28T02:00'],
    'three days; the Sunday of the week before; the last of the month before',
  )
})

t.test('over the quota the oldest go, the newest never', async (t) => {
  const some = [at('2026-11-26T02:00', 600), at('2026-11-27T02:00', 600), at('2026-11-28T02:00', 600)]
  t.same(whatGoes(some, keep), ['2026-11-27T02:00', '2026-11-26T02:00'])
  t.same(whatGoes([at('2026-11-28T02:00', 5000)], keep), [])
  t.same(whatGoes([], keep), [])
})

t.test('the way back from an update stays while its day does, whatever else is made that day', async (t) => {
  const before = [at('2026-11-28T01:00', 900, 14), at('2026-11-28T02:00', 900, 14)]
  const migrated = [at('2026-11-28T03:00', 900), at('2026-11-28T04:00', 900)]
  t.same(
    whatGoes([...before, ...migrated], keep),
    ['2026-11-28T03:00', '2026-11-28T01:00'],
    'over the quota too',
  )
  const nights = (...days: number[]) => days.map((day) => at(`2026-11-${day}T02:00`))
  const left = [before[1] as (typeof before)[0], ...nights(29, 30)]
  t.same(whatGoes([...left, at('2026-11-28T04:00')], keep), [])
  t.same(whatGoes([...left, at('2026-11-28T04:00'), at('2026-12-01T02:00')], keep), [
    '2026-11-28T04:00',
    '2026-11-28T02:00',
  ])
  t.same(whatGoes([at('2026-11-28T01:00', 1, null), at('2026-11-28T02:00')], keep), ['2026-11-28T01:00'])
  const older = at('2026-11-28T02:00', 1, 14)
  t.same(whatGoes([at('2026-11-28T01:00'), older], keep), ['2026-11-28T01:00'], 'after the way back')
})

t.test('whatever the clocks said, the newest stays, and no day that is kept loses all', async (t) => {
  const one = fc
    .tuple(
      fc.integer({ min: Date.UTC(2016), max: Date.UTC(2036) }),
      fc.option(fc.integer({ min: 1, max: 3 })),
    )
    .map(([utcMs, schema]) => ({ name: String(utcMs), utcMs, bytes: 1, schema }))
  fc.assert(
    fc.property(fc.uniqueArray(one, { selector: ({ utcMs }) => utcMs, maxLength: 40 }), (all) => {
      const gone = whatGoes(all, keep)
      const left = all.filter(({ name }) => !gone.includes(name))
      const newest = Math.max(...all.map(({ utcMs }) => utcMs))
      t.equal(left.length > 0, all.length > 0)
      t.equal(all.length === 0 || left.some(({ utcMs }) => utcMs === newest), true)
      t.ok(left.length <= 8)
      // What was left is left again: nothing goes that nothing came after.
      t.same(whatGoes(left, keep), [])
    }),
    { numRuns: 50 },
  )
})
