import fc from 'fast-check'
import t from 'tap'
import { FrameSlots } from '../../daemon/cameras/slots.ts'
import type { Frame, StreamId } from '../../daemon/types.ts'

const stream = 'cam' as StreamId
const WIDTH = 4
const HEIGHT = 2
const BYTES = 12

function createSlots(onFrame: (frame: Frame) => void = () => {}, count?: number): FrameSlots {
  let nowMs = 0
  const clock = { utcMs: () => 1_000_000 + nowMs, monoMs: () => ++nowMs }
  return new FrameSlots({ stream, clock, onFrame }, count)
}

/** Picture number n: every byte is n. */
const picture = (n: number, bytes = BYTES) => new Uint8Array(bytes).fill(n)

t.test('bytes cut anywhere become whole frames', async (t) => {
  const frames: Frame[] = []
  const slots = createSlots((frame) => frames.push(frame))
  slots.begin(WIDTH, HEIGHT)
  const all = Buffer.concat([picture(1), picture(2)])
  for (let at = 0; at < all.length; at += 5) slots.write(all.subarray(at, at + 5))
  t.match(frames, [
    { stream, seq: 1, width: WIDTH, height: HEIGHT, format: 'nv12' },
    { seq: 2, utcMs: Number, monoMs: Number },
  ])
  t.ok(frames[0]?.pixels.buffer instanceof SharedArrayBuffer)
  t.match({ decoded: slots.decoded, dropped: slots.dropped }, { decoded: 2, dropped: 1 })
  const newest = slots.take()
  t.equal(newest?.seq, 2)
  t.same(newest?.pixels, picture(2))
  t.equal(slots.take(), undefined, 'taken once')
})

t.test('before the size is known bytes are nothing', async (t) => {
  const slots = createSlots()
  slots.write(picture(1))
  t.equal(slots.decoded, 0)
})

t.test('a new run forgets the half picture of the one before', async (t) => {
  const slots = createSlots()
  slots.begin(WIDTH, HEIGHT)
  slots.write(picture(1).subarray(0, 7))
  slots.begin(WIDTH, HEIGHT)
  slots.write(picture(2))
  t.same(slots.take()?.pixels, picture(2))
})

t.test('a change of size leaves a taken picture as it is', async (t) => {
  const slots = createSlots()
  slots.begin(WIDTH, HEIGHT)
  slots.write(picture(1))
  const old = slots.take()
  slots.write(picture(2))
  slots.begin(2, 2)
  t.equal(slots.take(), undefined, 'a ready picture of the old size goes')
  for (let n = 3; n < 9; n += 1) slots.write(picture(n, 6))
  t.same(old?.pixels, picture(1))
  if (old) slots.release(old, 'analysed')
  for (let n = 9; n < 15; n += 1) slots.write(picture(n, 6))
  t.match(slots.take(), { width: 2, height: 2, seq: 14, pixels: picture(14, 6) })
})

t.test('with every slot taken pictures are skipped and counted', async (t) => {
  const slots = createSlots(() => {}, 2)
  slots.begin(WIDTH, HEIGHT)
  slots.write(picture(1))
  const first = slots.take()
  slots.write(picture(2))
  slots.take()
  slots.write(picture(3))
  t.equal(slots.take(), undefined)
  t.match({ decoded: slots.decoded, dropped: slots.dropped }, { decoded: 3, dropped: 1 })
  if (first) slots.release(first, 'analysed')
  if (first) slots.release(first, 'analysed')
  t.same(slots.used, { analysed: 1, quiet: 0, failed: 0 }, 'counted once')
  slots.write(picture(4))
  t.equal(slots.take()?.seq, 4)
  slots.write(picture(5))
  t.equal(slots.take(), undefined, 'a second release of the same frame frees nothing')
})

t.test(
  'whatever the order: a taken picture never changes, the newest wins, every picture is accounted for',
  async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), bytes: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({
        do: fc.constant('release' as const),
        which: fc.nat(3),
        use: fc.constantFrom('analysed' as const, 'quiet' as const, 'failed' as const),
      }),
      fc.record({ do: fc.constant('begin' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const slots = createSlots()
        slots.begin(WIDTH, HEIGHT)
        const out: Frame[] = []
        let written = 0
        let takes = 0
        let lastTaken = 0
        for (const one of steps) {
          if (one.do === 'write') {
            const bytes = Uint8Array.from(
              { length: one.bytes },
              (_, n) => 1 + Math.floor((written + n) / BYTES),
            )
            written += one.bytes
            slots.write(bytes)
          } else if (one.do === 'take') {
            const frame = slots.take()
            if (frame) {
              if (frame.seq <= lastTaken) return false
              if (out.length < 2 && frame.seq !== slots.decoded && written % BYTES === 0) return false
              lastTaken = frame.seq
              takes += 1
              out.push(frame)
            }
          } else if (one.do === 'release') {
            const frame = out.splice(one.which, 1)[0]
            if (frame) slots.release(frame, one.use)
          } else if (written % BYTES === 0) {
            slots.begin(WIDTH, HEIGHT)
          }
          // The n-th picture holds n in every byte: any later write into its slot would show.
          for (const frame of out) if (frame.pixels.some((byte) => byte !== frame.seq % 256)) return false
        }
        const waiting = slots.take() ? 1 : 0
        const { analysed, quiet, failed } = slots.used
        if (takes !== analysed + quiet + failed + out.length) return false
        return slots.decoded === takes + waiting + slots.dropped
      }),
      { numRuns: 500 },
    )
  },
)
