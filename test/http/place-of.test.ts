import t from 'tap'
import { placeOf } from '../../daemon/http/place-of.ts'
import type { StallView } from '../../daemon/presence-types.ts'
import type { HorseId, Stall } from '../../daemon/types.ts'

const [thunder, storm] = ['thunder', 'storm'] as HorseId[] as [HorseId, HorseId]
const view = (
  name: string,
  expected: HorseId[],
  more: Partial<StallView> = {},
  kind = 'stall',
): StallView => ({
  stall: { id: `id of ${name}`, name, kind, expected } as unknown as Stall,
  ...{ match: 'empty', occupied: false, horseId: null, certainty: 1, sinceMs: 7, lookedMs: 7 },
  ...{ watch: 'watching', watchSinceMs: 0, ...more },
})

t.test('at home, in another’s stall, in the aisle, missing, or nothing that could be said', async (t) => {
  const own = view('Box 1', [thunder])
  const at = { match: 'other', occupied: true, horseId: thunder, sinceMs: 9 } as const
  const of = (...views: StallView[]) => placeOf(thunder, views)
  t.match(of(view('Box 1', [thunder], { ...at, match: 'expected' })), {
    state: 'home',
    here: 'Box 1',
    own: null,
  })
  t.match(of(own, view('Box 2', [storm], at)), {
    ...{ state: 'wrong', here: 'Box 2', own: 'Box 1', sinceMs: 9 },
    stalls: ['id of Box 2', 'id of Box 1'],
  })
  t.match(of(view('Box 2', [storm], at)), { state: 'wrong', own: null }, 'it has none, and this is Storm’s')
  t.match(of(view('Box 3', [], at)), { state: 'there', here: 'Box 3' })
  t.match(of(own, view('Aisle', [], at, 'zone')), { state: 'there', here: 'Aisle', own: 'Box 1' })
  t.match(of(view('Aisle', [], at, 'zone'), view('Box 1', [thunder], { ...at, match: 'expected' })), {
    state: 'home',
  })
  t.match(of(own), { state: 'missing', here: null, own: 'Box 1', sinceMs: 7, stalls: ['id of Box 1'] })
  t.match(of(view('Box 1', [thunder], { match: 'other', horseId: storm })), { state: 'missing' })
  for (const doubt of [
    { watch: 'blind' },
    { match: 'unsure' },
    { match: 'expected', horseId: storm },
  ] as const)
    t.equal(of(view('Box 1', [thunder, storm], doubt)), null, JSON.stringify(doubt))
  t.equal(of(view('Box 2', [storm])), null)
})
