/**
 * Of which pairs of looks it is known whether they are of one animal.
 */
import t from 'tap'
import { apartMs, type LabelledLook, labelledPairs } from '../../daemon/identity/labelled-pairs.ts'
import type { SightingId } from '../../daemon/types.ts'
import { horseId, trackletId } from './vectors.ts'

const [a, b, c] = ['a', 'b', 'c'].map(horseId) as [never, never, never]
const minute = apartMs + 1

function look(lookId: number, more: Partial<LabelledLook>): LabelledLook {
  const none = {
    horseId: null,
    trackletId: null,
    sightingId: null,
    takenMs: 0,
    isAnchor: false,
    isWithdrawn: false,
  }
  return { lookId, ...none, ...more }
}

t.test('looks of one tracklet that are more than a minute apart are of one animal', async (t) => {
  const own = { trackletId: trackletId('t'), horseId: a }
  const looks = [0, 1, minute, 2 * minute].map((takenMs, at) => look(at, { ...own, takenMs }))
  const same = [
    [0, 2],
    [1, 3],
    [2, 3],
  ]
  t.same(labelledPairs(looks, []), { same, different: [] })
  const nobody = [0, minute].map((takenMs, at) => look(at, { trackletId: trackletId('t'), takenMs }))
  t.same(labelledPairs(nobody, []).same, [[0, 1]], 'whoever it is')
  const kept = (sighting: string) => ({ trackletId: trackletId('t'), sightingId: sighting as SightingId })
  const doubted = [look(0, kept('s')), look(1, { ...kept('other'), takenMs: minute })]
  t.same(labelledPairs(doubted, []).same, [], 'not of two sightings: it may have been another one meanwhile')
  const changed = [look(0, own), look(1, { ...own, horseId: b, takenMs: minute })]
  t.same(labelledPairs(changed, []).same, [], 'not where it was thought to be another horse meanwhile')
  const taken = [look(0, own), look(1, { ...own, isWithdrawn: true, takenMs: minute })]
  t.same(labelledPairs(taken, []).same, [])
  const apart = [look(0, { horseId: a }), look(1, { horseId: a, takenMs: minute })]
  t.same(labelledPairs(apart, []).same, [], 'a horse is what the box thinks')
  const long = Array.from({ length: 50 }, (_, at) => look(at, { ...own, takenMs: at * minute }))
  t.equal(labelledPairs(long, []).same.length, 6, 'one tracklet is not all')
})

t.test('so are looks that a person has confirmed, of several tracklets', async (t) => {
  const anchor = (id: number, tracklet: string | null, horse = a) =>
    look(id, { horseId: horse, isAnchor: true, trackletId: tracklet === null ? null : trackletId(tracklet) })
  const looks = [anchor(0, 's'), anchor(1, 's'), anchor(2, 't'), anchor(3, null), anchor(4, null, b)]
  t.same(labelledPairs(looks, []).same, [
    [0, 2],
    [1, 2],
    [2, 3],
  ])
  t.same(labelledPairs([anchor(0, null), anchor(1, null)], []).same, [[0, 1]], 'two photos')
})

t.test('looks of two horses that are two, and those taken from a horse, are not', async (t) => {
  const of = (horse: typeof a, ids: readonly number[]) =>
    ids.map((id) => look(id, { horseId: horse, takenMs: id }))
  const looks = [...of(a, [0, 1, 2]), ...of(b, [10, 11]), ...of(c, [20])]
  t.same(labelledPairs(looks, [[a, b]]).different, [
    [0, 10],
    [1, 11],
    [2, 10],
  ])
  t.same(labelledPairs(looks, []).different, [])
  t.same(labelledPairs(looks, [[a, horseId('gone')]]).different, [])
  const wrong = { horseId: a, isWithdrawn: true, trackletId: trackletId('t') }
  const withdrawn = [
    ...looks,
    look(30, wrong),
    look(3, { horseId: a, trackletId: trackletId('t'), takenMs: 9 }),
  ]
  t.same(labelledPairs(withdrawn, []).different, [
    [0, 30],
    [1, 30],
  ])
  const many = [...of(a, [...Array(40).keys()]), ...of(b, [100])]
  t.equal(labelledPairs(many, [[a, b]]).different.length, 6)
})
