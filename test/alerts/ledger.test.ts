import fc from 'fast-check'
import t from 'tap'
import { createLedger, type Ledger } from '../../daemon/alerts/ledger.ts'
import type { Finding, Rule } from '../../daemon/alerts/rules.ts'
import type { Alert } from '../../daemon/presence-types.ts'
import type { AlertId, StallId, StreamId } from '../../daemon/types.ts'

const rule: Rule = {
  ...{ kind: 'camera_down', severity: 'warning', find: () => [] },
  ...{ afterMs: 60_000, clearAfterMs: 10_000, coolDownMs: 300_000 },
}
const north: Finding = {
  streamId: 'north' as StreamId,
  stallId: null,
  horseId: null,
  part: null,
  detail: null,
}

function alertOf(finding: Finding, id: string): Alert {
  return {
    ...finding,
    ...{ id: id as AlertId, kind: rule.kind, severity: rule.severity, openedMs: 0, closedMs: null },
    ...{ hasPicture: false, acknowledgedMs: null, acknowledgedBy: null, snoozedUntilMs: null },
    ...{ verdict: null, escalations: 0 },
  }
}

/** Steps once a second; answers the seconds at which something was raised and cleared. */
function play(ledger: Ledger, seconds: number, isSo: (second: number) => Finding[]) {
  const raised: number[] = []
  const cleared: number[] = []
  for (let second = 0; second < seconds; second++) {
    const { raise, clear } = ledger.step(new Map([[rule, isSo(second)]]), second * 1000)
    for (const one of raise) {
      raised.push(second)
      ledger.raised(alertOf(one, `alert-${raised.length}`))
    }
    for (const one of clear) {
      cleared.push(second)
      ledger.cleared(one)
    }
  }
  return { raised, cleared }
}

t.test('raised once when it has been so for long enough, and ended once', async (t) => {
  const found = play(createLedger([rule], [], 0), 200, (second) =>
    second >= 10 && second < 100 ? [north] : [],
  )
  t.same(found, { raised: [70], cleared: [110] })
})

t.test('what flickers is one alert; what is over before its time is none', async (t) => {
  const flicker = play(createLedger([rule], [], 0), 200, (second) => (second % 4 === 3 ? [] : [north]))
  t.same(flicker, { raised: [60], cleared: [] })
  const short = play(createLedger([rule], [], 0), 200, (second) => (second % 59 < 50 ? [north] : []))
  t.same(short.raised, [])
})

t.test('after its end it cools down, and is raised again if it is still so', async (t) => {
  const found = play(createLedger([rule], [], 0), 900, (second) =>
    second < 70 || second > 90 ? [north] : [],
  )
  t.same(found.raised, [60, 379], 'over at 79, and not again within 300 s')
})

t.test('what cannot be told neither begins nor ends', async (t) => {
  const unclear = { ...north, isUnclear: true }
  const held = play(createLedger([rule], [], 0), 500, (second) => (second < 70 ? [north] : [unclear]))
  t.same(held, { raised: [60], cleared: [] })
  t.same(play(createLedger([rule], [], 0), 500, () => [unclear]).raised, [])
  const turned = play(createLedger([rule], [], 0), 500, (second) => [second < 30 ? north : unclear])
  t.same(turned.raised, [], 'it was not surely so when its time came')
})

t.test('open at the start: it ends as others do, and is not raised twice', async (t) => {
  const ledger = createLedger([rule], [alertOf(north, 'old')], 0)
  t.same(
    play(ledger, 100, (second) => (second < 50 ? [north] : [])),
    { raised: [], cleared: [60] },
  )
  const off = createLedger([], [alertOf(north, 'old')], 0)
  t.same(off.step(new Map(), 1000).clear, [{ id: 'old', atMs: 0 }], 'its rule is switched off by now')
})

t.test('what is not answered is asked again, also when it is over by then; and keeps its time', async (t) => {
  const ledger = createLedger([rule], [], 0)
  const south = { ...north, streamId: 'south' as StreamId }
  const step = (second: number) => {
    const findings = second < 70 ? [south, ...(second < 5 ? [] : [north])] : []
    return ledger.step(new Map([[rule, findings]]), second * 1000)
  }
  let last = step(0)
  for (let second = 1; second < 100; second++) last = step(second)
  t.match(last.raise, [
    { streamId: 'south', atMs: 60_000 },
    { streamId: 'north', atMs: 65_000 },
  ])
  t.equal(step(100).raise[0], last.raise[0], 'the very same')
  t.same(last.clear, [])
  for (const one of last.raise) ledger.raised(alertOf(one, String(one.streamId)))
  for (const second of [101, 102, 103]) {
    const { raise, clear } = step(second)
    t.same(raise, [])
    t.match(clear, [
      { id: 'south', atMs: 79_000 },
      { id: 'north', atMs: 79_000 },
    ])
  }
  const [south1] = step(104).clear
  if (south1) ledger.cleared(south1)
  t.match(step(105).clear, [{ id: 'north' }])
})

t.test('refused, it is asked for again', async (t) => {
  const ledger = createLedger([rule], [], 0)
  let asked = 0
  for (let second = 0; second < 100; second++) {
    const { raise } = ledger.step(new Map([[rule, [north]]]), second * 1000)
    for (const one of raise) {
      asked++
      if (asked < 3) ledger.refused(one)
      else ledger.raised(alertOf(one, 'at last'))
    }
  }
  t.equal(asked, 3)
})

t.test('a stall that is unclear holds all that is open of it', async (t) => {
  const stallId = 'stall' as StallId
  const wrong: Finding = { ...north, stallId, horseId: 'storm' as Finding['horseId'] }
  const found = play(createLedger([rule], [], 0), 300, (second) =>
    second < 100 ? [wrong] : [{ ...north, stallId, isUnclear: true }],
  )
  t.same(found, { raised: [60], cleared: [] })
})

t.test('whatever comes: at most one is open of each subject, and only open ones end', async () => {
  const subjects = ['a', 'b', 'c'].map((id): Finding => ({ ...north, streamId: id as StreamId }))
  const second = fc.array(fc.record({ subject: fc.constantFrom(...subjects), isUnclear: fc.boolean() }), {
    maxLength: 4,
  })
  fc.assert(
    fc.property(fc.array(second, { maxLength: 200 }), (seconds) => {
      const quick: Rule = { ...rule, afterMs: 2000, clearAfterMs: 3000, coolDownMs: 1000 }
      const ledger = createLedger([quick], [], 0)
      const open = new Map<string, string>()
      let count = 0
      return seconds.every((found, at) => {
        const findings = found.map(({ subject, isUnclear }) => ({ ...subject, isUnclear }))
        const { raise, clear } = ledger.step(new Map([[quick, findings]]), at * 1000)
        for (const one of clear) {
          ledger.cleared(one)
          if (!open.delete(one.id)) return false
        }
        for (const one of raise) {
          if ([...open.values()].includes(String(one.streamId))) return false
          const id = `alert-${count++}`
          open.set(id, String(one.streamId))
          ledger.raised({ ...alertOf(one, id) })
        }
        return true
      })
    }),
  )
})

t.test(
  'a rule whose times are changed is judged by the new ones, and holds what was open before',
  async (t) => {
    const slow = { ...rule, clearAfterMs: 30_000 }
    const inStall = { ...north, stallId: 'stall' as StallId }
    const open = [alertOf({ ...inStall, horseId: null }, 'before')]
    const ledger = createLedger([rule], open, 0)
    const unclear = { ...inStall, part: 'another', isUnclear: true }
    for (let second = 0; second < 60; second++)
      t.same(ledger.step(new Map([[{ ...slow }, [unclear]]]), second * 1000).clear, [], 'unclear holds it')
    const eager = { ...rule, afterMs: 0 }
    const fresh = createLedger([rule], [], 0)
    t.same(fresh.step(new Map([[rule, [north]]]), 0).raise, [])
    t.same(fresh.step(new Map([[eager, [north]]]), 1000).raise.length, 1, 'at once by the new ones')
  },
)

t.test('what is unclear of one horse holds no alert of another', async (t) => {
  const at = (horseId: string | null): Finding => ({
    ...{ ...north, stallId: 'zone' as StallId },
    horseId: horseId as Finding['horseId'],
  })
  const bellaThen = (then: Finding) =>
    play(createLedger([rule], [], 0), 200, (second) => [
      second < 70 ? at('bella') : { ...then, isUnclear: true },
    ])
  t.match(bellaThen(at('storm')), { raised: [60], cleared: [80] })
  t.match(bellaThen(at('bella')), { raised: [60], cleared: [] })
  t.match(bellaThen(at(null)), { raised: [60], cleared: [] })
})
