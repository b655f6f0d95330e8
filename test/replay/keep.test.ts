import fc from 'fast-check'
import t from 'tap'
import { planRing, type RingFile, reserveBytes } from '../../daemon/replay/keep.ts'
import { classes, type RingClass } from '../../daemon/replay/records.ts'
import { north, startMs } from './seen.ts'

const hour = 3600_000
const nowMs = startMs
const plenty = 100e9
const limits = { keepMs: 72 * hour, quotaBytes: { seen: 1000, pictures: 500 } }
const fileOf = (hoursAgo: number, bytes: number, of: RingClass = 'seen'): RingFile => ({
  ...{ streamId: north, of, begunMs: nowMs - hoursAgo * hour, bytes, path: `${of} ${hoursAgo}` },
})
const dropped = (files: RingFile[], freeBytes = plenty) =>
  planRing(files, nowMs, freeBytes, limits).drop.map(({ path }) => path)

t.test('what is too old goes, what is not stays', async (t) => {
  t.same(dropped([fileOf(74, 1), fileOf(72.5, 1), fileOf(1, 1)]), ['seen 74'])
})

t.test('each kind has a quota of its own, and the oldest go', async (t) => {
  t.same(dropped([fileOf(1, 600), fileOf(3, 300), fileOf(2, 300), fileOf(5, 400, 'pictures')]), ['seen 3'])
  t.same(dropped([fileOf(1, 400, 'pictures'), fileOf(2, 400, 'pictures')]), ['pictures 2'])
})

t.test('a full disk is given what the ring has; then it waits', async (t) => {
  const files = [fileOf(1, 400), fileOf(2, 400)]
  t.same(dropped(files, reserveBytes - 300), ['seen 2'])
  t.equal(planRing(files, nowMs, reserveBytes - 300, limits).mayWrite, true)
  t.same(planRing(files, nowMs, reserveBytes - 5000, limits), { drop: files.toReversed(), mayWrite: false })
})

t.test('files of a time to come stay for their age, and go first for their size', async (t) => {
  t.same(dropped([fileOf(-1000, 400), fileOf(3, 400)]), [])
  t.same(dropped([fileOf(-1000, 400), fileOf(3, 700)]), ['seen -1000'])
})

t.test('the quotas hold, and no newer file goes before an older one of its kind', async () => {
  const files = fc.uniqueArray(
    fc
      .tuple(fc.integer({ min: 0, max: 100 }), fc.nat(700), fc.constantFrom(...classes))
      .map(([age, bytes, of]) => fileOf(age, bytes, of)),
    { selector: ({ path }) => path, maxLength: 20 },
  )
  fc.assert(
    fc.property(files, (all) => {
      const { drop } = planRing(all, nowMs, plenty, limits)
      const left = all.filter((file) => !drop.includes(file))
      return classes.every((of) => {
        const own = left.filter((file) => file.of === of)
        const oldest = Math.min(...own.map(({ begunMs }) => begunMs))
        const isInOrder = drop.every((file) => file.of !== of || file.begunMs <= oldest)
        return own.reduce((sum, { bytes }) => sum + bytes, 0) <= limits.quotaBytes[of] && isInOrder
      })
    }),
  )
})
