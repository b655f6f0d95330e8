/**
 * Simulated looks: the same at every run, and as hard to tell apart as photos of horses are.
 */
import t from 'tap'
import { createHerd, direction, lightOf, unit } from '../../scripts/simulator/embedding.ts'
import {
  hardness,
  look,
  photos,
  plan as planRules,
  seeds,
  stallModel,
} from '../../scripts/simulator/parameters.ts'
import { measureHardness } from '../../scripts/simulator/photos.ts'
import { createRandom } from '../../scripts/simulator/random.ts'
import { makePlan } from '../../scripts/simulator/stall/plan.ts'
import { play } from '../../scripts/simulator/stall/stall.ts'

t.test('chance is the same for the same seed, and another for another', async (t) => {
  const some = (...seed: (string | number)[]) => {
    const random = createRandom(...seed)
    return Array.from({ length: 2000 }, () => random.normal())
  }
  t.same(some('a', 1), some('a', 1))
  t.notSame(some('a', 1), some('a', 2))
  const values = some('moments')
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
  t.ok(Math.abs(mean) < 0.1 && Math.abs(variance - 1) < 0.1, `${mean}, ${variance}`)
  t.same(createRandom(3).shuffled([1, 2, 3, 4]).sort(), [1, 2, 3, 4])
  t.throws(() => createRandom(3).pick([]), RangeError)
})

t.test('the simulator is as hard as the study of 189 horses', async (t) => {
  const measured = measureHardness(look, photos, 'test', 500)
  for (const [name, [least, most]] of Object.entries(hardness)) {
    const value = measured[name as keyof typeof hardness]
    t.ok(value >= least && value <= most, `${name} ${value}`)
  }
  t.ok(measured.top5 > measured.top1)
})

t.test(
  'a horse is nearest to itself, one of its coat comes next, infrared takes the coat away',
  async (t) => {
    const calm = { ...look, noise: 0.05, view: 0, light: 0, background: 0 }
    const herd = createHerd(calm, 'mixed', 40, 'coats')
    const alike = createHerd(calm, 'alike', 40, 'coats')
    const of = (one: typeof herd, horse: number, infrared: boolean, picture: string) => {
      const still = direction(createRandom(picture, horse), look.dim)
      const light = lightOf(look, 'day')
      return unit(one.appearance({ horse, angle: 0, light, infrared, background: still, noise: still }))
    }
    const dot = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
    const likeness = (one: typeof herd, infrared: boolean) => {
      const pairs = Array.from({ length: 39 }, (_, at) =>
        dot(of(one, at, infrared, 'a'), of(one, at + 1, infrared, 'b')),
      )
      return pairs.reduce((a, b) => a + b, 0) / pairs.length
    }
    const own = dot(of(herd, 0, false, 'a'), of(herd, 0, false, 'b'))
    t.ok(own > 0.98 && own > likeness(alike, false), `${own}`)
    t.ok(
      likeness(alike, false) > likeness(herd, false) + 0.02,
      'all bay are more alike than as life mixes them',
    )
    t.throws(() => of(herd, 40, false, 'a'), /no horse 40/)
  },
)

t.test('a stall is the same at every run', async (t) => {
  const seed = seeds.tuning[0] ?? ''
  const tell = (fps: number) => {
    const plan = makePlan(planRules, seed)
    const frames = [...play(plan, 'mixed', fps, stallModel('mixed'))].slice(0, 200)
    return frames.map((frame) => {
      const [first] = frame.found
      const look = first && frame.look(first)
      return JSON.stringify([frame.atMs, frame.truths, frame.found, look?.sharpness, look?.vector[0]])
    })
  }
  t.same(tell(5), tell(5))
  t.notSame(tell(5), tell(2))
})
