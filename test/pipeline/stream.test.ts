import t from 'tap'
import { decisionBasis } from '../../daemon/identity/decide.ts'
import { axis, like } from '../identity/vectors.ts'
import { kind, left, onlyHorse, openYard, right, shown, startMs } from './yard.ts'

const A = { box: left, vector: axis(0) }

t.test('a new horse: row, looks, avatar, sighting and word of it', async (t) => {
  using barn = openYard()
  const seen = await barn.show([A], 3)
  const id = onlyHorse(seen.at(-1))
  t.match(seen.at(-1), {
    streamId: 'yard',
    seq: 15,
    width: 1280,
    height: 720,
    boxes: [{ box: left, kind: 'horse' }],
  })
  const [horse] = barn.horses()
  t.match(horse, { id, number: 1, hasAvatar: true, totalDetections: 15, lastSeenMs: startMs + 3000 })
  t.match(barn.told, [{ change: 'new', horse: { id } }])
  t.ok(barn.vectorsOf(id).length >= 1)
  const [sighting, ...more] = barn.registry.sightings.findByHorseId(id, 10)
  t.match(sighting, {
    horseId: id,
    fromMs: startMs + 200,
    toMs: startMs + 3000,
    detections: 15,
    decision: { kind: 'created', ...decisionBasis, model: kind.id },
  })
  t.same(more, [], 'one row for one tracklet and horse')
  t.ok(barn.eyes.counts.embed < 15, 'not every picture costs a look')
})

t.test(
  'a horse is whole or not at all: a failing write leaves nothing, and the next look tries again',
  async (t) => {
    using barn = openYard()
    let broken = 0
    const { eyes } = barn
    // The look is refused by the registry after the horse's row was written.
    const long = { box: left, vector: Float32Array.from([...axis(0)], (value) => value * 2) }
    for (let n = 0; n < 15; n++) {
      await barn.show([long], 0.2).catch((error) => {
        t.match(error, { code: 'VECTOR_KIND' })
        broken++
      })
    }
    t.ok(broken > 0)
    t.same(barn.horses(), [])
    t.equal(barn.registry.vectors.all(kind).vectors.length, 0)
    t.same(barn.told, [])
    barn.pass(5)
    const id = onlyHorse((await barn.show([A], 3)).at(-1))
    t.match(barn.horses(), [{ id, number: 1 }], 'not even a number was used up')
    t.ok(eyes.counts.thumbnail > 0)
  },
)

t.test('the avatar gives way only to a clearly better picture', async (t) => {
  using barn = openYard()
  const [x1, y1, x2, y2] = left
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  const first = barn.registry.horses.avatarScore(id)
  const shownAgain = barn.eyes.counts.thumbnail
  await barn.show([{ ...A, box: [x1, y1, x2 + 15, y2] }], 6)
  t.equal(barn.registry.horses.avatarScore(id), first, '5 % more is not worth a write')
  t.equal(barn.eyes.counts.thumbnail, shownAgain)
  await barn.show([{ ...A, box: [x1, y1, x2 + 70, y2 + 40] }], 6)
  t.ok(barn.registry.horses.avatarScore(id) > first * 1.3)
  t.same(
    barn.told.map(({ change }) => change),
    ['new', 'avatar'],
  )
  await barn.show([{ ...A, score: 0.4 }], 6)
  t.equal(barn.told.length, 2, 'a worse one never')
})

t.test('a box that shows nothing teaches nothing and founds nobody', async (t) => {
  using barn = openYard()
  const seen = await barn.show([{ box: left, vector: undefined }], 6)
  t.same(shown(seen.at(-1)), [null])
  t.ok(
    seen.every(({ boxes }) => boxes.length === 1),
    'but it is seen',
  )
  t.same(barn.horses(), [])
})

t.test('persons are shown and never looked at', async (t) => {
  using barn = openYard()
  const seen = await barn.show([{ box: right, vector: axis(3), kind: 'person' }], 3)
  t.match(seen.at(-1)?.boxes, [{ kind: 'person', horseId: null }])
  t.equal(barn.eyes.counts.embed, 0)
  t.same(barn.horses(), [])
})

t.test('a known horse is taught a new side of itself, not the same again', async (t) => {
  using barn = openYard()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  const before = barn.vectorsOf(id)
  await barn.show([A], 10)
  t.same(barn.vectorsOf(id), before)
  const seen = await barn.show([{ ...A, vector: like(0, 0.9) }], 6)
  t.equal(onlyHorse(seen.at(-1)), id)
  const after = barn.vectorsOf(id)
  t.equal(after.length, before.length + 1)
  t.same(after.slice(0, before.length), before)
})

t.test('two horses side by side are two from the first day', async (t) => {
  using barn = openYard()
  const seen = await barn.show([A, { box: right, vector: axis(1) }], 4)
  const [one, other] = shown(seen.at(-1))
  t.ok(one && other && one !== other)
  t.same(
    barn
      .horses()
      .map(({ number }) => number)
      .sort(),
    [1, 2],
  )
  barn.pass(30)
  const swapped = await barn.show(
    [
      { ...A, box: right },
      { box: left, vector: axis(1) },
    ],
    4,
  )
  const standing = new Map(swapped.at(-1)?.boxes.map(({ box, horseId }) => [box, horseId]))
  t.same([standing.get(right), standing.get(left)], [one, other], 'known by their looks, wherever they stand')
})

t.test('a horse is found at any rate a camera may be set to', async (t) => {
  for (const fps of [0.2, 1, 15]) {
    using barn = openYard()
    const seen = await barn.show([A], 60, fps)
    t.equal(barn.horses().length, 1, `${fps} a second`)
    t.equal(onlyHorse(seen.at(-1)), barn.horses()[0]?.id)
  }
})
