import t from 'tap'
import { type Finding, rules, type Situation } from '../../daemon/alerts/rules.ts'
import type { AlertKind, StallView } from '../../daemon/presence-types.ts'
import type { CameraView, HorseId, StallId, StreamId } from '../../daemon/types.ts'

const nowMs = Date.UTC(2026, 10, 22, 2)
const [aisle, yard] = ['aisle', 'yard'] as StreamId[] as [StreamId, StreamId]
const [bella, storm, milo] = ['bella', 'storm', 'milo'] as HorseId[] as [HorseId, HorseId, HorseId]

function camera(id: StreamId, more: Partial<CameraView> = {}): CameraView {
  return {
    ...{ id, name: id, state: 'live', sinceMs: 0, detail: null, reason: null, lastFrameMs: nowMs },
    ...{ framesDecoded: 0, framesDropped: 0, framesAnalysed: 0, framesQuiet: 0, framesFailed: 0 },
    decode: { asked: 'software', used: 'software', why: null },
    ...more,
  }
}

interface Wish extends Partial<Omit<StallView, 'stall'>> {
  readonly expected?: HorseId[]
  readonly zone?: boolean
}

function stall(name: string, { expected = [bella], zone = false, ...more }: Wish = {}): StallView {
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
  ] as const
  return {
    stall: {
      ...{ id: `stall-${name}` as StallId, streamId: aisle, kind: zone ? 'zone' : 'stall', name },
      ...{ corners, expected, createdMs: 0, revision: 0 },
    },
    ...{ match: 'expected', occupied: true, horseId: bella, certainty: 0.97, sinceMs: 0 },
    ...{ watch: 'watching', watchSinceMs: 0, lookedMs: nowMs, ...more },
  }
}

const well: Situation = {
  ...{ nowMs, cameras: [camera(aisle), camera(yard)], troubles: [], stalls: [stall('1')] },
  ...{ persons: new Map(), isNight: true, postures: new Map() },
}

function find(kind: AlertKind, more: Partial<Situation>): Finding[] {
  return rules.find((rule) => rule.kind === kind)?.find({ ...well, ...more }) ?? []
}

const empty = { match: 'empty', occupied: false, horseId: null } as const
const unsure = { match: 'unsure', occupied: null, horseId: null, certainty: null } as const

t.test('all is well: nothing is found', async (t) => {
  for (const { kind } of rules) t.same(find(kind, {}), [], kind)
})

t.test('a camera is down; its stalls are not blind besides', async (t) => {
  const cameras = [
    camera(aisle, { state: 'down', detail: 'no route' }),
    camera(yard, { state: 'connecting' }),
  ]
  t.match(find('camera_down', { cameras }), [{ streamId: aisle, stallId: null, detail: 'no route' }])
  const stalls = [stall('1', { watch: 'blind' })]
  t.same(find('stall_blind', { cameras, stalls }), [])
  t.match(find('stall_blind', { stalls }), [{ streamId: aisle, stallId: 'stall-1' }])
})

t.test('trouble of the box, part by part', async (t) => {
  const troubles = [
    { part: 'disk', detail: 'full' },
    { part: 'clock', detail: 'a year ahead' },
  ]
  t.match(find('box_trouble', { troubles }), [{ part: 'disk' }, { part: 'clock', streamId: null }])
})

t.test('a horse is missing from its stall, unless it is in another or nobody can tell', async (t) => {
  t.match(find('horse_missing', { stalls: [stall('1', empty)] }), [{ stallId: 'stall-1', horseId: bella }])
  const moved = [stall('1', empty), stall('2', { expected: [storm], match: 'other', horseId: bella })]
  t.same(
    find('horse_missing', { stalls: moved }).filter(({ horseId }) => horseId === bella),
    [],
  )
  t.match(find('horse_missing', { stalls: [stall('1', unsure)] }), [{ isUnclear: true }])
  t.match(find('horse_missing', { stalls: [stall('1', { ...empty, watch: 'blind' })] }), [
    { isUnclear: true },
  ])
  t.same(
    find('horse_missing', { stalls: [stall('1', { ...empty, expected: [] })] }),
    [],
    'nobody is expected',
  )
  t.same(find('horse_missing', { stalls: [stall('gate', { ...empty, zone: true })] }), [])
})

t.test('one of two that are expected is enough', async (t) => {
  t.same(find('horse_missing', { stalls: [stall('1', { expected: [bella, milo] })] }), [])
})

t.test('a wrong horse in a stall that is somebody’s', async (t) => {
  const other = { match: 'other', horseId: storm } as const
  t.match(find('wrong_horse', { stalls: [stall('1', other)] }), [{ stallId: 'stall-1', horseId: storm }])
  t.same(find('wrong_horse', { stalls: [stall('1', { ...other, expected: [] })] }), [])
  t.match(find('wrong_horse', { stalls: [stall('1', unsure)] }), [{ isUnclear: true }])
})

t.test('somebody unknown in a stall', async (t) => {
  const somebody = { ...unsure, occupied: true }
  t.match(find('unknown_horse', { stalls: [stall('1', somebody)] }), [{ stallId: 'stall-1', horseId: null }])
  t.same(find('unknown_horse', { stalls: [stall('1', unsure)] }), [])
})

t.test('a horse with a stall of its own stands in the aisle', async (t) => {
  const zone = stall('gate', { zone: true, expected: [], match: 'other', horseId: bella })
  t.match(find('horse_outside', { stalls: [stall('1', empty), zone] }), [
    { stallId: 'stall-gate', horseId: bella },
  ])
  t.same(find('horse_outside', { stalls: [zone] }), [], 'it has no stall')
  const allowed = stall('paddock', { zone: true, expected: [bella], match: 'expected', horseId: bella })
  t.same(find('horse_outside', { stalls: [stall('1', empty), allowed] }), [])
})

t.test('somebody whom nobody can name stands in the aisle', async (t) => {
  const zone = stall('gate', { ...unsure, zone: true, expected: [], occupied: true })
  const left = (minutes: number) => stall('1', { ...empty, sinceMs: nowMs - minutes * 60_000 })
  const others = stall('2', { expected: [storm], horseId: storm })
  const outside = (...stalls: StallView[]) => find('horse_outside', { stalls })
  const isIt = [{ stallId: 'stall-gate', horseId: bella, isUnclear: undefined }]
  t.match(outside(left(1), others, zone), isIt, 'it is the one that is missing')
  const unclear = { stallId: 'stall-gate', isUnclear: true }
  t.same(outside(stall('1'), others, zone), [], 'nobody is missing: it is somebody else')
  t.match(outside(left(20), others, zone), [{ ...unclear, horseId: bella }], 'it is out for long')
  const both = [
    { ...unclear, horseId: bella },
    { ...unclear, horseId: storm },
  ]
  const away = stall('2', { ...empty, expected: [storm], sinceMs: nowMs })
  t.match(outside(left(1), away, zone), both, 'it may be either of two')
  t.match(outside(left(1), stall('2', { ...unsure, expected: [storm] }), zone), both, 'nobody sees the other')
  t.match(outside(stall('1', unsure), others, zone), [{ ...unclear, horseId: bella }], 'nobody can say it is')
  const theirs = { ...zone, stall: { ...zone.stall, expected: [storm] } }
  t.same(outside(left(1), others, theirs), [], 'it may be who belongs there')
  t.same(outside(left(1), others, { ...zone, watch: 'blind' }), [], 'nobody looks there')
  t.same(outside(left(1), others, { ...zone, occupied: null }), [], 'perhaps there is nobody')
})

t.test('a person at night', async (t) => {
  const persons = new Map([
    [aisle, nowMs - 2000],
    [yard, nowMs - 60_000],
  ])
  t.match(find('person_at_night', { persons }), [{ streamId: aisle }])
  t.same(find('person_at_night', { persons, isNight: false }), [])
})

t.test('lying for long, restless: only where it is estimated', async (t) => {
  const lying = { lyingSinceMs: 1, restlessSinceMs: null, isUnsure: false }
  const postures = new Map([['stall-1' as StallId, lying]])
  t.match(find('down_too_long', { postures }), [{ stallId: 'stall-1', horseId: null }])
  const unsure = new Map([['stall-1' as StallId, { ...lying, isUnsure: true }]])
  t.match(find('down_too_long', { postures: unsure }), [{ stallId: 'stall-1', isUnclear: true }])
  t.same(find('restless', { postures }), [])
  t.match(find('down_too_long', { postures, stalls: [stall('1', { watch: 'blind' })] }), [
    { isUnclear: true },
  ])
})

t.test('a person of the future is nobody: the clock was set back', async (t) => {
  const at = (seenMs: number) => find('person_at_night', { persons: new Map([[aisle, seenMs]]) }).length
  t.same([nowMs - 10_001, nowMs - 10_000, nowMs, nowMs + 1, nowMs + 3600_000].map(at), [0, 1, 1, 0, 0])
})
