import t from 'tap'
import { createOthers } from '../../daemon/pipeline/elsewhere.ts'
import { overlapOf, type ScopeChoice, scopes } from '../../daemon/pipeline/scope.ts'
import type { StreamId } from '../../daemon/types.ts'
import { trackletId } from '../identity/vectors.ts'

const [aisle, paddock, ring] = ['aisle', 'paddock', 'ring'] as [StreamId, StreamId, StreamId]
const [x, y] = [trackletId('x'), trackletId('y')]
const overlap = overlapOf([
  { id: aisle, overlaps: [ring] },
  { id: paddock, overlaps: [] },
  { id: ring, overlaps: [] },
])
const open = (choice: ScopeChoice = 'barn') => createOthers(scopes(choice), overlap)

t.test('the tracklets of other cameras, and whether they were seen just now', async (t) => {
  const others = open()
  others.note(aisle, [x, y], new Set([x]), 1000)
  t.same(others.of(paddock, 1100), [
    { trackletId: x, isSeen: true },
    { trackletId: y, isSeen: false },
  ])
  t.same(others.of(aisle, 1100), [], 'its own are not elsewhere')
  others.note(aisle, [y], new Set([y]), 1200)
  t.same(others.of(paddock, 1300), [{ trackletId: y, isSeen: true }])
})

t.test('not of cameras that look at the same place, whichever of the two says so', async (t) => {
  const others = open()
  others.note(aisle, [x], new Set([x]), 1000)
  t.same(others.of(ring, 1000), [])
  others.note(ring, [y], new Set([y]), 1000)
  t.same(others.of(aisle, 1000), [])
  t.equal(others.of(paddock, 1000).length, 2)
})

t.test('not of cameras with horses of their own', async (t) => {
  const others = open('stream')
  others.note(aisle, [x], new Set([x]), 1000)
  t.same(others.of(paddock, 1000), [])
})

t.test('as long as that camera gives pictures, though nothing moves in them', async (t) => {
  const others = open()
  others.quiet(aisle, 500)
  others.note(aisle, [x], new Set([x]), 1000)
  for (let monoMs = 1500; monoMs <= 60_000; monoMs += 500) others.quiet(aisle, monoMs)
  t.equal(others.of(paddock, 66_000).length, 1)
  t.same(others.of(paddock, 66_001), [], 'then it says nothing any more')
  t.equal(
    others.of(paddock, 59_000).length,
    1,
    'a picture may be looked at later than another camera’s newer one',
  )
})
