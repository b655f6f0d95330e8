import t from 'tap'
import { dot, type GalleryVector } from '../../daemon/identity/gallery.ts'
import type { Rules } from '../../daemon/identity/identity.ts'
import { createIdentity, type Identity } from '../../daemon/identity/identity.ts'
import type { Box } from '../../daemon/types.ts'
import { axis, dim, horseId, like, look, stored, trackletId, yard } from './vectors.ts'

const rules: Rules = { sameAbove: 0.8, margin: 0.05, looksToDecide: 3, looksToCreate: 5 }
const box: Box = [300, 200, 600, 420]
const x = trackletId('x')
const y = trackletId('y')

/** Looks at a tracklet so many times; answers what the last look said. */
function lookAt(
  identity: Identity,
  id = x,
  vector = axis(0),
  times = 1,
  use: 'evidence' | 'test' = 'evidence',
) {
  let answer: 'same' | 'other' = 'same'
  for (let n = 0; n < times; n++) {
    answer = identity.addLook(yard, id, { look: look(vector), use, box, monoMs: 1000 + n })
  }
  return answer
}

/** An identity that knows A (axis 0) and B (axis 1), with x decided as A. */
function knowing(more: readonly GalleryVector[] = []): Identity {
  const identity = createIdentity(rules, [stored('A', axis(0)), stored('B', axis(1)), ...more])
  lookAt(identity, x, axis(0), 3)
  identity.decide([x])
  return identity
}

const horsesOf = (identity: Identity, ...ids: (typeof x)[]) =>
  identity.decide(ids).map(({ horseId }) => horseId)

t.test('known after its looks, not before; tracklets without a look are unknown', async (t) => {
  const identity = createIdentity(rules, [stored('A', axis(0))])
  t.same(horsesOf(identity, x, y), [null, null])
  lookAt(identity, x, axis(0), 2)
  t.same(horsesOf(identity, x), [null])
  lookAt(identity)
  t.same(horsesOf(identity, x, y), ['A', null])
})

t.test('one look that speaks against it makes it nobody’s, the next one another’s', async (t) => {
  const identity = knowing()
  t.equal(lookAt(identity, x, axis(1)), 'same')
  t.match(identity.lookState(x, box), { need: 'urgent' })
  t.same(horsesOf(identity, x), [null])
  t.equal(lookAt(identity, x, axis(1)), 'other')
})

t.test('a look of the horse itself takes the strike back', async (t) => {
  const identity = knowing()
  lookAt(identity, x, axis(1))
  t.equal(lookAt(identity), 'same')
  t.match(identity.lookState(x, box), { need: 'decided' })
  t.same(horsesOf(identity, x), ['A'])
  t.equal(lookAt(identity, x, axis(1)), 'same', 'the count begins anew')
})

t.test('like its horse and still more like another speaks against it too', async (t) => {
  const identity = createIdentity(rules, [stored('A', axis(0)), stored('B', like(0, 0.9, 1))])
  lookAt(identity, x, like(0, 0.97, 2), 3)
  t.same(horsesOf(identity, x), ['A'])
  const towardsB = like(0, 0.9, 1)
  lookAt(identity, x, towardsB)
  t.equal(lookAt(identity, x, towardsB), 'other')
})

t.test('while one is in doubt its horse can be found elsewhere', async (t) => {
  const identity = knowing()
  t.equal(identity.doubt(x), 'same')
  lookAt(identity, y, axis(0), 3)
  const verdicts = new Map(identity.decide([x, y]).map(({ trackletId, horseId }) => [trackletId, horseId]))
  t.same([verdicts.get(x), verdicts.get(y)], [null, 'A'])
})

t.test('doubt: nothing to lose, then all begins anew', async (t) => {
  const identity = createIdentity(rules, [])
  t.equal(identity.doubt(x), 'same', 'no look was taken')
  lookAt(identity)
  t.equal(identity.doubt(x), 'other', 'looks of perhaps two animals found nobody')
  const sure = knowing()
  t.equal(sure.doubt(x), 'same')
  t.same(horsesOf(sure, x), [null])
  lookAt(sure)
  t.same(horsesOf(sure, x), ['A'], 'cleared by a look')
})

t.test('half a horse only tests: it clears when very alike, and never counts or teaches', async (t) => {
  const identity = createIdentity(rules, [stored('A', axis(0))])
  lookAt(identity, x, axis(0), 10, 'test')
  t.same(horsesOf(identity, x), [null], 'no evidence')
  const known = knowing()
  known.doubt(x)
  lookAt(known, x, like(0, 0.78), 1, 'test')
  t.same(horsesOf(known, x), [null], 'rather alike is not enough')
  lookAt(known, x, like(0, 0.9), 1, 'test')
  const [verdict] = known.decide([x])
  t.match(verdict, { kind: 'matched', horseId: 'A' })
  if (verdict) known.lesson(yard, verdict)
  lookAt(known, x, like(0, 0.9), 1, 'test')
  t.equal(verdict && known.lesson(yard, verdict), null)
})

t.test('how urgent the next look is', async (t) => {
  const identity = createIdentity(rules, [stored('A', axis(0))])
  t.same(identity.lookState(x, box), { lastLookMs: null, need: 'undecided' })
  lookAt(identity, x, axis(0), 3)
  t.same(identity.lookState(x, box), { lastLookMs: 1002, need: 'undecided' })
  identity.decide([x])
  t.match(identity.lookState(x, box), { need: 'decided' })
  t.match(identity.lookState(x, [700, 200, 1000, 420]), { need: 'moved' })
})

t.test('founded on its most different looks, the sharpest first', async (t) => {
  const identity = createIdentity(rules, [])
  const sharp = look(axis(3), 900)
  const looks = [look(axis(0)), look(like(0, 0.99)), sharp, look(axis(1)), look(like(0, 0.98)), look(axis(2))]
  for (const one of looks) identity.addLook(yard, x, { look: one, use: 'evidence', box, monoMs: 1 })
  const founding = identity.foundingLooks(x)
  t.equal(founding[0], sharp)
  const firstFour = founding.slice(0, 4).map(({ vector }) => vector)
  for (const [at, one] of firstFour.entries()) {
    for (const other of firstFour.slice(at + 1)) t.ok(dot(one, other) < 0.3, 'the repeats come last')
  }
  for (let n = 0; n < 40; n++) lookAt(identity, x, axis(n % dim))
  t.ok(identity.foundingLooks(x).length <= 6)
  t.same(identity.foundingLooks(y), [])
})

t.test('founded: its tracklet is the new horse at once, and others are compared with it', async (t) => {
  const identity = createIdentity(rules, [])
  lookAt(identity, x, axis(5), 5)
  t.match(identity.decide([x]), [{ kind: 'new' }])
  identity.found(yard, x, horseId('N'), [stored('N', axis(5))])
  t.match(identity.decide([x]), [{ kind: 'matched', horseId: 'N', score: 1 }])
  lookAt(identity, y, axis(5), 5)
  t.match(identity.decide([x, y]), [{ horseId: 'N' }, { kind: 'unknown', horseId: null }])
})

t.test('a lesson is a new side, clearly its own, once a look', async (t) => {
  const identity = knowing()
  const lesson = () => {
    const [verdict] = identity.decide([x])
    return verdict ? identity.lesson(yard, verdict) : undefined
  }
  t.equal(lesson(), null, 'known already')
  lookAt(identity, x, like(0, 0.9))
  t.match(lesson(), { instead: undefined })
  t.equal(lesson(), null, 'asked once')
  const between = knowing([stored('C', like(0, 0.9, 1))])
  lookAt(between, x, like(0, 0.96, 1))
  const [verdict] = between.decide([x])
  t.match(verdict, { kind: 'matched', horseId: 'A' })
  t.equal(verdict && between.lesson(yard, verdict), null, 'as near to another horse: nothing is learnt')
})

t.test('an ended tracklet leaves nothing; a forgotten horse is nobody', async (t) => {
  const identity = knowing()
  identity.end(x)
  t.same(identity.lookState(x, box), { lastLookMs: null, need: 'undecided' })
  t.same(horsesOf(identity, x), [null])
  identity.forgetHorse(yard, horseId('A'))
  lookAt(identity, y, axis(0), 5)
  t.match(identity.decide([y]), [{ kind: 'new' }])
})

t.test('looks compared at once count as those compared one by one', async (t) => {
  const identity = createIdentity(rules, [stored('A', axis(0)), stored('B', axis(1))])
  const looks = [look(like(0, 0.9)), look(like(1, 0.95))]
  const [ofA, ofB] = identity.compare(yard, looks)
  t.ok(Math.abs((ofA?.get(horseId('A')) ?? 0) - 0.9) < 1e-6)
  t.ok(Math.abs((ofB?.get(horseId('B')) ?? 0) - 0.95) < 1e-6)
  for (let n = 0; n < 3; n++) {
    identity.addLook(yard, x, { look: look(axis(5)), scores: ofA, use: 'evidence', box, monoMs: n })
  }
  t.same(horsesOf(identity, x), ['A'], 'what it was handed is what counts')
})
