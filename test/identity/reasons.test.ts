/**
 * What a verdict was made from, for people: which looks were nearest, and whose.
 */
import t from 'tap'
import { createGallery } from '../../daemon/identity/gallery.ts'
import { createIdentity } from '../../daemon/identity/identity.ts'
import { reasonsFrom } from '../../daemon/identity/reasons.ts'
import type { Box } from '../../daemon/types.ts'
import { axis, horseId, like, look, near, stored, trackletId, yardScope } from './vectors.ts'

const rules = { sameAbove: 0.8, margin: 0.05, looksToDecide: 3, looksToCreate: 5 }
const box: Box = [100, 100, 400, 400]
const x = trackletId('x')

t.test('every stored vector of the stream is found, the nearest first', async (t) => {
  const a = stored('A', axis(0))
  const b = stored('A', like(0, 0.6))
  const c = stored('B', like(1, 0.9, 0))
  const elsewhere = stored('C', axis(0), 'other' as typeof yardScope)
  const gallery = createGallery(rules, [c, elsewhere, b, a])
  const found = gallery.nearest(yardScope, axis(0))
  t.match(
    found.map(({ id, horseId }) => ({ id, horseId })),
    [a, b, c].map(({ id, horseId }) => ({ id, horseId })),
  )
  for (const [at, cosine] of [1, 0.6, Math.sqrt(0.19)].entries())
    t.ok(near(found[at]?.similarity, cosine, 1e-5), `${found[at]?.similarity}`)
  t.same(createGallery(rules, []).nearest(yardScope, axis(0)), [])
})

t.test('the nearest three, and the nearest of the runner-up where it is not among them', async (t) => {
  const verdict = { trackletId: x, kind: 'matched', horseId: horseId('A'), nearest: horseId('A') } as const
  const scored = { ...verdict, score: 0.93, second: horseId('B'), secondScore: 0.21, threshold: 0.73 }
  const vectors = ['A', 'A', 'A', 'A', 'C', 'B', 'B'].map((name, at) => {
    return { id: at + 1, horseId: horseId(name), similarity: 0.9 - at / 10 }
  })
  const reasons = reasonsFrom(scored, 12, vectors)
  t.same(
    reasons.nearest.map(({ id }) => id),
    [1, 2, 3],
  )
  t.match(reasons, {
    looks: 12,
    best: { horseId: 'A', probability: 0.93 },
    second: { horseId: 'B', probability: 0.21 },
    ofSecond: { id: 6 },
  })
  t.equal(reasonsFrom(scored, 1, vectors.slice(5)).ofSecond, null, 'it is shown already')
  const unknown = { ...scored, kind: 'unknown', horseId: null } as const
  t.match(reasonsFrom(unknown, 1, vectors).best, { horseId: 'A' }, 'what it was most like')
  const alone = { ...unknown, nearest: null, score: null, second: null, secondScore: null }
  t.same(reasonsFrom(alone, 3, []), { looks: 3, best: null, second: null, nearest: [], ofSecond: null })
})

t.test('why is answered for a verdict with a look behind it, and of one in doubt', async (t) => {
  const known = [stored('A', axis(0)), stored('B', axis(1))]
  const identity = createIdentity(rules, known, () => true)
  const blind = identity.decide(yardScope, [x])[0]
  t.equal(blind && identity.why(yardScope, blind), null, 'nobody has looked')
  for (let n = 1; n <= 4; n++)
    identity.addLook(yardScope, x, { look: look(like(0, 0.95)), use: 'evidence', box, monoMs: n * 1000 })
  const verdict = identity.decide(yardScope, [x])[0]
  if (!verdict) throw new Error('one verdict')
  t.match(verdict, { kind: 'matched', horseId: 'A', second: 'B' })
  const reasons = identity.why(yardScope, verdict)
  t.match(reasons, {
    looks: 4,
    best: { horseId: 'A', probability: verdict.score },
    second: { horseId: 'B' },
    nearest: known.map(({ id }) => ({ id })),
    ofSecond: null,
  })
  t.ok(near(reasons?.nearest[0]?.similarity, 0.95, 1e-4))
  identity.doubt(x)
  const nothing = { looks: 0, best: null, second: null, nearest: [], ofSecond: null }
  t.same(identity.why(yardScope, verdict), nothing, 'what was seen before says nothing of it now')
})
