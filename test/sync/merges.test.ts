/**
 * What was merged and undone at several boxes in any order: each look stands with one horse, the same on every box.
 */
import t, { type Test } from 'tap'
import type { HorseId, StreamId } from '../../daemon/types.ts'
import { createHub } from './hub.ts'
import { type Box, found, openBox, seeded, startMs } from './programs.ts'

const yard = 'yard' as StreamId

/** Three boxes that know the horses of the first, each with one look. */
function farm(t: Test, count: number) {
  const time = { ms: startMs }
  const hub = createHub(100, () => false)
  const boxes = [0, 1, 2].map((n) => openBox(`${n}`, time)) as [Box, Box, Box]
  t.teardown(() => {
    for (const box of boxes) box[Symbol.dispose]()
  })
  const random = seeded(7)
  const horses = Array.from({ length: count }, () => found(boxes[0], yard, random))
  const meet = (...some: readonly Box[]) => {
    const those = some.length > 0 ? some : boxes
    for (let round = 0; round < 3; round++) {
      for (const { registry } of those) hub.push(registry)
      for (const { registry } of those) hub.pull(registry, time.ms)
    }
  }
  const by = () => {
    time.ms += 1000
    return { actor: 'anna', nowMs: time.ms }
  }
  meet()
  return {
    ...{ boxes, horses, meet },
    merge: ({ registry }: Box, [one, into]: readonly (HorseId | undefined)[]) =>
      registry.corrections.merge(one as HorseId, into as HorseId, by()).correction.id,
    undo: ({ registry }: Box, id: Parameters<Box['registry']['corrections']['undo']>[0]) =>
      registry.corrections.undo(id, by()),
    /** How many looks each horse has on a box. */
    looks: ({ registry }: Box) => horses.map((id) => registry.crops.ofHorse(id, 9).length),
    vectors: ({ registry }: Box) =>
      horses.map((id) => {
        const kind = registry.embedders.get('made-up@1')
        return kind ? registry.vectors.ofHorses(kind, [id]).length : 0
      }),
  }
}

t.test(
  'what is merged elsewhere into a horse that is another one’s name here goes to that one',
  async (t) => {
    const { boxes, horses, meet, merge, undo, looks, vectors } = farm(t, 3)
    const [one, two, three] = boxes
    const [a, b, c] = horses
    const upper = merge(one, [b, c])
    const lower = merge(two, [a, b])
    meet()
    for (const box of boxes)
      t.same(
        [looks(box), vectors(box)],
        [
          [0, 0, 3],
          [0, 0, 3],
        ],
      )
    undo(three, upper)
    meet()
    for (const box of boxes)
      t.same(
        [looks(box), vectors(box)],
        [
          [0, 2, 1],
          [0, 2, 1],
        ],
      )
    undo(two, lower)
    meet()
    for (const box of boxes)
      t.same(
        [looks(box), vectors(box)],
        [
          [1, 1, 1],
          [1, 1, 1],
        ],
      )
  },
)

t.test('the lower of two merges is undone: only its own goes back', async (t) => {
  const { boxes, horses, meet, merge, undo, looks } = farm(t, 3)
  const [one, two] = boxes
  const [a, b, c] = horses
  const lower = merge(two, [a, b])
  merge(two, [b, c])
  t.same(looks(two), [0, 0, 3], 'what another box took goes along')
  undo(two, lower)
  t.same(looks(two), [1, 0, 2])
  meet()
  for (const box of boxes) t.same(looks(box), [1, 0, 2])
  t.same(looks(one), looks(two))
})

t.test('a merge is undone where another box said that it is a third: that holds at once', async (t) => {
  const { boxes, horses, meet, merge, undo, looks } = farm(t, 3)
  const [one, two] = boxes
  const [a, b, c] = horses
  merge(one, [a, b])
  const latest = merge(two, [a, c])
  meet()
  for (const box of boxes) t.same(looks(box), [0, 1, 2], 'of several the latest holds')
  t.same(undo(one, latest).turned, [a, b], 'whoever shows them is told')
  t.equal(one.registry.horses.get(a as HorseId)?.id, b)
  t.same(looks(one), [0, 2, 1])
  meet()
  for (const box of boxes) t.same(looks(box), [0, 2, 1])
})

t.test('two say the same; one of them takes it back, and what the other said holds', async (t) => {
  const { boxes, horses, meet, merge, undo, looks } = farm(t, 2)
  const [one, two] = boxes
  const [a, b] = horses
  const mine = merge(one, [a, b])
  const other = merge(two, [a, b])
  meet()
  undo(one, other)
  meet()
  for (const box of boxes) t.same(looks(box), [0, 2])
  undo(one, mine)
  meet()
  for (const box of boxes) t.same(looks(box), [1, 1])
})
