/**
 * Tracklets that are written down and taken up again, by another tracker on another clock.
 */
import fc from 'fast-check'
import t from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { restore } from '../../daemon/tracking/snapshot.ts'
import { createTracker, type Tracker } from '../../daemon/tracking/tracker.ts'
import type { Box, Detection, TrackletId } from '../../daemon/types.ts'

const newTracker = () => createTracker({ beginAbove: 0.3, lostSeconds: 2 }, () => mintId<TrackletId>())
const at = (x: number, width = 200, height = 150): Box => [x, 100, x + width, 100 + height]
const seen = (box: Box): Detection => ({ box, score: 0.8, kind: 'horse', label: 'horse' })
const ids = ({ live }: Tracker) => live.map(({ id }) => id)
/** Through the text that is stored. */
const stored = (tracker: Tracker): unknown => JSON.parse(JSON.stringify(tracker.state))

/** A tracker that has watched boxes for two seconds at 5 a second. */
function watching(...boxes: Box[]): Tracker {
  const tracker = newTracker()
  for (let ms = 1000; ms <= 3000; ms += 200) tracker.update(boxes.map(seen), ms)
  return tracker
}

t.test('what stands keeps its tracklet over a gap, on a clock that begins anew', async (t) => {
  for (const gapMs of [0, 100, 5000, 29_000]) {
    const before = watching(at(100), at(700))
    const after = newTracker()
    t.same(after.resume(stored(before), 50, gapMs), { refused: 0 })
    t.same(ids(after), ids(before))
    const { seen: found, ended } = after.update([seen(at(105)), seen(at(702))], 50)
    t.same(new Set(found.map(({ id }) => id)), new Set(ids(before)), `${gapMs} ms`)
    t.same(ended, [])
    t.match(found[0], { detections: 12 })
    t.ok((found[0]?.firstMs ?? 0) < -1900, 'it is as old as it was')
    t.ok((found[0]?.stillSinceMs ?? 0) < -1900)
  }
})

t.test('it goes on as if there had been no other tracker', async (t) => {
  const [one, other] = [watching(at(100)), newTracker()]
  // The same frame on both clocks: 200 ms after the last one.
  other.resume(stored(one), 7000, 200)
  const away = 7000 - 3200
  for (let ms = 3200; ms < 6000; ms += 200) {
    const box = at(100 + (ms - 3200) / 20)
    const plain = (tracker: Tracker, offset: number) =>
      tracker.update([seen(box)], ms + offset).seen.map(({ firstMs, lastMs, stillSinceMs, ...rest }) => ({
        ...rest,
        times: [firstMs, lastMs, stillSinceMs].map((time) => time - offset),
      }))
    t.same(plain(one, 0), plain(other, away))
  }
})

t.test('what has gone, or is another size now, ends', async (t) => {
  const before = watching(at(100))
  for (const box of [at(900), at(100, 420, 300)]) {
    const after = newTracker()
    after.resume(stored(before), 0, 5000)
    const { seen: found } = after.update([seen(box)], 0)
    t.equal(found.length, 1)
    t.not(found[0]?.id, ids(before)[0])
    after.update([], 1500)
    t.notOk(ids(after).includes(ids(before)[0] as TrackletId), 'nobody waits for it')
  }
})

t.test('a tracker that was resumed can be written down again', async (t) => {
  const before = watching(at(100))
  const after = newTracker()
  after.resume(stored(before), 0, 1000)
  const third = newTracker()
  t.same(third.resume(stored(after), 90, 1000), { refused: 0 })
  t.same(ids(third), ids(before))
})

t.test(
  'regression 8: a saved state with an empty box is left out and counted, the others go on',
  async (t) => {
    const before = watching(at(100), at(700))
    const state = stored(before) as { tracks: { box: number[] }[] }
    for (const box of [[], [5, 5, 5, 5], [300, 0, 100, 50], [0, 0, null, 9], [0, 0, 1e300, 9]]) {
      const [first, ...others] = state.tracks
      const after = newTracker()
      t.same(after.resume({ ...state, tracks: [{ ...first, box }, ...others] }, 0, 100), { refused: 1 })
      t.same(ids(after), [ids(before)[1]])
    }
    const twice = { ...state, tracks: [...state.tracks, ...state.tracks] }
    t.same(newTracker().resume(twice, 0, 100), { refused: 2 }, 'an id is one animal')
  },
)

t.test('whatever was stored, a tracker goes on', async (t) => {
  const { tracks, intervals } = stored(watching(at(100))) as { tracks: object[]; intervals: number[] }
  const [track = {}] = tracks
  // A true track with one of its fields spoilt, or anything at all.
  const spoilt = fc
    .tuple(fc.constantFrom(...Object.keys(track)), fc.jsonValue())
    .map(([field, value]) => ({ ...track, [field]: value }))
  const states = fc.oneof(
    fc.jsonValue(),
    fc.record({ intervals: fc.jsonValue(), tracks: fc.array(fc.oneof(spoilt, fc.jsonValue())) }),
    fc.record({ intervals: fc.constant(intervals), tracks: fc.array(spoilt) }),
  )
  fc.assert(
    fc.property(states, (state) => {
      const tracker = newTracker()
      tracker.resume(state, 0, 100)
      for (const ms of [0, 200, 400]) {
        for (const { box } of tracker.update([seen(at(100))], ms).seen)
          if (!box.every(Number.isFinite)) return false
      }
      return tracker.live.length >= 1
    }),
  )
  t.same(restore(undefined, 0), { intervals: [], tracks: [], refused: 0 })
})
