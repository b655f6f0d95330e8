import t from 'tap'
import { createEvidence } from '../../daemon/identity/belief.ts'
import { horseId } from './vectors.ts'

const scores = (entries: Record<string, number>) =>
  new Map(Object.entries(entries).map(([horse, score]) => [horseId(horse), score]))

t.test('the mean of the looks, horse by horse', async (t) => {
  const evidence = createEvidence()
  t.match(evidence.belief, { looks: 0, means: new Map() })
  evidence.add(scores({ A: 0.8, B: 0.2 }))
  evidence.add(scores({ A: 0.6, B: 0.4 }))
  t.equal(evidence.belief.looks, 2)
  t.ok(Math.abs((evidence.belief.means.get(horseId('A')) ?? 0) - 0.7) < 1e-9)
})

t.test('a horse that came later counts from then on', async (t) => {
  const evidence = createEvidence()
  evidence.add(scores({ A: 0.5 }))
  evidence.add(scores({ A: 0.5, B: 0.9 }))
  t.equal(evidence.belief.means.get(horseId('B')), 0.9)
})

t.test('old looks fade out: another animal in the box is noticed', async (t) => {
  const evidence = createEvidence()
  for (let n = 0; n < 50; n++) evidence.add(scores({ A: 1, B: 0 }))
  for (let n = 0; n < 8; n++) evidence.add(scores({ A: 0, B: 1 }))
  t.same([...evidence.belief.means], [...scores({ A: 0, B: 1 })])
  t.equal(evidence.belief.looks, 58)
})

t.test('forgotten, nothing is left', async (t) => {
  const evidence = createEvidence()
  evidence.add(scores({ A: 1 }))
  evidence.clear()
  t.match(evidence.belief, { looks: 0 })
  t.equal(evidence.belief.means.size, 0)
})
