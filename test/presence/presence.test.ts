import t from 'tap'
import { createPresence } from '../../daemon/presence/presence.ts'
import type { Watch } from '../../daemon/presence-types.ts'
import type { Analysed, HorseId, SeenBox, Stall, StallId, StreamId, TrackletId } from '../../daemon/types.ts'

const startMs = Date.UTC(2026, 10, 22, 20)
const [aisle, yard] = ['aisle', 'yard'] as StreamId[] as [StreamId, StreamId]
const [bella, storm] = ['bella', 'storm'] as HorseId[] as [HorseId, HorseId]

function stall(name: string, left: number, expected: HorseId[], more: Partial<Stall> = {}): Stall {
  return {
    ...{ id: `stall-${name}` as StallId, streamId: aisle, kind: 'stall', name, expected },
    corners: [
      [left, 0.2],
      [left + 0.4, 0.2],
      [left + 0.4, 1],
      [left, 1],
    ],
    ...{ createdMs: startMs, revision: 0, ...more },
  }
}

const seen = (horseId: HorseId | null, x: number, trackletId = 't'): SeenBox => ({
  box: [x - 100, 200, x + 100, 600],
  ...{ score: 0.8, kind: 'horse', trackletId: trackletId as TrackletId, horseId },
  certainty: horseId === null ? null : 0.95,
})

function picture(second: number, boxes: SeenBox[], streamId = aisle): Analysed {
  return { streamId, seq: second, utcMs: startMs + second * 1000, width: 1000, height: 800, boxes }
}

const watching = new Map<StreamId, Watch>([[aisle, 'watching']])

t.test('each horse in its stall, by where it stands', async (t) => {
  const presence = createPresence(() => false)
  presence.draw([stall('1', 0, [bella]), stall('2', 0.5, [storm])], startMs)
  for (let second = 1; second <= 20; second++)
    presence.look(picture(second, [seen(bella, 200), seen(storm, 700)]))
  presence.see(watching, startMs + 20_000)
  t.match(presence.views(), [
    { stall: { name: '1' }, match: 'expected', horseId: bella, watch: 'watching' },
    { stall: { name: '2' }, match: 'expected', horseId: storm, lookedMs: startMs + 20_000 },
  ])
  t.equal(presence.stallOf(storm)?.stall.name, '2')
  for (let second = 21; second <= 620; second++) presence.look(picture(second, [seen(storm, 200)]))
  const [first, second] = presence.views()
  t.match(first, { match: 'other', horseId: storm })
  t.not(second?.match, 'expected', 'it cannot be in both')
  t.ok((first?.sinceMs ?? 0) > startMs + 20_000)
})

t.test(
  'two that stand in each other’s stalls are believed sooner than one that stands in a wrong one',
  async (t) => {
    const [first, second] = [stall('1', 0, [bella]), stall('2', 0.5, [storm])]
    const after = (boxes: (tracklet: string) => SeenBox[]) => {
      const presence = createPresence(() => false)
      presence.draw([first, second], startMs)
      // Two namings of each, of tracklets of their own.
      for (let at = 1; at <= 60; at++) presence.look(picture(at, boxes(`${at > 30}`)))
      return presence.views()
    }
    const isStorm = (at: string) => seen(storm, 200, `left ${at}`)
    t.match(
      after((at) => [isStorm(at), seen(bella, 700, `right ${at}`)]),
      [
        { match: 'other', horseId: storm },
        { match: 'other', horseId: bella },
      ],
    )
    t.match(
      after((at) => [isStorm(at), seen(null, 700)]),
      [{ match: 'unsure' }, { match: 'unsure' }],
    )
  },
)

t.test('since is when it became so, not when it was last seen', async (t) => {
  const presence = createPresence(() => false)
  presence.draw([stall('1', 0, [bella])], startMs)
  for (let second = 1; second <= 20; second++) presence.look(picture(second, [seen(bella, 200)]))
  const [before] = presence.views()
  for (let second = 21; second <= 300; second++) presence.look(picture(second, [seen(bella, 200)]))
  t.equal(presence.views()[0]?.sinceMs, before?.sinceMs)
})

t.test('a camera that sees nothing: blind, and after hours nothing is known', async (t) => {
  const presence = createPresence(() => false)
  presence.draw([stall('1', 0, [bella])], startMs)
  for (let second = 1; second <= 30; second++) presence.look(picture(second, [seen(bella, 200)]))
  for (let minute = 1; minute <= 300; minute++) {
    presence.see(new Map([[aisle, 'blind']]), startMs + minute * 60_000)
    if (minute === 3) t.match(presence.views()[0], { watch: 'blind', match: 'expected', horseId: bella })
  }
  t.match(presence.views()[0], { watch: 'blind', watchSinceMs: startMs, match: 'unsure', horseId: null })
})

t.test('seen surely by another camera it is not here, but where both show the same place', async (t) => {
  for (const overlaps of [false, true]) {
    const presence = createPresence(() => overlaps)
    presence.draw([stall('1', 0, [bella])], startMs)
    for (let second = 1; second <= 30; second++) presence.look(picture(second, [seen(bella, 200)]))
    for (let second = 31; second <= 630; second++)
      presence.look(picture(second, [seen(bella, 400, 'another')], yard))
    t.equal(presence.views()[0]?.match === 'expected', overlaps)
  }
})

t.test('after a restart: where each was, and less the longer ago', async (t) => {
  const presence = createPresence(() => false)
  presence.draw([stall('1', 0, [bella]), stall('2', 0.5, [storm])], startMs)
  const places = [
    { horseId: bella, box: [0.1, 0.3, 0.3, 0.8] as const, atMs: startMs - 30_000 },
    { horseId: storm, box: [0.6, 0.3, 0.8, 0.8] as const, atMs: startMs - 6 * 3600_000 },
  ]
  presence.remember(aisle, places, startMs)
  t.match(presence.views(), [{ match: 'expected', horseId: bella }, { match: 'unsure' }])
})

t.test('drawn anew, a stall keeps what is known of it; one that is gone is gone', async (t) => {
  const presence = createPresence(() => false)
  presence.draw([stall('1', 0, [bella])], startMs)
  for (let second = 1; second <= 30; second++) presence.look(picture(second, [seen(bella, 200)]))
  presence.draw([stall('1', 0, [storm]), stall('2', 0.5, [])], startMs + 31_000)
  t.match(presence.views(), [{ match: 'other', horseId: bella }, { match: 'unsure' }])
  presence.draw([], startMs + 32_000)
  t.same(presence.views(), [])
})

t.test('a clock that is set back harms nothing', async (t) => {
  const presence = createPresence(() => false)
  presence.draw([stall('1', 0, [bella])], startMs)
  for (let second = 1; second <= 30; second++) presence.look(picture(second, [seen(bella, 200)]))
  for (let second = -3600; second <= -3540; second++) presence.look(picture(second, [seen(bella, 200)]))
  t.match(presence.views()[0], { match: 'expected', horseId: bella })
})

t.test('a horse that the lower side of the picture cuts stands in the stall that ends there', async (t) => {
  const presence = createPresence(() => false)
  presence.draw([stall('1', 0, [bella])], startMs)
  const cut = { ...seen(bella, 200), box: [100, 300, 300, 800] as const }
  for (let second = 1; second <= 20; second++) presence.look(picture(second, [cut]))
  t.match(presence.views()[0], { match: 'expected', horseId: bella })
})
