import t from 'tap'
import { isWithin, wallClock } from '../../daemon/alerts/hours.ts'

const at = (weekday: 'mon' | 'tue' | 'sun' | 'sat', time: string) => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return { weekday, minutes: hours * 60 + minutes }
}

t.test('hours of one day and over midnight, the end not included', async (t) => {
  const day = { from: '08:00', to: '16:30' }
  t.same(
    ['07:59', '08:00', '16:29', '16:30'].map((time) => isWithin(day, at('mon', time))),
    [false, true, true, false],
  )
  const night = { from: '22:00', to: '05:00' }
  t.same(
    ['21:59', '22:00', '00:00', '04:59', '05:00'].map((time) => isWithin(night, at('mon', time))),
    [false, true, true, true, false],
  )
  t.equal(isWithin({ from: '00:00', to: '00:00' }, at('mon', '12:00')), true, 'all day')
})

t.test('a night belongs to the day on which it begins', async (t) => {
  const sunday = { from: '22:00', to: '05:00', days: ['sun'] as const }
  t.equal(isWithin(sunday, at('sun', '23:00')), true)
  t.equal(isWithin(sunday, at('mon', '04:00')), true)
  t.equal(isWithin(sunday, at('sun', '04:00')), false)
  t.equal(isWithin(sunday, at('mon', '23:00')), false)
})

t.test('the clock on the wall, over summer time', async (t) => {
  const berlin = wallClock('Europe/Berlin')
  t.same(berlin(Date.UTC(2026, 10, 28, 23, 30)), { weekday: 'sun', minutes: 30 })
  t.same(berlin(Date.UTC(2026, 2, 29, 0, 59)), { weekday: 'sun', minutes: 119 })
  t.same(berlin(Date.UTC(2026, 2, 29, 1, 0)), { weekday: 'sun', minutes: 180 }, 'two o’clock there is none')
  t.throws(() => wallClock('Europe/Nowhere'), RangeError)
})
