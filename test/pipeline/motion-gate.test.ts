/**
 * When a camera's frames are looked at, and what time it is in its scene.
 */
import fc from 'fast-check'
import t from 'tap'
import { createMotionGate, type MotionGate } from '../../daemon/pipeline/motion-gate.ts'
import type { Frame } from '../../daemon/types.ts'
import { frameAt, startMs } from './yard.ts'

const [width, height] = [160, 96]

/** A picture of squares; another seed shows others. */
function squares(seed: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 1.5)
  return pixels.map((_, at) => {
    const [column, row] = [(at % width) >> 4, Math.floor(at / width / 16)]
    return 60 + ((column * 7 + row * 13 + seed * (column + 3)) % 5) * 25
  })
}
const pictures = [squares(1), squares(2)]

/** A camera of so many ms a frame before a gate: answers for each picture whether it was looked at. */
function camera(gate: MotionGate, intervalMs = 200) {
  let [seq, nowMs] = [0, 5000]
  return {
    get nowMs() {
      return nowMs
    },
    pass(ms: number): void {
      nowMs += ms
    },
    frame(picture: number, isSeen = true): boolean {
      nowMs += intervalMs
      const pixels = pictures[picture] ?? pictures[0] ?? new Uint8Array()
      const frame: Frame = { ...frameAt(++seq, startMs + nowMs, nowMs, width, height), pixels }
      const isDue = gate.isDue(frame)
      if (isDue && isSeen) gate.looked()
      return isDue
    },
    frames(count: number, picture: number): boolean[] {
      return Array.from({ length: count }, () => this.frame(picture))
    },
  }
}

const gate = (quietSeconds = 3) => createMotionGate({ quietSeconds })
const every = (nth: number, count: number) => Array.from({ length: count }, (_, n) => (n + 1) % nth === 0)

t.test('a quiet picture: every frame for five seconds, then one in three seconds', async (t) => {
  const yard = camera(gate())
  t.ok(yard.frames(26, 0).every(Boolean), 'the first and five seconds more')
  t.same(yard.frames(45, 0), every(15, 45))
})

t.test('movement opens it at once, and again for five seconds', async (t) => {
  const yard = camera(gate())
  yard.frames(33, 0)
  t.same(yard.frame(0), false)
  t.ok(yard.frames(26, 1).every(Boolean))
  t.same(yard.frames(30, 1), every(15, 30), 'what has come to stay is quiet in turn')
  t.ok(yard.frame(0))
})

t.test('with 0 every frame is looked at, and the clock is the camera’s', async (t) => {
  const open = gate(0)
  const yard = camera(open)
  t.ok(yard.frames(100, 0).every(Boolean))
  t.equal(open.sceneMs, yard.nowMs)
})

t.test('a look that failed is due again, movement included', async (t) => {
  const yard = camera(gate())
  yard.frames(33, 0)
  t.same([yard.frame(1, false), yard.frame(1, false)], [true, true])
  yard.pass(6000)
  t.ok(yard.frame(1, false), 'the picture from before is still what counts')
  t.ok(yard.frames(26, 1).every(Boolean))
  t.same(yard.frames(30, 1), every(15, 30), 'seen at last')
})

t.test('after a gap without frames anything may have happened', async (t) => {
  const one = gate()
  const yard = camera(one)
  yard.frames(50, 0)
  const beforeMs = one.sceneMs
  yard.pass(60_000)
  t.ok(yard.frames(26, 0).every(Boolean))
  t.equal(one.sceneMs - beforeMs, 60_000 + 26 * 200, 'and time did pass')
})

t.test('a slow camera is never blind for longer than its interval', async (t) => {
  for (const intervalMs of [3100, 5000]) t.ok(camera(gate(), intervalMs).frames(50, 0).every(Boolean))
})

t.test('another size of picture is another picture', async (t) => {
  const one = gate()
  const yard = camera(one)
  yard.frames(40, 0)
  const size = { width: 96, height: 160 }
  t.ok(one.isDue({ ...frameAt(99, startMs, yard.nowMs + 200), ...size, pixels: squares(1) }))
})

t.test('time stands still in a quiet scene: between two looks it is one interval', async (t) => {
  const one = gate()
  const yard = camera(one)
  yard.frames(26, 0)
  const beforeMs = one.sceneMs
  yard.frames(150, 0)
  t.equal(one.sceneMs - beforeMs, 10 * 200, 'half a minute: ten looks')
  yard.frame(1)
  t.equal(one.sceneMs - beforeMs, 11 * 200)
})

t.test(
  'whatever is shown: never blind, awake after movement, and a clock that only goes forward',
  async () => {
    const step = fc.record({
      picture: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
      times: fc.integer({ min: 1, max: 40 }),
      intervalMs: fc.integer({ min: 30, max: 2500 }),
      isSeen: fc.constantFrom(true, true, true, false),
    })
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (steps, quietSeconds) => {
          const one = gate(quietSeconds)
          let [seq, nowMs, sceneMs, passedMs] = [0, 1000, Number.NEGATIVE_INFINITY, 0]
          let [lookedMs, movedMs, shown] = [Number.NEGATIVE_INFINITY, 1000, -1]
          for (const { picture, times, intervalMs, isSeen } of steps) {
            for (let n = 0; n < times; n++) {
              nowMs += intervalMs
              const pixels = pictures[picture] ?? new Uint8Array()
              const isDue = one.isDue({ ...frameAt(++seq, startMs, nowMs, width, height), pixels })
              if (picture !== shown) movedMs = nowMs
              if (!isDue) {
                if (nowMs - lookedMs >= quietSeconds * 1000 || nowMs - movedMs <= 5000) return false
                continue
              }
              passedMs += seq === 1 ? 0 : intervalMs
              if (one.sceneMs <= sceneMs || one.sceneMs > nowMs) return false
              sceneMs = one.sceneMs
              if (!isSeen) continue
              one.looked()
              ;[lookedMs, shown] = [nowMs, picture]
            }
          }
          const firstMs = 1000 + (steps[0]?.intervalMs ?? 0)
          return Math.abs(sceneMs - firstMs - passedMs) < 1e-6
        },
      ),
      { numRuns: 100 },
    )
  },
)
