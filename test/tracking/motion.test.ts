import fc from 'fast-check'
import t from 'tap'
import { iou } from '../../daemon/lib/boxes.ts'
import { boxOf, correct, type Motion, predict, startMotion } from '../../daemon/tracking/motion.ts'
import type { Box } from '../../daemon/types.ts'

const boxAt = (x: number, width = 200, height = 150): Box => [x, 100, x + width, 100 + height]
const centre = (motion: Motion) => motion[0].x

/** A motion that has followed a box moving at `speed` px/s for two seconds. */
function followed(speed: number, fps = 5): { motion: Motion; x: number } {
  let motion = startMotion(boxAt(0))
  let x = 0
  for (let n = 0; n < 2 * fps; n++) {
    x += speed / fps
    motion = correct(predict(motion, 1 / fps), boxAt(x))
  }
  return { motion, x }
}

t.test('a box at rest stays where it is', async (t) => {
  const motion = predict(startMotion(boxAt(50)), 10)
  t.same(boxOf(motion).map(Math.round), boxAt(50))
})

t.test('a moving box is expected ahead of where it was seen last', async (t) => {
  for (const fps of [2, 5, 10]) {
    const { motion, x } = followed(60, fps)
    const expected = boxOf(predict(motion, 1 / fps))
    t.ok(iou(expected, boxAt(x + 60 / fps)) > iou(boxAt(x), boxAt(x + 60 / fps)), `${fps} a second`)
    t.ok(Math.abs(motion[0].v - 60) < 25, `speed ${motion[0].v} at ${fps} a second`)
  }
})

t.test('a hidden box comes to rest within two seconds and does not drift off', async (t) => {
  const { motion } = followed(60)
  t.ok(Math.abs(predict(motion, 2)[0].v) < 60 / 6)
  const [soon, late] = [predict(motion, 3), predict(motion, 3600)]
  t.ok(Math.abs(centre(late) - centre(soon)) < 5)
  t.ok(centre(late) - centre(motion) < 75, 'one velocity half-life of way at most, over ln 2')
  t.ok(late[0].pxx > soon[0].pxx, 'but less and less is known of it')
})

t.test('in one step or in many, a prediction is much the same', async (t) => {
  const { motion } = followed(80)
  let steps = motion
  for (let n = 0; n < 10; n++) steps = predict(steps, 0.1)
  const once = predict(motion, 1)
  t.ok(Math.abs(centre(steps) - centre(once)) < 1e-6)
  t.ok(Math.abs(steps[0].v - once[0].v) < 1e-6)
})

t.test('a motion is never broken, whatever boxes and gaps come', async (t) => {
  const box = fc
    .tuple(
      fc.integer({ min: -200, max: 1500 }),
      fc.integer({ min: 0, max: 900 }),
      fc.integer({ min: 0, max: 900 }),
    )
    .map(([x, w, h]) => boxAt(x, w, h))
  const gap = fc.double({ min: 0, max: 600, noNaN: true })
  fc.assert(
    fc.property(box, fc.array(fc.tuple(gap, box), { maxLength: 20 }), (first, steps) => {
      let motion = startMotion(first)
      for (const [seconds, next] of steps) motion = correct(predict(motion, seconds), next)
      const [x1, y1, x2, y2] = boxOf(motion)
      const sane = motion.every(
        ({ x, v, pxx, pvv }) => Number.isFinite(x) && Number.isFinite(v) && pxx > 0 && pvv > 0,
      )
      return sane && x2 > x1 && y2 > y1
    }),
  )
  t.pass('held')
})
