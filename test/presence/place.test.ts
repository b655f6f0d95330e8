import fc from 'fast-check'
import t from 'tap'
import { createPlace, type Place, type PlaceLook } from '../../daemon/presence/place.ts'
import type { HorseId } from '../../daemon/types.ts'

const [bella, storm, milo] = ['bella', 'storm', 'milo'] as HorseId[] as [HorseId, HorseId, HorseId]

const sees = (horseId: HorseId | null, trackletId = `of ${horseId}`): PlaceLook => ({
  here: [{ trackletId, horseId, certainty: horseId === null ? null : 0.95 }],
  elsewhere: [],
})
const empty: PlaceLook = { here: [], elsewhere: [] }

/** Of all tests: each has tracklets and places of its own. */
let nowMs = Date.UTC(2026, 10, 22)

function watch(place: Place, look: PlaceLook, seconds: number) {
  for (let second = 0; second < seconds; second++) {
    nowMs += 1000
    place.look(look, 1, nowMs)
  }
  return place.verdict()
}

function bellasStall() {
  const place = createPlace()
  place.expect([bella])
  return place
}

t.test('nothing is known of a place that nobody has looked at', async (t) => {
  t.same(bellasStall().verdict(), { match: 'unsure', occupied: null, horseId: null, certainty: null })
})

t.test('the expected horse is there after some seconds, another one after some more', async (t) => {
  const place = bellasStall()
  t.match(watch(place, sees(bella), 10), { match: 'expected', occupied: true, horseId: bella })
  const other = bellasStall()
  t.match(watch(other, sees(storm), 60), { match: 'unsure' }, 'one tracklet may be wrong for long')
  t.match(watch(other, sees(storm, 'its second'), 60), { match: 'unsure' }, 'two are seen every day')
  t.match(watch(other, sees(storm, 'its third'), 60), { match: 'other', occupied: true, horseId: storm })
  const calm = bellasStall()
  t.match(
    watch(calm, sees(storm), 600),
    { match: 'other', horseId: storm },
    'or it stands there for ten minutes',
  )
})

t.test(
  'a horse that is not seen for a moment is still there; the empty stall is believed after minutes',
  async (t) => {
    const place = bellasStall()
    watch(place, sees(bella), 30)
    t.match(watch(place, empty, 15), { match: 'expected' }, 'it lies, or the detector blinks')
    t.match(watch(place, empty, 120), { match: 'empty', occupied: false, horseId: null })
  },
)

t.test('who was named before anybody was believed to be there is not forgotten', async (t) => {
  const aisle = createPlace(false)
  for (let n = 0; n < 300; n++) watch(aisle, empty, 1)
  // It is seen in one look of three only, always in the same tracklet: its name comes first, and does not come again.
  const seconds = Array.from({ length: 75 }, (_, n) => watch(aisle, n % 3 === 0 ? sees(bella) : empty, 1))
  t.match(seconds.at(-1), { match: 'other', occupied: true, horseId: bella })
  const passed = createPlace(false)
  for (let n = 0; n < 300; n++) watch(passed, empty, 1)
  for (const look of [sees(storm), sees(storm), ...Array.from({ length: 20 }, () => empty)])
    watch(passed, look, 1)
  const after = Array.from({ length: 60 }, () => watch(passed, sees(null), 1))
  t.match(after.at(-1), { occupied: true, horseId: null }, 'whoever passed before is nobody now')
})

t.test('an unknown animal neither names a horse nor takes its name at once', async (t) => {
  const place = bellasStall()
  t.match(watch(place, sees(null), 60), { match: 'unsure', occupied: true, horseId: null })
  watch(place, sees(bella), 30)
  t.match(watch(place, sees(null), 60), { match: 'expected', horseId: bella }, 'it turned round')
})

t.test('seen elsewhere, it is not here; and somebody not expected goes before those that are', async (t) => {
  const place = bellasStall()
  watch(place, sees(bella), 30)
  const away = (trackletId: string): PlaceLook => ({
    here: [{ trackletId: 'somebody', horseId: null, certainty: null }],
    elsewhere: [{ trackletId, horseId: bella, certainty: 0.95 }],
  })
  t.match(watch(place, away('once'), 20), { match: 'expected' }, 'named once elsewhere: that may be wrong')
  t.not(watch(place, away('twice'), 20).match, 'expected')
  const both = createPlace()
  both.expect([bella])
  const two = {
    here: [bella, storm].map((horseId) => ({ trackletId: `of ${horseId}`, horseId, certainty: 0.95 })),
    elsewhere: [],
  }
  t.match(watch(both, two, 600), { match: 'other', horseId: storm })
  const third = createPlace()
  third.expect([bella, storm])
  t.match(watch(third, two, 30), { match: 'expected' }, 'a mare and her foal')
})

t.test('what nobody looks at is no longer known after hours', async (t) => {
  const place = bellasStall()
  watch(place, sees(bella), 60)
  place.fade(5 * 60_000)
  t.match(place.verdict(), { match: 'expected' })
  place.fade(4 * 3600_000)
  t.match(place.verdict(), { match: 'unsure', occupied: null })
})

t.test('a merged horse takes its belief along; a deleted one is nobody', async (t) => {
  const place = bellasStall()
  watch(place, sees(storm), 600)
  place.rename(storm, milo)
  t.match(place.verdict(), { horseId: milo, match: 'other' })
  place.rename(milo, null)
  t.match(place.verdict(), { horseId: null, match: 'unsure' })
})

t.test('whatever is seen: probabilities, and no horse where it is empty', async () => {
  const animal = fc.record({
    trackletId: fc.constantFrom('a', 'b', 'c'),
    horseId: fc.constantFrom(bella, storm, null),
    certainty: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
  })
  const look = fc.record({
    here: fc.array(animal, { maxLength: 4 }),
    elsewhere: fc.array(animal, { maxLength: 4 }),
  })
  const step = fc.oneof(
    fc.record({ look, seconds: fc.double({ min: 0, max: 60, noNaN: true }) }),
    fc.record({ fadeMs: fc.double({ min: 0, max: 1e9, noNaN: true }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const place = bellasStall()
      for (const [at, one] of steps.entries()) {
        if ('look' in one) place.look(one.look, one.seconds, at * 1000)
        else place.fade(one.fadeMs)
        const { match, occupied, horseId, certainty } = place.verdict()
        const isEmpty = match === 'empty'
        if (certainty !== null && !(certainty >= 0.5 && certainty <= 1)) return false
        if ((horseId !== null) !== (match === 'expected' || match === 'other')) return false
        if (isEmpty !== (occupied === false)) return false
        if (match === 'expected' && horseId !== bella) return false
      }
      return true
    }),
  )
})
