import t from 'tap'
import type { GalleryVector } from '../../daemon/identity/gallery.ts'
import type { Rules } from '../../daemon/identity/identity.ts'
import { probability } from '../../daemon/identity/odds.ts'
import type { Box, TrackletId } from '../../daemon/types.ts'
import { box, elsewhere, openStall, rules, x, y } from './stall.ts'
import { axis, dim, horseId, like, look, near, stored, trackletId, yard } from './vectors.ts'

/** What speaks against a tracklet's horse is only ever added up: `said` in `takeLook` is never below 0. */
/** A stall that knows A (axis 0) and B (axis 1), with x decided as A and what its looks usually say known. */
function knowing(more: readonly GalleryVector[] = []) {
  const stall = openStall([stored('A', axis(0)), stored('B', axis(1)), ...more])
  stall.show(axis(0), { times: 3 })
  stall.decide(x)
  stall.show(axis(0), { times: 3 })
  return stall
}

t.test('known after its looks, not before; tracklets without a look are unknown', async (t) => {
  const stall = openStall([stored('A', axis(0))])
  t.same(stall.horses(x, y), [null, null])
  stall.show(axis(0), { times: 2 })
  t.same(stall.horses(x), [null])
  stall.show(axis(0))
  t.same(stall.horses(x, y), ['A', null])
})

t.test('one look quite unlike all others makes it nobody’s, the next one another’s', async (t) => {
  const stall = knowing()
  t.equal(stall.show(axis(1)), 'same')
  t.equal(stall.need(), 'urgent')
  t.same(stall.horses(x), [null])
  t.equal(stall.show(axis(1)), 'other')
})

t.test('while nothing is usual yet, it takes another look', async (t) => {
  const stall = openStall([stored('A', axis(0)), stored('B', axis(1))])
  stall.show(axis(0), { times: 3 })
  t.same(stall.horses(x), ['A'])
  t.equal(stall.show(axis(1)), 'same')
  t.same(stall.horses(x), ['A'], 'it may have been half hidden')
  t.equal(stall.show(axis(1)), 'same')
  t.same(stall.horses(x), [null])
  t.equal(stall.show(axis(1)), 'other')
})

t.test('looks of one moment are alike in what spoils them: together they say less', async (t) => {
  const stall = knowing()
  for (let n = 0; n < 3; n++) t.equal(stall.show(axis(1), { everyMs: 20 }), 'same', `look ${n + 1}`)
})

t.test('a look like nobody known speaks against its horse too', async (t) => {
  const stall = knowing()
  stall.show(axis(7))
  t.same(stall.horses(x), [null])
  t.equal(stall.show(axis(7)), 'other')
})

t.test('looks of the horse itself take back what spoke against it', async (t) => {
  const stall = knowing()
  stall.show(axis(1))
  t.equal(stall.need(), 'urgent')
  t.equal(stall.show(axis(0), { times: 3 }), 'same')
  t.equal(stall.need(), 'decided')
  t.same(stall.horses(x), ['A'])
  t.equal(stall.show(axis(1)), 'same', 'the count begins anew')
})

t.test('a spoilt look now and then, among good ones, never ends a tracklet', async (t) => {
  const stall = knowing()
  for (let n = 0; n < 10; n++) {
    t.equal(stall.show(axis(1)), 'same', `spoilt look ${n + 1}`)
    t.equal(stall.show(axis(0), { times: 20 }), 'same')
    t.same(stall.horses(x), ['A'])
  }
})

t.test('like its horse and still more like another speaks against it too', async (t) => {
  const stall = openStall([stored('A', axis(0)), stored('B', like(0, 0.9, 1))])
  stall.show(like(0, 0.97, 2), { times: 3 })
  t.same(stall.horses(x), ['A'])
  const towardsB = like(0, 0.9, 1)
  const answers = Array.from({ length: 8 }, () => stall.show(towardsB))
  t.ok(answers.includes('other') || stall.horses(x)[0] === 'B', 'it does not stay A')
  t.equal(answers[0], 'same', 'not by one look')
})

t.test('while one is in doubt its horse can be found elsewhere', async (t) => {
  const stall = knowing()
  stall.identity.doubt(x)
  stall.show(axis(0), { id: y, times: 3 })
  const verdicts = new Map(stall.decide(x, y).map(({ trackletId, horseId }) => [trackletId, horseId]))
  t.same([verdicts.get(x), verdicts.get(y)], [null, 'A'])
})

t.test('doubt: a known one is nobody until a look has shown who it is', async (t) => {
  const stall = knowing()
  stall.identity.doubt(x)
  t.equal(stall.need(), 'urgent')
  t.match(stall.decide(x), [{ kind: 'unknown', horseId: null, score: null, secondScore: null }])
  stall.show(axis(0))
  t.same(stall.horses(x), ['A'], 'cleared by a look')
})

t.test('doubt: looks of perhaps two animals found nobody', async (t) => {
  const stall = openStall()
  stall.identity.doubt(x)
  t.same(stall.identity.foundingLooks(x), [], 'no look was taken')
  stall.show(axis(0), { times: 4 })
  stall.identity.doubt(x)
  t.same(stall.identity.foundingLooks(x), [])
  const after = look(axis(3))
  stall.take([after])
  t.same(stall.identity.foundingLooks(x), [after])
  t.match(stall.decide(x), [{ kind: 'unknown' }], 'nor does a single one that came since')
  stall.take([after])
  t.match(stall.decide(x), [{ kind: 'unknown' }])
  stall.take([after])
  t.match(stall.decide(x), [{ kind: 'new' }], 'as many as any decision needs')
  t.equal(stall.identity.foundingLooks(x).length, rules.looksToDecide)
})

t.test('doubt: what was seen before is believed only in part', async (t) => {
  const stall = openStall([stored('A', axis(0))])
  stall.show(axis(3), { times: 4 })
  stall.identity.doubt(x)
  stall.identity.doubt(x)
  stall.show(axis(0), { times: 2 })
  t.same(stall.horses(x), [null])
  stall.show(axis(0))
  t.same(stall.horses(x), ['A'], 'two looks sooner than without a doubt')
})

t.test('a doubt that looks do not clear speaks against its horse', async (t) => {
  const stall = openStall([stored('A', axis(0)), stored('B', axis(1))])
  stall.show(axis(0), { times: 3 })
  t.same(stall.horses(x), ['A'])
  stall.identity.doubt(x)
  const rather = like(0, 0.72, 2)
  t.equal(stall.show(rather, { times: 10, use: 'test' }), 'same', 'half a horse may not show it')
  t.equal(stall.show(rather, { times: 3 }), 'same')
  t.equal(stall.show(rather), 'other')
})

t.test('half a horse only tests: it clears when very alike, and never counts or teaches', async (t) => {
  const strange = openStall([stored('A', axis(0))])
  strange.show(axis(0), { times: 10, use: 'test' })
  t.same(strange.horses(x), [null], 'no evidence')
  t.same(strange.identity.foundingLooks(x), [])
  const stall = knowing()
  t.equal(stall.lesson(), null, 'its looks so far teach nothing')
  stall.identity.doubt(x)
  stall.show(like(0, 0.78), { use: 'test' })
  t.same(stall.horses(x), [null], 'rather alike is not enough')
  stall.show(like(0, 0.9), { use: 'test' })
  t.same(stall.horses(x), ['A'])
  stall.pass(10_000)
  stall.show(like(0, 0.9), { use: 'test' })
  t.equal(stall.lesson(), null)
})

t.test('a glimpse tells who it is, and neither founds nor teaches', async (t) => {
  const stall = openStall([stored('A', axis(0))])
  stall.show(like(0, 0.9), { times: 3, use: 'glimpse' })
  t.same(stall.horses(x), ['A'])
  t.equal(stall.lesson(), null)
  const strange = openStall([stored('A', axis(0))])
  strange.show(axis(3), { times: 20, use: 'glimpse' })
  t.equal(strange.decide(x)[0]?.kind, 'unknown')
  t.same(strange.identity.foundingLooks(x), [])
  strange.show(axis(0), { times: 4 })
  t.same(strange.horses(x), ['A'], 'whole looks alone count as soon as there are any')
  const late = openStall([stored('A', axis(0))])
  late.show(axis(3), { times: 20, use: 'glimpse' })
  late.show(like(0, 0.7), { times: 4 })
  t.equal(late.decide(x)[0]?.kind, 'unknown', 'it takes as many whole looks to found as without')
  late.show(like(0, 0.7))
  t.equal(late.decide(x)[0]?.kind, 'new')
  t.equal(late.identity.foundingLooks(x).length, 5)
})

t.test('how urgent the next look is', async (t) => {
  const stall = openStall([stored('A', axis(0))])
  t.same(stall.identity.lookState(x, box), { lastLookMs: null, need: 'undecided' })
  stall.show(axis(0), { times: 3 })
  t.same(stall.identity.lookState(x, box), { lastLookMs: 4000, need: 'undecided' })
  stall.decide(x)
  t.equal(stall.need(), 'decided')
  t.equal(stall.need(elsewhere), 'moved')
  stall.identity.doubt(x)
  t.equal(stall.need(elsewhere), 'urgent')
})

t.test('founded on looks evenly over their time', async (t) => {
  const stall = openStall()
  const all = Array.from({ length: 16 }, (_, at) => look(axis(at % dim), 100 + at))
  stall.take(all)
  t.same(
    stall.identity.foundingLooks(x).map(({ sharpness }) => sharpness),
    [100, 102, 104, 106, 108, 110, 112, 114],
  )
  stall.take([look(axis(0), 300)])
  t.equal(stall.identity.foundingLooks(x)[0]?.sharpness, 101, 'the oldest is forgotten')
  t.same(stall.identity.foundingLooks(y), [])
})

t.test('founded on few looks of one moment, and only on those that can be stored', async (t) => {
  const stall = openStall()
  const { crop: _, ...bare } = look(axis(1), 7)
  stall.take([look(axis(0), 1), bare, look(axis(0), 2), look(axis(0), 3), look(axis(0), 4)], { everyMs: 100 })
  stall.take([look(axis(0), 5), look(axis(0), 6)], { everyMs: 100 })
  const sharpness = () => stall.identity.foundingLooks(x).map((one) => one.sharpness)
  t.same(sharpness(), [1, 2, 3, 4], 'not on many that follow one another closely')
  stall.take([look(axis(0), 8)])
  t.same(sharpness(), [1, 2, 3, 4, 8])
})

t.test('founded: its tracklet is the new horse at once, and others are compared with it', async (t) => {
  const stall = openStall()
  stall.show(axis(5), { times: 4 })
  t.match(stall.decide(x), [{ kind: 'unknown' }], 'not before it was looked at often')
  stall.show(axis(5))
  t.match(stall.decide(x), [{ kind: 'new', horseId: null }])
  stall.identity.found(x, horseId('N'), [stored('N', axis(5))])
  const [verdict] = stall.decide(x)
  t.match(verdict, { kind: 'matched', horseId: 'N' })
  t.ok(near(verdict?.score ?? 0, probability(9), 1e-4))
  stall.show(axis(5), { id: y, times: 5 })
  t.match(stall.decide(x, y), [{ horseId: 'N' }, { kind: 'unknown', horseId: null }])
})

t.test('a lesson is a new side, clearly its own, once a look', async (t) => {
  const stall = knowing()
  t.equal(stall.lesson(), null, 'known already')
  stall.show(like(0, 0.9))
  t.match(stall.lesson(), { instead: undefined })
  t.equal(stall.lesson(), null, 'asked once')
  const between = knowing([stored('C', like(0, 0.94, 1))])
  between.show(like(0, 0.9, 2))
  t.match(between.decide(x), [{ horseId: 'A' }])
  t.equal(between.lesson(), null, 'as near to another horse: nothing is learnt')
})

t.test('a look that is an exception teaches nothing, however sure its tracklet is', async (t) => {
  const lessonOf = (cosine: number) => {
    const stall = openStall([stored('A', axis(0)), stored('B', axis(1))])
    stall.show(axis(0), { times: 3 })
    stall.decide(x)
    stall.show(like(0, cosine, 2))
    t.same(stall.horses(x), ['A'])
    return stall.lesson()
  }
  t.ok(lessonOf(0.78))
  t.equal(lessonOf(0.72), null)
})

t.test('no lesson soon after the last one', async (t) => {
  const stall = knowing()
  stall.show(like(0, 0.9, 2))
  t.ok(stall.lesson())
  stall.show(like(0, 0.9, 3), { everyMs: 2900 })
  t.equal(stall.lesson(), null)
  stall.show(like(0, 0.9, 4), { everyMs: 200 })
  t.ok(stall.lesson())
})

t.test('what was learnt is known from then on, in place of what it replaced', async (t) => {
  const first = stored('A', axis(0))
  const stall = openStall([first, stored('B', axis(1))])
  stall.identity.learn(stored('A', axis(4)), undefined)
  stall.identity.learn(stored('A', axis(5)), first.id)
  stall.show(like(4, Math.SQRT1_2, 5), { times: 3 })
  t.same(stall.horses(x), [null], 'by each of two vectors it is rather alike')
  stall.identity.learn(stored('A', like(4, Math.SQRT1_2, 5)), undefined)
  stall.show(like(4, Math.SQRT1_2, 5))
  t.same(stall.horses(x), ['A'])
  stall.show(axis(0), { id: y, times: 5 })
  t.match(stall.decide(y), [{ kind: 'new' }], 'the one that was replaced is no more')
})

t.test('an animal that appears where one was lost just now is rather that one', async (t) => {
  const alike: Rules = { ...rules, sameAbove: 0.6 }
  const between = like(0, Math.SQRT1_2, 1)
  const lost = (places: readonly (readonly [TrackletId, number, Box])[], began = box) => {
    const stall = openStall([stored('A', axis(0)), stored('B', axis(1))], alike)
    for (const [id, index] of places) {
      stall.show(axis(index), { id, times: 3 })
      stall.decide(id)
    }
    for (const [id, , at] of places) {
      stall.identity.seen(yard, id, { box: at, monoMs: stall.monoMs })
      stall.identity.end(id)
    }
    stall.identity.seen(yard, y, { box: began, monoMs: stall.monoMs })
    stall.identity.seen(yard, y, { box, monoMs: stall.monoMs })
    stall.show(between, { id: y, times: 3 })
    return stall.horses(y)[0]
  }
  t.equal(lost([]), null, 'by its looks it may be either')
  t.equal(
    lost([
      [trackletId('b'), 1, elsewhere],
      [x, 0, box],
    ]),
    'A',
  )
  t.equal(
    lost([
      [x, 0, elsewhere],
      [trackletId('b'), 1, box],
    ]),
    'B',
  )
  t.equal(
    lost([[x, 0, box]], elsewhere),
    'B',
    'where it began says who it is not; where it went since, nothing',
  )
})

t.test('an ended tracklet leaves nothing', async (t) => {
  const stall = knowing()
  stall.identity.end(x)
  t.same(stall.identity.lookState(x, box), { lastLookMs: null, need: 'undecided' })
  t.same(stall.horses(x), [null])
  t.same(stall.identity.foundingLooks(x), [])
  stall.identity.end(y)
})

t.test('many tracklets that have their horse are weighed anew in turn, a few with each frame', async (t) => {
  const which = [0, 1, 2, 3, 4, 5]
  const ids = which.map((one) => trackletId(`${one}`))
  const stall = openStall(which.map((one) => stored(`${one}`, axis(one))))
  const showAll = (vectorOf: (one: number) => Float32Array) => {
    for (const [at, id] of ids.entries()) stall.show(vectorOf(at), { id, times: 3 })
  }
  showAll(axis)
  const scores = () => stall.decide(...ids).map(({ score }) => score)
  const first = scores()
  t.same(
    stall.horses(...ids),
    which.map((one) => `${one}`),
  )
  showAll((one) => like(one, 0.95))
  const changed = () => scores().filter((score, at) => score !== first[at]).length
  t.equal(changed(), 4)
  t.equal(changed(), 6, 'the others with the next')
})
