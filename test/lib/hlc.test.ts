import fc from 'fast-check'
import t from 'tap'
import { createHybridClock, isStamp, type Stamp } from '../../daemon/lib/hlc.ts'

const now = Date.UTC(2026, 10, 22)
const here = 'aaaaaaaaaaaa'
const there = 'bbbbbbbbbbbb'

t.test('stamps grow whatever the wall clock does', async () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5000, max: 5000 })), (steps) => {
      let ms = now
      const clock = createHybridClock(here, () => ms)
      let last = clock.next()
      for (const step of steps) {
        ms += step
        const next = clock.next()
        if (!(next > last) || !isStamp(next)) return false
        last = next
      }
      return true
    }),
  )
})

t.test('what was heard of is older than what comes after', async (t) => {
  const mine = createHybridClock(here, () => now)
  const theirs = createHybridClock(there, () => now + 60_000)
  const heard = theirs.next()
  mine.hear(heard)
  t.ok(mine.next() > heard)
  mine.hear(createHybridClock(there, () => now - 60_000).next())
  t.ok(mine.next() > heard, 'an old stamp changes nothing')
})

t.test('it goes on where it ended, and passes a full counter', async (t) => {
  const last = createHybridClock(here, () => now + 5000).next()
  t.ok(createHybridClock(here, () => now, last).next() > last)
  const full = `${now.toString(16).padStart(12, '0')}-ffff-${here}` as Stamp
  t.ok(createHybridClock(here, () => now, full).next() > full)
})

t.test('a clock that is far ahead is not followed, and no nonsense is read', async (t) => {
  const mine = createHybridClock(here, () => now)
  const wrong = createHybridClock(there, () => now + 25 * 3600 * 1000).next()
  t.throws(() => mine.hear(wrong), { code: 'CLOCK_AHEAD' })
  t.ok(mine.next() < wrong)
  for (const text of ['', 'x', `${'0'.repeat(12)}-0000-`, `${'0'.repeat(12)}-0000-AAAAAAAAAAAA`]) {
    t.equal(isStamp(text), false)
    t.throws(() => mine.hear(text as Stamp), { code: 'BAD_REQUEST' })
  }
})
