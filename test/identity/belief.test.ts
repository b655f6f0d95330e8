import t from 'tap'
import { createEvidence } from '../../daemon/identity/belief.ts'
import { asItIs, asTheyAre, type Space } from '../../daemon/identity/space.ts'
import { axis, look, near } from './vectors.ts'

const A = look(axis(0))
const B = look(axis(1))

/** How much of the mean lies along an axis. */
const share = (mean: Float32Array | undefined, index: number) => mean?.[index]

t.test('nothing was seen: no mean', async (t) => {
  const evidence = createEvidence()
  t.equal(evidence.mean(asTheyAre), undefined)
  t.equal(evidence.looks, 0)
  t.equal(evidence.seconds, 0)
})

t.test('looks count by the time since the one before, at most a second and at least a little', async (t) => {
  const weights = [
    [2000, 1],
    [1000, 1],
    [400, 0.4],
    [50, 0.05],
    [0, 0.05],
    [-500, 0.05],
  ] as const
  for (const [ms, weight] of weights) {
    const evidence = createEvidence()
    evidence.add(A, 10_000)
    evidence.add(B, 10_000 + ms)
    t.ok(near(evidence.seconds, 0.35 + weight), `${ms} ms`)
    t.ok(near(share(evidence.mean(asTheyAre), 0), 0.35 / (0.35 + weight)), `${ms} ms`)
    t.ok(near(share(evidence.mean(asTheyAre), 1), weight / (0.35 + weight)), `${ms} ms`)
    t.equal(evidence.looks, 2)
  }
})

t.test('what was seen before is believed in part, what comes after in full', async (t) => {
  const evidence = createEvidence()
  evidence.add(A, 0)
  evidence.add(A, 1000)
  evidence.weaken(0.5)
  t.ok(near(evidence.seconds, 1.35 / 2))
  t.ok(near(share(evidence.mean(asTheyAre), 0), 1), 'by itself it still says the same')
  evidence.add(B, 2000)
  t.ok(near(share(evidence.mean(asTheyAre), 1), 1 / (1 + 1.35 / 2)))
  t.equal(evidence.looks, 3)
})

t.test('old looks fade out: another animal in the box is noticed', async (t) => {
  const evidence = createEvidence()
  for (let n = 0; n < 50; n++) evidence.add(A, n * 1000)
  for (let n = 50; n < 73; n++) evidence.add(B, n * 1000)
  t.ok(near(share(evidence.mean(asTheyAre), 0), 1 / 24), 'one of 24 is left')
  evidence.add(B, 73_000)
  t.equal(share(evidence.mean(asTheyAre), 0), 0)
  t.equal(evidence.looks, 74, 'all are counted')
  t.ok(near(evidence.seconds, 24), 'only what is remembered is believed')
})

t.test('forgotten, nothing is left, and the next look is a first one', async (t) => {
  const evidence = createEvidence()
  evidence.add(A, 0)
  evidence.add(A, 1000)
  evidence.clear()
  t.equal(evidence.mean(asTheyAre), undefined)
  t.equal(evidence.looks, 0)
  t.equal(evidence.seconds, 0)
  evidence.add(B, 9000)
  t.ok(near(evidence.seconds, 0.35))
  t.ok(near(share(evidence.mean(asTheyAre), 0), 0))
})

t.test('the mean is of the places in the space, each by its weight there', async (t) => {
  const turned: Space = {
    ...asTheyAre,
    chance: 0.1,
    place: ({ vector }) => (vector === A.vector ? { ...asItIs(axis(5)), weight: 3 } : asItIs(vector)),
  }
  const evidence = createEvidence()
  evidence.add(A, 0)
  evidence.add(B, 1000)
  const mean = evidence.mean(turned)
  t.ok(near(share(mean, 0), 0))
  t.ok(near(share(mean, 5), (3 * 0.35) / (3 * 0.35 + 1)))
  t.ok(near(share(mean, 1), 1 / (3 * 0.35 + 1)))
})

t.test('a look is placed once in a space, and anew in another', async (t) => {
  let placed = 0
  const counting = (): Space => ({
    ...asTheyAre,
    place(one) {
      placed++
      return asTheyAre.place(one)
    },
  })
  const asked = (space: Space) => {
    const before = placed
    evidence.mean(space)
    return placed - before
  }
  const evidence = createEvidence()
  evidence.add(A, 0)
  evidence.add(B, 1000)
  const [first, second] = [counting(), counting()]
  t.equal(asked(first), 2)
  t.equal(asked(first), 0)
  const before = placed
  evidence.add(B, 2000)
  evidence.mean(first)
  t.equal(placed - before, 1, 'only the new one')
  t.equal(asked(second), 3)
  t.equal(asked(second), 0)
})
