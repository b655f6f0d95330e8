import t from 'tap'
import { createTracker, type Tracker, type Tracklet } from '../../daemon/tracking/tracker.ts'
import type { Box, Detection, Kind, TrackletId } from '../../daemon/types.ts'

function newTracker(): Tracker {
  let minted = 0
  return createTracker({ beginAbove: 0.3, lostSeconds: 2 }, () => `t${++minted}` as TrackletId)
}

const at = (x: number, width = 200, height = 150, y = 100): Box => [x, y, x + width, y + height]

function seen(box: Box, score = 0.8, kind: Kind = 'horse'): Detection {
  return { box, score, kind, label: kind }
}

const ids = (tracklets: readonly Tracklet[]) => tracklets.map(({ id }) => id as string)

t.test('one animal is one tracklet, with what was seen of it', async (t) => {
  const tracker = newTracker()
  t.match(tracker.update([seen(at(0))], 1000).seen, [
    { id: 't1', detections: 1, firstMs: 1000, unsure: false },
  ])
  const { seen: second, ended } = tracker.update([seen(at(5), 0.6)], 1200)
  t.match(second, [
    { id: 't1', detections: 2, firstMs: 1000, lastMs: 1200, score: 0.6, box: at(5), unsure: false },
  ])
  t.same(ended, [])
  t.same(ids(tracker.live), ['t1'])
})

t.test('two animals keep their ids at any rate, with jitter, gaps and uneven times', async (t) => {
  let seed = 3
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed / 2147483648 - 0.5
  }
  for (const fps of [1, 2, 5, 10]) {
    const tracker = newTracker()
    const given = new Map<number, Set<string>>()
    for (let n = 0; n < 20 * fps; n++) {
      const ms = ((n + random() * 0.6) * 1000) / fps + 5000
      // One walks to the right at 30 px/s, the other stands; each is missed now and then.
      const animals = [at(30 * (ms / 1000) + random() * 16), at(900 + random() * 16, 180)]
      const detections = animals.map((box) => seen(box))
      if (fps > 1 && n % 7 === 3) detections.splice(n % 2, 1)
      for (const { id, box } of tracker.update(detections, ms).seen) {
        const which = box[2] - box[0] > 190 ? 0 : 1
        given.set(which, (given.get(which) ?? new Set()).add(id))
      }
    }
    t.same([given.get(0)?.size, given.get(1)?.size], [1, 1], `${fps} pictures a second`)
  }
})

t.test('a frame out of order, or twice the same time, is passed over', async (t) => {
  const tracker = newTracker()
  tracker.update([seen(at(0))], 1000)
  for (const late of [1000, 900]) {
    t.same(tracker.update([seen(at(700))], late), { seen: [], ended: [] }, String(late))
  }
  t.match(tracker.update([seen(at(0))], 1200).seen, [{ id: 't1', detections: 2 }])
})

t.test('a weak box continues a tracklet and never begins one', async (t) => {
  const tracker = newTracker()
  t.same(tracker.update([seen(at(0), 0.29)], 1000).seen, [])
  tracker.update([seen(at(0), 0.31)], 1200)
  t.match(tracker.update([seen(at(2), 0.1)], 1400).seen, [{ id: 't1', score: 0.1 }])
  const strongFirst = tracker.update([seen(at(12), 0.1), seen(at(20), 0.9)], 1600)
  t.match(
    strongFirst.seen,
    [{ id: 't1', score: 0.9 }],
    'what is left over by the strong ones is for the weak',
  )
})

t.test('an animal that is not seen stays hidden: it does not take its neighbour’s box', async (t) => {
  const tracker = newTracker()
  // The neighbour is nearer to the first one's place than a wide buffer reaches, but is its own tracklet.
  tracker.update([seen(at(0)), seen(at(150))], 1000)
  t.same(ids(tracker.update([seen(at(150))], 1200).seen), ['t2'])
  t.same(ids(tracker.live).sort(), ['t1', 't2'])
  t.same(ids(tracker.update([seen(at(0)), seen(at(150))], 1400).seen), ['t1', 't2'])
})

t.test('a stranger far off begins a tracklet of its own', async (t) => {
  const tracker = newTracker()
  tracker.update([seen(at(0))], 1000)
  t.same(ids(tracker.update([seen(at(700))], 1200).seen), ['t2'])
})

t.test('a hidden animal comes back to its tracklet within its time, and not after', async (t) => {
  const tracker = newTracker()
  for (let ms = 0; ms <= 1000; ms += 200) tracker.update([seen(at(0))], ms)
  tracker.update([], 1500)
  t.match(
    tracker.update([seen(at(4))], 2900).seen,
    [{ id: 't1', unsure: true }],
    'it must be looked at again',
  )
  t.match(tracker.update([seen(at(4))], 3100).seen, [{ id: 't1', unsure: false }])
  t.same(ids(tracker.update([], 5000).ended), [])
  t.same(ids(tracker.update([], 5200).ended), ['t1'])
  t.same(tracker.live, [])
  t.same(ids(tracker.update([seen(at(4))], 5400).seen), ['t2'])
})

t.test('a slow camera’s animals are not hidden between its frames', async (t) => {
  for (const seconds of [1, 2, 5]) {
    const tracker = newTracker()
    const shown = Array.from(
      { length: 10 },
      (_, n) => tracker.update([seen(at(n))], n * seconds * 1000).seen[0],
    )
    // The pace is known from the second interval on.
    const later = shown.slice(2)
    t.equal(new Set(later.map((one) => one?.id)).size, 1, `a picture every ${seconds} s`)
    t.notOk(later.slice(1).some((one) => one?.unsure ?? true))
  }
})

t.test('an outage of all frames ends every tracklet, also of those who are still there', async (t) => {
  const tracker = newTracker()
  for (let ms = 0; ms <= 1000; ms += 200) tracker.update([seen(at(0))], ms)
  const { seen: after, ended } = tracker.update([seen(at(0))], 31_000)
  t.same([ids(after), ids(ended)], [['t2'], ['t1']])
  t.match(
    tracker.update([seen(at(0))], 31_200).seen,
    [{ id: 't2', unsure: false }],
    'and the pace is what it was',
  )
})

t.test('one found well off its place must be looked at again', async (t) => {
  const tracker = newTracker()
  for (let ms = 0; ms <= 1000; ms += 200) tracker.update([seen(at(0))], ms)
  t.match(tracker.update([seen(at(90))], 1200).seen, [{ id: 't1', unsure: true }])
})

t.test('a horse never goes over into a person', async (t) => {
  const tracker = newTracker()
  tracker.update([seen(at(0))], 1000)
  const { seen: next } = tracker.update([seen(at(0), 0.9, 'person')], 1200)
  t.match(next, [{ id: 't2', kind: 'person' }])
  const both = tracker.update([seen(at(0)), seen(at(0), 0.9, 'person')], 1400)
  t.same(ids(both.seen).sort(), ['t1', 't2'], 'a rider on a horse does not end it')
})

t.test('two boxes in one place end both tracklets; apart again they are new ones', async (t) => {
  const tracker = newTracker()
  tracker.update([seen(at(0)), seen(at(300))], 1000)
  const merged = tracker.update([seen(at(140)), seen(at(160))], 1200)
  t.same(merged.seen, [], 'nobody can say which is which')
  for (const id of ['t1', 't2']) t.ok(ids(merged.ended).includes(id), id)
  t.same(tracker.live, [])
  const apart = tracker.update([seen(at(0)), seen(at(300))], 1400)
  t.equal(apart.seen.length, 2)
  t.notOk(ids(apart.seen).some((id) => id === 't1' || id === 't2'))
})

t.test('one that vanishes within another box ends', async (t) => {
  const tracker = newTracker()
  const big = at(0, 400, 300, 0)
  const small = at(100, 120, 100)
  tracker.update([seen(big), seen(small)], 1000)
  const { seen: left, ended } = tracker.update([seen(big)], 1200)
  t.same(ids(left), ['t1'])
  t.same(ids(ended), ['t2'], 'it may come out on any side')
})

const neighbour = at(430, 200, 150)

/** A tracker that has known two animals for three frames: t1 on the left, t2 is the neighbour. */
function besideAnother() {
  const tracker = newTracker()
  for (const ms of [1000, 1200, 1400]) tracker.update([seen(at(0, 200, 150)), seen(neighbour)], ms)
  return tracker
}

t.test('a box that changes its size at once beside another animal is not one animal', async (t) => {
  const tracker = besideAnother()
  const { seen: joined, ended } = tracker.update([seen(at(0, 400, 150)), seen(neighbour)], 1600)
  t.same([ids(joined).sort(), ids(ended)], [['t2', 't3'], ['t1']])
  const alone = newTracker()
  alone.update([seen(at(0, 200, 150))], 1000)
  t.same(ids(alone.update([seen(at(0, 400, 150))], 1200).seen), ['t1'], 'alone it has turned round')
  const walking = newTracker()
  let size = 100
  walking.update([seen(at(0, size, size))], 0)
  for (let n = 1; n <= 10; n++) {
    size *= 1.15
    t.same(ids(walking.update([seen(at(0, size, size))], n * 200).seen), ['t1'], 'one that comes nearer is')
  }
})

t.test('a jump in size with a weak box begins nothing', async (t) => {
  const tracker = besideAnother()
  const { seen: left, ended } = tracker.update([seen(at(0, 400, 150), 0.1), seen(neighbour)], 1600)
  t.same([ids(left), ids(ended)], [['t2'], ['t1']])
})

t.test('renewed, the same box goes on under a new id', async (t) => {
  const tracker = newTracker()
  tracker.update([seen(at(0)), seen(at(500))], 1000)
  tracker.update([seen(at(0)), seen(at(500))], 1200)
  t.match(tracker.renew('t1' as TrackletId), { id: 't3', detections: 1, firstMs: 1200, unsure: false })
  t.equal(tracker.renew('t1' as TrackletId), undefined)
  t.same(ids(tracker.update([seen(at(0)), seen(at(500))], 1400).seen), ['t3', 't2'])
})

t.test('ids are never given twice, whatever happens', async (t) => {
  const tracker = newTracker()
  const begun = new Set<string>()
  let seed = 11
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed / 2147483648
  }
  for (let n = 0; n < 500; n++) {
    const detections = Array.from({ length: Math.floor(random() * 5) }, () =>
      seen(at(random() * 1000, 50 + random() * 300, 50 + random() * 300), random()),
    )
    const before = new Set(ids(tracker.live))
    const update = tracker.update(detections, n * 150)
    const now = ids(tracker.live)
    if (new Set(now).size !== now.length) t.fail('an id is there twice')
    for (const id of now) {
      if (before.has(id)) continue
      if (begun.has(id)) t.fail(`${id} was there before`)
      begun.add(id)
    }
    if (update.ended.some(({ id }) => now.includes(id))) t.fail('an ended tracklet is live')
  }
  t.ok(begun.size > 100)
})
