/** What was seen in a clip: packed small, read back as it was, and named as it is now. */
import fc from 'fast-check'
import t from 'tap'
import { createPieceTimes } from '../../daemon/cameras/piece-times.ts'
import type { ClipFrames, ClipSighting } from '../../daemon/clip-types.ts'
import { createFrameMemory, packFrames, unpackFrames } from '../../daemon/clips/frames.ts'
import { nameOf, parseName } from '../../daemon/clips/names.ts'
import { attribute, trackletsOf } from '../../daemon/clips/whose.ts'
import type { Analysed, SeenBox, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'
import { horse, horseId } from '../http/fake-box.ts'
import { cam } from './harness.ts'

const tracklet = (n: number) => `01990000-0000-7000-8000-${String(n).padStart(12, '0')}` as TrackletId
const seen = (n: number, x = 10): SeenBox => ({
  box: [x + 0.4, 20.6, x + 100, 220],
  ...{ score: 0.8765, kind: 'horse', trackletId: tracklet(n), horseId: horseId(n), certainty: null },
})
const frame = (utcMs: number, boxes: SeenBox[], more: Partial<Analysed> = {}): Analysed => ({
  ...{ streamId: cam, seq: 1, utcMs, width: 640, height: 360, boxes },
  ...more,
})

t.test('frames are those of the clip, and are given once', (t) => {
  const memory = createFrameMemory()
  for (let n = 0; n < 50; n++) memory.note(frame(1000 + n * 200, [seen(1, n)]))
  memory.note(frame(3000, [], { streamId: 'other' as StreamId }))
  const taken = memory.take(cam, 2000, 4000)
  t.equal(taken?.frames.length, 10)
  t.match(taken?.frames[0], { offsetMs: 0, boxes: [{ box: [5, 21, 105, 220], score: 0.8765 }] })
  t.equal(taken?.frames.at(-1)?.offsetMs, 1800)
  t.equal(memory.take(cam, 0, 4000), null, 'what is older is forgotten')
  t.equal(memory.take(cam, 4000, 5000)?.frames.length, 5)
  memory.note(frame(20_000, [seen(1)], { width: 320 }))
  memory.note(frame(20_100, [seen(1)]))
  t.equal(memory.take(cam, 15_000, 30_000)?.frames.length, 1, 'of one size')
  t.equal(memory.take('nobody' as StreamId, 0, 1e9), null)
  for (let n = 0; n < 20_000; n++) memory.note(frame(n * 10, [seen(1)]))
  t.ok((memory.take(cam, 0, 1e9)?.frames.length ?? 0) <= 4000, 'bounded')
  t.end()
})

t.test('packed it is small, and comes back', (t) => {
  const frames: ClipFrames['frames'] = Array.from({ length: 50 }, (_, n) => ({
    offsetMs: n * 200,
    boxes: [1, 2, 3].map((m) => ({
      box: [n + m * 100, n, n + m * 100 + 80, 300 - n] as const,
      ...{ kind: 'horse' as const, score: 0.5 + n / 1000, trackletId: tracklet(m) },
    })),
  }))
  const packed = packFrames({ width: 1280, height: 720, frames })
  t.ok(packed.length < 3000, `${packed.length} bytes`)
  t.same(unpackFrames(packed), { width: 1280, height: 720, frames })
  for (const bad of [new Uint8Array(), Uint8Array.of(1, 2, 3), packed.subarray(0, 50)])
    t.equal(unpackFrames(bad), undefined)
  t.end()
})

t.test('whatever was seen comes back', (t) => {
  const box = fc.record({
    box: fc.tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer()),
    kind: fc.constantFrom('horse' as const, 'person' as const),
    score: fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000),
    trackletId: fc.option(fc.uuid().map((id) => id as TrackletId)),
  })
  const frames = fc.array(fc.record({ offsetMs: fc.nat(60_000), boxes: fc.array(box, { maxLength: 5 }) }))
  fc.assert(
    fc.property(frames, (frames) => {
      const all = { width: 640, height: 360, frames }
      t.same(unpackFrames(packFrames(all)), all)
    }),
    { numRuns: 50 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void unpackFrames(bytes)),
    { numRuns: 200 },
  )
  t.end()
})

t.test('a name tells camera and times, and no other text does', (t) => {
  const times = fc.record({
    fromMs: fc.integer({ min: 0, max: 4e12 }),
    length: fc.integer({ min: 1, max: 9e6 }),
  })
  fc.assert(
    fc.property(times, ({ fromMs, length }) => {
      const clip = { streamId: 'north_aisle-2' as StreamId, fromMs, toMs: fromMs + length }
      t.same(parseName(nameOf(clip)), clip)
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => parseName(text) === undefined))
  t.equal(
    nameOf({
      streamId: cam,
      fromMs: Date.UTC(2026, 10, 28, 10, 34, 5, 120),
      toMs: Date.UTC(2026, 10, 28, 10, 34, 15, 160),
    }),
    'cam/2026-11-28/10-34-05.120Z_10040.mp4',
  )
  t.end()
})

t.test('a box is whose its tracklet’s sighting of then is', (t) => {
  const sighting = (n: number, tracklet: TrackletId, of: number | null, fromMs: number): ClipSighting => ({
    ...{ id: `s${n}` as SightingId, trackletId: tracklet, fromMs, toMs: fromMs + 500 },
    horseId: of === null ? null : horseId(of),
  })
  const sightings = [
    sighting(1, tracklet(1), 1, 900),
    sighting(2, tracklet(1), 2, 2000),
    sighting(3, tracklet(2), null, 1000),
    sighting(4, tracklet(3), 9, 1000),
  ]
  const boxes = [1, 2, 3, 4].map((n) => ({
    ...{ box: [0, 0, 1, 1] as const, kind: 'horse' as const, score: 1, trackletId: tracklet(n) },
  }))
  const person = { ...(boxes[0] as (typeof boxes)[0]), kind: 'person' as const, trackletId: tracklet(7) }
  const frames = {
    width: 1,
    height: 1,
    frames: [0, 1500].map((offsetMs) => ({ offsetMs, boxes: [...boxes, person] })),
  }
  t.same(trackletsOf(frames), [1, 2, 3, 4].map(tracklet), 'of horses, each once')
  const horses = new Map([1, 2].map((n) => [horseId(n), horse(n)]))
  const named = attribute({ fromMs: 1000 }, frames, { sightings, horses })
  const numbers = named.frames.map((one) => one.boxes.map(({ horse }) => horse?.number ?? null))
  t.same(numbers, [
    [1, null, null, null, null],
    [2, null, null, null, null],
  ])
  t.same(
    named.frames[0]?.boxes.map(({ sightingId }) => sightingId),
    ['s1', 's3', 's4', null, null],
  )
  t.end()
})

t.test('pieces follow each other, and stay with the clock of the box', (t) => {
  const times = createPieceTimes()
  t.equal(times.nextMs, undefined)
  times.began(100_400)
  t.same(times.ended(10_000, 110_050), { fromMs: 100_050, toMs: 110_050 }, 'it began before ffmpeg said so')
  t.same(times.ended(10_000, 120_090), { fromMs: 110_050, toMs: 120_090 }, 'a camera whose clock is slow')
  t.same(times.ended(10_000, 135_000), { fromMs: 120_090, toMs: 130_590 }, 'heard of late')
  t.same(times.ended(10_000, 140_200), { fromMs: 130_590, toMs: 140_200 })
  t.same(times.ended(10_000, 3_750_000), { fromMs: 3_740_000, toMs: 3_750_000 }, 'the clock was set')
  t.same(times.ended(10_000, 160_000), { fromMs: 150_000, toMs: 160_000 }, 'and set back')
  t.equal(times.count, 6)
  t.equal(times.nextMs, 160_000)
  const short = createPieceTimes()
  short.began(5_000)
  t.same(short.ended(3_000, 13_000), { fromMs: 5_000, toMs: 8_500 }, 'the only one, whose end was heard late')
  t.end()
})
