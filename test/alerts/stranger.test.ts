/**
 * A stranger in a stall, from looks to the alert: a wrong name holds the alert back, and does not begin its time anew.
 */
import t from 'tap'
import { createLedger } from '../../daemon/alerts/ledger.ts'
import { rules } from '../../daemon/alerts/rules.ts'
import { createPresence } from '../../daemon/presence/presence.ts'
import type { Watch } from '../../daemon/presence-types.ts'
import type { AlertId, HorseId, Stall, StallId, StreamId, TrackletId } from '../../daemon/types.ts'

const startMs = Date.UTC(2026, 10, 22, 20)
const [aisle, bella] = ['aisle' as StreamId, 'bella' as HorseId]
const minute = 60
const corners = [
  [0, 0],
  [1, 0],
  [1, 1],
] as const
const stall: Stall = {
  ...{ id: 'stall-1' as StallId, streamId: aisle, kind: 'stall', name: '1', corners },
  ...{ expected: [bella], createdMs: startMs, revision: 0 },
}

/** The minutes at which alerts of a stranger begin and end, by when the animal in the stall is taken for its own horse. */
function play(minutes: number, isNamed: (minute: number) => boolean) {
  const [rule] = rules.filter(({ kind }) => kind === 'unknown_horse')
  if (!rule) throw new Error('no rule')
  const presence = createPresence(() => false)
  presence.draw([stall], startMs)
  const ledger = createLedger([rule], [], 0)
  const [raised, cleared]: [number[], number[]] = [[], []]
  for (let second = 0; second < minutes * minute; second++) {
    const nowMs = startMs + second * 1000
    const horseId = isNamed(second / minute) ? bella : null
    const one = { box: [500, 50, 800, 250] as const, score: 0.8, kind: 'horse' as const, horseId }
    const boxes = [{ ...one, trackletId: 't' as TrackletId, certainty: horseId && 0.93 }]
    presence.look({ streamId: aisle, seq: second, utcMs: nowMs, width: 1000, height: 500, boxes })
    presence.see(new Map([[aisle, 'watching' as Watch]]), nowMs)
    const stalls = presence.views()
    const situation = { nowMs, stalls, cameras: [], troubles: [], isNight: true }
    const findings = rule.find({ ...situation, persons: new Map(), postures: new Map() })
    const { raise, clear } = ledger.step(new Map([[rule, findings]]), second * 1000)
    for (const end of clear) {
      ledger.cleared(end)
      cleared.push(second / minute)
    }
    for (const { atMs, ...finding } of raise) {
      raised.push(second / minute)
      const people = { acknowledgedMs: null, acknowledgedBy: null, snoozedUntilMs: null, verdict: null }
      const kept = { id: `${raised.length}` as AlertId, openedMs: atMs, closedMs: null, hasPicture: false }
      ledger.raised({ ...finding, ...people, ...kept, escalations: 0 })
    }
  }
  return { raised, cleared }
}

const between = (from: number, to: number) => (at: number) => at >= from && at < to

t.test('L8: one whom nobody knows is an alert after ten minutes', async (t) => {
  const [first = 0, ...more] = play(40, () => false).raised
  t.ok(between(10, 11)(first), `${first}`)
  t.same(more, [])
})

t.test('taken once for the stall’s own, it is one as soon as that is not believed any more', async (t) => {
  for (const at of [3, 6, 9]) {
    const [first = 0, ...more] = play(40, between(at, at + 0.7)).raised
    t.ok(between(10, 14)(first), `named at ${at}: ${first}`)
    t.same(more, [])
  }
})

t.test('and one that is told goes on', async (t) => {
  const { raised, cleared } = play(40, between(20, 20.7))
  t.equal(raised.length, 1)
  t.same(cleared, [])
})

t.test('the stall’s own horse, which is known again, is none, and ends one', async (t) => {
  t.same(play(60, (at) => at > 9).raised, [], 'known from now on')
  t.same(play(120, (at) => at % 9 > 7.5 || at % 9 < 0.5).raised, [], 'known for a while, again and again')
  const { raised, cleared } = play(60, (at) => at > 20)
  t.equal(raised.length, 1)
  t.ok(between(21, 26)(cleared[0] ?? 0), `${cleared}`)
})
