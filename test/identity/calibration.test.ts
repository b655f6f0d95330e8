/**
 * From cosines to probabilities, against answers that are known.
 */
import fc from 'fast-check'
import t from 'tap'
import {
  type Calibration,
  calibrate,
  calibrationError,
  fewestPairs,
  isotonic,
  isotonicFrom,
  type Labelled,
  logistic,
  poolAdjacent,
} from '../../daemon/identity/calibration.ts'
import { near } from './vectors.ts'

const times = (count: number, score: number) => Array.from({ length: count }, () => score)

/** Numbers like chance's, the same each time: Park and Miller's generator, 1988. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Cosines of so many pairs of which one with cosine c is of one animal with a probability of 1/(1+exp(-slope(c - even))). */
function drawn(count: number, slope: number, even: number, seed = 7): Labelled {
  const next = dice(seed)
  const [same, different]: [number[], number[]] = [[], []]
  while (Math.min(same.length, different.length) < count) {
    const cosine = 2 * next() - 1
    const isSame = next() < 1 / (1 + Math.exp(-slope * (cosine - even)))
    ;(isSame ? same : different).push(cosine)
  }
  return { same: same.slice(0, count), different: different.slice(0, count) }
}

t.test(
  'where there are but two scores the logistic curve goes through the means of Platt’s targets',
  async (t) => {
    for (const [at0, at1] of [
      [
        [30, 70],
        [80, 20],
      ],
      [
        [1, 39],
        [40, 0],
      ],
    ] as const) {
      const same = [...times(at0[0], 0), ...times(at1[0], 0.8)]
      const different = [...times(at0[1], 0), ...times(at1[1], 0.8)]
      const curve = logistic({ same, different })
      const [sure, never] = [(same.length + 1) / (same.length + 2), 1 / (different.length + 2)]
      const mean = ([ones, others]: readonly [number, number]) =>
        (ones * sure + others * never) / (ones + others)
      t.ok(near(curve?.(0), mean(at0), 1e-6), `${curve?.(0)}`)
      t.ok(near(curve?.(0.8), mean(at1), 1e-6), `${curve?.(0.8)}`)
    }
  },
)

t.test('a logistic curve that pairs were drawn by is found again', async (t) => {
  const curve = logistic(drawn(4000, 9, 0.4, 3))
  // Drawn with both sides alike, `even` moves to where both are as many: the slope stays.
  const odds = (cosine: number) => Math.log((curve?.(cosine) ?? 0) / (1 - (curve?.(cosine) ?? 0)))
  t.ok(near((odds(0.6) - odds(0.2)) / 0.4, 9, 0.5), `${(odds(0.6) - odds(0.2)) / 0.4}`)
})

t.test('pairs that lie apart, or all at one place, make no curve of infinite steepness', async (t) => {
  const apart = logistic({ same: times(20, 0.9), different: times(20, 0.1) })
  t.ok(near(apart?.(0.9), 21 / 22, 1e-6) && near(apart?.(0.1), 1 / 22, 1e-6))
  t.equal(logistic({ same: times(20, 0.5), different: times(20, 0.5) }), null)
  t.equal(logistic({ same: times(20, 0.1), different: times(20, 0.9) }), null, 'nor one that falls')
})

t.test('pool adjacent violators', async (t) => {
  const points = (targets: readonly number[]) => targets.map((target, score) => ({ score, target }))
  const steps = (targets: readonly number[]) =>
    poolAdjacent(points(targets)).map(({ from, to, target }) => [from, to, target])
  t.same(steps([1, 2, 3]), [
    [0, 0, 1],
    [1, 1, 2],
    [2, 2, 3],
  ])
  t.same(steps([3, 2, 1]), [[0, 2, 2]])
  t.same(steps([1, 3, 2, 4, 3, 5]), [
    [0, 0, 1],
    [1, 2, 2.5],
    [3, 4, 3.5],
    [5, 5, 5],
  ])
  t.same(steps([4, 5, 1, 6, 8, 7]), [
    [0, 2, 10 / 3],
    [3, 3, 6],
    [4, 5, 7.5],
  ])
  t.same(steps([2, 2]), [[0, 1, 2]], 'what does not rise is one step')
  const tied = [0, 1, 1].map((score, at) => ({ score, target: [0.5, 0, 1][at] as number }))
  t.match(poolAdjacent(tied), [{ target: 0.5 }], 'one score is one point')
  t.same(poolAdjacent([]), [])
})

t.test('the steps are the best that rise: no other ones are nearer', async (t) => {
  const target = fc.integer({ min: 0, max: 6 })
  fc.assert(
    fc.property(fc.array(target, { minLength: 1, maxLength: 4 }), (targets) => {
      const fitted: number[] = []
      for (const step of poolAdjacent(targets.map((target, score) => ({ score, target })))) {
        for (let score = step.from; score <= step.to; score++) fitted.push(step.target)
      }
      t.equal(fitted.length, targets.length)
      const loss = (fit: readonly number[]) =>
        fit.reduce((sum, one, at) => sum + (one - (targets[at] ?? 0)) ** 2, 0)
      // Every rising fit in halves.
      let best = Number.POSITIVE_INFINITY
      const search = (fit: readonly number[]) => {
        if (fit.length === targets.length) best = Math.min(best, loss(fit))
        else for (let next = fit.at(-1) ?? 0; next <= 6; next += 0.5) search([...fit, next])
      }
      search([])
      return loss(fitted) <= best + 1e-9
    }),
    { numRuns: 100 },
  )
})

t.test('between the steps it rises strictly', async (t) => {
  // Cosines of 32 bits lie no nearer to each other than this.
  const score = fc.integer({ min: -1e6, max: 1e6 }).map((millionths) => millionths / 1e6)
  const side = fc.array(score, { minLength: 1, maxLength: 60 })
  const two = fc.tuple(score, score)
  fc.assert(
    fc.property(side, side, two, (same, different, [one, other]) => {
      const curve = isotonic({ same, different })
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      const [less, more] = [curve(low), curve(high)]
      if (less < 0 || more > 1) return false
      return high - low > 1e-6 ? less < more : less <= more + 1e-6
    }),
    {
      numRuns: 300,
      // Equal means that were summed in another order.
      examples: [[[2e-6], [0, 0, 1e-6, 1e-6, 0, -2e-6, 2e-6, 0, -1e-6], [0, -2e-6]]],
    },
  )
  const curve = isotonic({ same: times(3, 0.5), different: times(3, 0) })
  t.ok(near(curve(0.5), 4 / 5) && near(curve(0), 1 / 5) && near(curve(0.25), 1 / 2))
  const wide = isotonic({ same: [0.1, 0.2, 0.5], different: [0.3, 0.4] })
  t.ok(near(wide(0.15), wide(0.35), 2e-3) && wide(0.15) < wide(0.35), 'a step is nearly level')
  t.ok(near(wide(0.1), (2 * (4 / 5) + 2 * (1 / 4)) / 4, 1e-3), `${wide(0.1)}`)
  t.same([curve(-1), curve(-2), curve(1), curve(3)], [0, 0, 1, 1])
})

t.test('the error is how far what was said is from what was so', async (t) => {
  const told = (probability: number, same: number, different: number) => [
    ...times(same, 0).map(() => ({ probability, isSame: true })),
    ...times(different, 0).map(() => ({ probability, isSame: false })),
  ]
  t.ok(near(calibrationError(told(0.75, 3, 1)), 0))
  t.ok(near(calibrationError(told(0.95, 1, 1)), 0.45))
  t.ok(near(calibrationError([...told(0.95, 10, 0), ...told(0.25, 0, 30)]), (0.05 * 10 + 0.25 * 30) / 40))
  t.equal(calibrationError(told(1, 5, 0)), 0)
})

t.test('few pairs make no curve, some a logistic one, many an isotonic one', async (t) => {
  const of = (count: number, more = count): Calibration => {
    const { same, different } = drawn(Math.max(count, more), 8, 0)
    return calibrate({ same: same.slice(0, count), different: different.slice(0, more) })
  }
  const few = { method: 'none', same: fewestPairs - 1, different: 900, ece: null, probability: null }
  t.same(of(fewestPairs - 1, 900), few)
  t.match(of(fewestPairs), { method: 'logistic', same: fewestPairs, different: fewestPairs })
  t.match(of(isotonicFrom - 1, 900), { method: 'logistic', different: 900 })
  t.match(of(isotonicFrom), { method: 'isotonic', same: isotonicFrom })
  t.match(calibrate({ same: times(50, 0.2), different: times(50, 0.8) }), { method: 'none', ece: null })
})

t.test(
  'what it says of pairs that it was not fitted to is nearly so; both sides count the same',
  async (t) => {
    for (const count of [150, 1500]) {
      const { ece, probability } = calibrate(drawn(count, 8, 0))
      t.ok(ece !== null && ece < 0.08, `${count}: ${ece}`)
      t.ok(near(probability?.(0), 0.5, 0.15), `${probability?.(0)}`)
      t.ok((probability?.(0.6) ?? 0) > 0.95 && (probability?.(-0.6) ?? 1) < 0.05)
    }
    const { same, different } = drawn(1500, 8, 0)
    const uneven = calibrate({ same: same.slice(0, 300), different })
    t.ok(near(uneven.probability?.(0), 0.5, 0.15), `${uneven.probability?.(0)}`)
  },
)
