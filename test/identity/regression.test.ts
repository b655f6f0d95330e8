/**
 * Situations in which the tracker of BarnHand, the program before, lost, mixed or invented horses. The numbers are
 * those of its case list; each says what barnbox must do instead.
 */
import t from 'tap'
import { left, onlyHorse, openYard, right, shown } from '../pipeline/yard.ts'
import { axis, like, yard } from './vectors.ts'

const A = { box: left, vector: axis(0) }
const B = { box: left, vector: axis(1) }
const nowMs = Date.UTC(2026, 10, 23)

t.test('regression 1, regression 2, L7: the same horse in the same place, after any gap', async (t) => {
  using barn = openYard()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  for (const gap of [5, 12, 29, 31, 600, 86_400]) {
    barn.pass(gap)
    const seen = await barn.show([A], 3)
    t.equal(onlyHorse(seen.at(-1)), id, `${gap} s later`)
    t.ok(seen.every((analysed) => shown(analysed).every((one) => one === null || one === id)))
  }
  barn.restart()
  t.equal(onlyHorse((await barn.show([A], 3)).at(-1)), id, 'after a restart')
  t.match(barn.horses(), [{ id, number: 1 }], 'and it stays in the registry, alone')
  t.match(barn.registry.horses.get(id), { totalDetections: 8 * 15 })
})

t.test('regression 3, L9: a name changes the name and nothing else', async (t) => {
  using barn = openYard()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  const before = barn.vectorsOf(id)
  barn.registry.horses.updateHorseDetails(id, { name: 'Thunder' }, { actor: null, nowMs: nowMs })
  barn.pass(60)
  const seen = await barn.show([A, { box: right, vector: axis(1) }], 4)
  const [first, second] = shown(seen.at(-1))
  t.equal(first, id)
  t.ok(second && second !== id, 'the one without a name is not pressed into the named one')
  t.match(barn.registry.horses.get(id), { name: 'Thunder', number: 1 })
  t.same(barn.vectorsOf(id), before)
})

t.test(
  'regression 4, regression 5: a stranger is nobody’s, then a horse of its own; the known one learns nothing of it',
  async (t) => {
    using barn = openYard()
    const id = onlyHorse((await barn.show([A], 3)).at(-1))
    const before = barn.vectorsOf(id)
    const version = barn.registry.horses.get(id)
    barn.pass(30)
    const stranger = { box: left, vector: like(0, 0.04) }
    const seen = await barn.show([stranger], 60)
    t.notOk(
      seen.some((analysed) => shown(analysed).includes(id)),
      'never the only one that is known',
    )
    t.same(shown(seen[2]), [null], 'unknown first')
    const own = onlyHorse(seen.at(-1))
    t.same(
      barn.horses().map((horse) => horse.id),
      [own, id],
    )
    t.same(
      barn.told.filter(({ change }) => change === 'new').map(({ horse }) => horse.id),
      [id, own],
      'and it is told',
    )
    t.same(barn.vectorsOf(id), before, '300 pictures later its vectors are what they were')
    t.match(barn.registry.horses.get(id), { totalDetections: version?.totalDetections })
  },
)

t.test('regression 6: of two in the picture two are shown, at most one as the known one', async (t) => {
  using barn = openYard()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  barn.pass(30)
  const seen = await barn.show([A, { box: right, vector: like(0, 0.99) }], 10)
  for (const analysed of seen) {
    t.equal(analysed.boxes.length, 2)
    t.ok(shown(analysed).filter((one) => one === id).length <= 1)
  }
  t.ok(shown(seen.at(-1)).includes(id))
  t.equal(barn.horses().length, 1, 'one so like the known horse is nobody’s, not a new one')
})

t.test('regression 7: all are deleted, then one comes: the next number, and it can be seen', async (t) => {
  using barn = openYard()
  const old = onlyHorse((await barn.show([A], 3)).at(-1))
  barn.registry.horses.remove(old, nowMs)
  barn.restart()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  t.not(id, old)
  t.match(barn.horses(), [{ id, number: 2, trackingId: 'yard_horse_002' }])
  t.equal(barn.registry.horses.get(old), undefined)
})

t.test('regression 10, L10: another horse steps into the same box', async (t) => {
  using barn = openYard()
  const known = onlyHorse((await barn.show([A], 3)).at(-1))
  const before = barn.vectorsOf(known)
  const stranger = await barn.show([B], 12)
  const other = onlyHorse(stranger.at(-1))
  t.not(other, known, 'found by its looks')
  // A horse in its place is looked at every 1.5 s; two looks speak against it.
  const wrong = stranger.filter((analysed) => shown(analysed).includes(known)).length
  t.ok(wrong <= 2 * 5, `the wrong name stood for ${wrong} pictures`)
  t.same(barn.vectorsOf(known), before, 'nothing was learnt from it')
  const back = await barn.show([A], 12)
  t.equal(onlyHorse(back.at(-1)), known, 'and back, when both are known')
  t.equal(barn.horses().length, 2)
})

t.test('regression 11: a horse leaves its box and appears elsewhere within 30 frames', async (t) => {
  for (const [gap, name] of [
    [0, 'at once'],
    [1, 'after five frames'],
    [6, 'after thirty frames'],
  ] as const) {
    using barn = openYard()
    const id = onlyHorse((await barn.show([A], 3)).at(-1))
    if (gap > 0) await barn.show([], gap)
    const seen = await barn.show([{ ...A, box: right }], 6)
    t.equal(onlyHorse(seen.at(-1)), id, name)
    t.equal(barn.horses().length, 1, name)
  }
})

t.test('regression 12, L17: notes of a person outlive what is seen next', async (t) => {
  using barn = openYard()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  barn.registry.horses.updateHorseDetails(id, { notes: 'kicks' }, { actor: null, nowMs: nowMs })
  barn.pass(10)
  await barn.show([{ ...A, box: [100, 150, 500, 500] }], 5)
  t.match(barn.registry.horses.get(id), { notes: 'kicks', totalDetections: 40 })
})

t.test('regression 13, L14: deleted while it is watched, a horse stays deleted', async (t) => {
  using barn = openYard()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  barn.registry.horses.remove(id, nowMs)
  await barn.show([A], 5)
  t.equal(barn.registry.horses.get(id), undefined)
  t.notOk(barn.registry.horses.findByStreamId(yard).some((horse) => horse.id === id))
})

for (const step of ['detect', 'embed', 'crop', 'thumbnail'] as const) {
  t.test(`13: deleted in the middle of a frame (${step}), a horse stays deleted`, async (t) => {
    using barn = openYard()
    const id = onlyHorse((await barn.show([A], 3)).at(-1))
    const by = { actor: 'anna', nowMs }
    let avatar: Uint8Array | undefined
    barn.eyes.onAsk = (name) => {
      if (name !== step || avatar) return
      avatar = barn.registry.horses.avatar(id)
      barn.registry.corrections.remove(id, by)
    }
    // Larger, then seen from another side: a better picture, and a lesson.
    await barn.show([{ box: [60, 150, 560, 620], vector: axis(0) }], 3)
    await barn.show([{ box: [60, 150, 560, 620], vector: like(0, 0.86) }], 8)
    t.ok(avatar, 'it was deleted at that step')
    const gone = () => {
      t.equal(barn.registry.horses.get(id), undefined)
      t.notOk(barn.horses().some((horse) => horse.id === id))
      t.same(barn.vectorsOf(id), [])
    }
    gone()
    // As after every correction the box begins anew with the rows; the animal that stands there is another horse now.
    barn.restart()
    const next = onlyHorse((await barn.show([A], 8)).at(-1))
    t.not(next, id)
    t.equal(barn.registry.horses.get(next)?.number, 2, 'under a number of its own')
    gone()
    const [correction] = barn.registry.corrections.list(1)
    if (correction) barn.registry.corrections.undo(correction.id, by)
    t.match(barn.registry.horses.get(id), { id, number: 1 }, 'only a person brings it back')
    t.same(barn.registry.horses.avatar(id), avatar, 'with the picture that it had')
  })
}
