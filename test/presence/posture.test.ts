import fc from 'fast-check'
import t from 'tap'
import { createPosture } from '../../daemon/presence/posture.ts'
import { createPostures } from '../../daemon/presence/postures.ts'
import type { Posture, StallView } from '../../daemon/presence-types.ts'
import type { Box, HorseId, SeenBox, StallId, StreamId, TrackletId } from '../../daemon/types.ts'
import { createRandom } from '../../scripts/simulator/random.ts'

const startMs = Date.UTC(2026, 10, 22, 20)
const minute = 60

/** What a horse does for so many seconds. Ways are in body lengths a minute. */
interface Act {
  readonly seconds: number
  readonly does: 'stands' | 'eats' | 'lies'
  readonly way?: number
}

/** Of its upright box, in pictures' heights: about as a camera of 3 m height shows a horse of 1.6 m from 5 m away. */
const upright = { width: 0.36, height: 0.3, foot: 0.7 }
const shapes = { stands: [1, 1], eats: [1.05, 0.74], lies: [1.02, 0.5] } as const

/** The box at a moment: it goes to and fro along the stall, and the detector's box trembles by 2 %. */
function boxOf(act: Act, second: number, random: ReturnType<typeof createRandom>, scale: number): Box {
  const [wide, high] = shapes[act.does]
  const tremble = () => random.normal() * 0.02 * upright.height
  const length = ((act.way ?? 0) * upright.width * second) / 60
  const x = 0.8 + Math.abs((length % 0.8) - 0.4) - 0.2
  const [w, h] = [upright.width * wide, upright.height * high]
  const box = [
    x - w / 2 + tremble(),
    upright.foot - h + tremble(),
    x + w / 2 + tremble(),
    upright.foot + tremble(),
  ]
  return box.map((value) => value * scale) as unknown as Box
}

interface Seen {
  readonly second: number
  readonly posture: Posture
}

/** Plays what a horse does; how it was at the end of each second. */
function play(acts: readonly Act[], { fps = 2, scale = 1, seed = 1, found = 1 } = {}): Seen[] {
  const [random, misses] = [createRandom(seed), createRandom(seed + 1000)]
  const posture = createPosture()
  const seen: Seen[] = []
  let second = 0
  for (const act of acts)
    for (let n = 0; n < act.seconds; n++, second++) {
      for (let frame = 0; frame < fps; frame++) {
        const at = second + frame / fps
        const box = misses.uniform() < found ? boxOf(act, at, random, scale) : null
        posture.look({ box, isWhole: box !== null }, 1 / fps, startMs + at * 1000)
      }
      seen.push({ second, posture: posture.read(startMs + second * 1000) })
    }
  return seen
}

const learns: Act = { seconds: 45 * minute, does: 'stands' }
/** When something began to be so, and when it ended. */
function spans(seen: readonly Seen[], of: 'lyingSinceMs' | 'restlessSinceMs'): number[] {
  const changes = seen.filter(
    ({ posture }, at) => (posture[of] === null) !== ((seen[at - 1]?.posture[of] ?? null) === null),
  )
  return changes.map(({ second }) => second)
}

const near = (a: number | undefined, b: number, within: number) => Math.abs((a ?? 1e9) - b) <= within

t.test('a horse that lies down and gets up', async (t) => {
  const seen = play([learns, { seconds: 1200, does: 'lies' }, { seconds: 600, does: 'stands' }])
  const [down, up, ...more] = spans(seen, 'lyingSinceMs')
  t.ok(near(down, 2700, 45), `down at ${down}`)
  t.ok(near(up, 3900, 60), `up at ${up}`)
  t.same(more, [])
  const sinceMs = seen[3000]?.posture.lyingSinceMs ?? 0
  t.ok(near(sinceMs, startMs + 2_700_000, 30_000), 'since it lay down, not since it was believed')
})

t.test('one that eats from the ground, or blinks for a moment, does not lie', async (t) => {
  const blink: Act[] = [{ seconds: 8, does: 'lies' }]
  const seen = play([learns, { seconds: 1800, does: 'eats' }, ...blink, { seconds: 300, does: 'stands' }])
  t.same(spans(seen, 'lyingSinceMs'), [])
})

t.test('a lying horse that is found in a third of the looks lies all the same', async (t) => {
  const seen = play([learns, { seconds: 1800, does: 'lies' }], { found: 0.35 })
  const [down, ...more] = spans(seen, 'lyingSinceMs')
  t.ok(near(down, 2700, 150), `down at ${down}`)
  t.same(more, [])
})

t.test('nothing is known before a horse is known, nor when it is not seen', async (t) => {
  t.equal(play([{ seconds: 1200, does: 'lies' }]).at(-1)?.posture.isUnsure, true)
  t.equal(play([learns]).at(-1)?.posture.isUnsure, false)
  const posture = createPosture()
  const random = createRandom(3)
  for (let second = 0; second < 3600; second++)
    posture.look({ box: boxOf(learns, second, random, 1), isWhole: true }, 1, startMs + second * 1000)
  for (let second = 3600; second < 4300; second++)
    posture.look({ box: boxOf(learns, second, random, 1), isWhole: false }, 1, startMs + second * 1000)
  t.equal(posture.read(startMs + 3_700_000).isUnsure, false)
  t.equal(posture.read(startMs + 4_300_000).isUnsure, true, 'it is cut or hidden for long')
})

t.test('one that walks its stall is restless; one that stands or trembles is not', async (t) => {
  const walks: Act = { seconds: 900, does: 'stands', way: 9 }
  const [from, to, ...more] = spans(
    play([learns, walks, { seconds: 900, does: 'stands' }]),
    'restlessSinceMs',
  )
  t.ok((from ?? 0) > 2700 && (from ?? 0) < 2700 + 300, `from ${from}`)
  t.ok((to ?? 0) > 3600 && (to ?? 0) < 3600 + 300, `to ${to}`)
  t.same(more, [])
  for (const fps of [1, 10]) t.same(spans(play([learns], { fps }), 'restlessSinceMs'), [], `${fps} a second`)
  const strolls: Act = { seconds: 900, does: 'stands', way: 1.5 }
  t.same(spans(play([learns, strolls]), 'restlessSinceMs'), [])
})

const night: Act[] = [learns, { seconds: 400, does: 'lies' }, { seconds: 700, does: 'stands', way: 10 }]

t.test('L28: neither the size of the horse in the picture nor of the picture matters', async () => {
  const usual = JSON.stringify(play(night, { fps: 1 }))
  fc.assert(
    fc.property(fc.constantFrom(0.25, 0.5, 2, 4), (scale) => {
      // Powers of two change no digit, so that nothing but the measure could.
      return JSON.stringify(play(night, { fps: 1, scale })) === usual
    }),
    { numRuns: 4 },
  )
})

t.test('L28: nor does the rate of pictures, from one to ten a second', async () => {
  const of = (fps: number, seed: number) => {
    const seen = play(night, { fps, seed })
    return [...spans(seen, 'lyingSinceMs'), ...spans(seen, 'restlessSinceMs')]
  }
  fc.assert(
    fc.property(fc.constantFrom(2, 5, 10), fc.integer({ min: 1, max: 100 }), (fps, seed) => {
      const [some, others] = [of(1, seed), of(fps, seed)]
      return (
        some.length === 3 && others.length === 3 && some.every((second, at) => near(others[at], second, 60))
      )
    }),
    { numRuns: 6 },
  )
})

t.test('whatever boxes come, an answer comes', async () => {
  const box = fc.tuple(fc.double(), fc.double(), fc.double(), fc.double())
  fc.assert(
    fc.property(fc.array(fc.tuple(box, fc.double({ min: 0, max: 3 })), { maxLength: 80 }), (looks) => {
      const posture = createPosture()
      looks.forEach(([one, seconds], at) => {
        posture.look({ box: one, isWhole: true }, seconds, startMs + at * 60_000)
      })
      return typeof posture.read(startMs).isUnsure === 'boolean'
    }),
  )
})

const [stallId, streamId] = ['stall' as StallId, 'north' as StreamId]

function viewOf(more: Partial<StallView> = {}): StallView {
  const corners = [
    [0.1, 0],
    [0.9, 0],
    [0.9, 1],
    [0.1, 1],
  ] as const
  const stall = { id: stallId, streamId, kind: 'stall' as const, name: '1', corners, expected: [] }
  return {
    ...{
      stall: { ...stall, createdMs: startMs, revision: 0 },
      match: 'unsure',
      occupied: true,
      horseId: null,
    },
    ...{ certainty: null, sinceMs: startMs, watch: 'watching', watchSinceMs: startMs, lookedMs: null },
    ...more,
  }
}

const seenBox = (box: Box, kind: SeenBox['kind'] = 'horse'): SeenBox => ({
  ...{ box, score: 0.9, kind, trackletId: 't' as TrackletId, certainty: null, horseId: null },
})

/** Half an hour and more of a standing horse, with what else is seen then; whether it can be judged at the end. */
function isUnsure(others: readonly SeenBox[], box: Box = [500, 200, 800, 500]): boolean | undefined {
  const postures = createPostures()
  for (let second = 0; second < 2700; second++) {
    const utcMs = startMs + second * 1000
    const boxes = [seenBox(box), ...others]
    postures.look({ streamId, seq: second, utcMs, width: 1280, height: 720, boxes }, [viewOf()])
  }
  return postures.read(startMs + 2_700_000).get(stallId)?.isUnsure
}

t.test('only a whole horse that is alone in its stall is judged', async (t) => {
  t.equal(isUnsure([]), false)
  t.equal(isUnsure([seenBox([850, 200, 1100, 500])]), true, 'two are there')
  t.equal(isUnsure([seenBox([600, 200, 700, 450], 'person')]), true, 'somebody stands before it')
  t.equal(isUnsure([seenBox([0, 200, 100, 450], 'person')]), false, 'somebody is elsewhere')
  t.equal(isUnsure([], [500, 300, 800, 720]), true, 'the border cuts it')
})

t.test('another horse is another, and an empty stall is nobody’s', async (t) => {
  const postures = createPostures()
  const look = (second: number, view: Partial<StallView>) => {
    const boxes = [seenBox([500, 200, 800, 500])]
    const seen = { streamId, seq: second, utcMs: startMs + second * 1000, width: 1280, height: 720, boxes }
    postures.look(seen, [viewOf(view)])
    return postures.read(seen.utcMs).get(stallId)?.isUnsure
  }
  const [bella, storm] = ['bella', 'storm'] as HorseId[] as [HorseId, HorseId]
  for (let second = 0; second < 2700; second++) look(second, { horseId: bella })
  t.equal(look(2700, { horseId: null }), false, 'nobody knows for a moment who it is')
  t.equal(look(2701, { horseId: storm }), true)
  for (let second = 2702; second < 5400; second++) look(second, { horseId: storm })
  t.equal(look(5400, { horseId: storm }), false)
  t.equal(look(5401, { match: 'empty' }), true)
})
