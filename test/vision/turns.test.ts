/**
 * Fair turns: by hand where the order can be said, and by simulation for any keys, costs and number of workers.
 */
import fc from 'fast-check'
import t from 'tap'
import { createTurns, type Turns } from '../../daemon/vision/turns.ts'

/** Serves all that waits, one after the other, each at the cost that its text begins with. */
function serve(turns: Turns<string>, most = Number.POSITIVE_INFINITY): string[] {
  const served: string[] = []
  while (served.length < most) {
    const turn = turns.next()
    if (!turn) break
    served.push(`${turn.key}${turn.item}`)
    turns.charge(turn.key, Number.parseFloat(turn.item))
  }
  return served
}

t.test('who has used least goes first; within a key it is first come, first served', async (t) => {
  const turns = createTurns<string>()
  for (const item of ['3 a', '3 b', '3 c']) turns.add('A', item)
  for (const item of ['1 a', '1 b', '1 c', '1 d']) turns.add('B', item)
  const order = ['A3 a', 'B1 a', 'B1 b', 'B1 c', 'A3 b', 'B1 d', 'A3 c']
  t.same(serve(turns), order)
  t.equal(turns.next(), undefined)
})

t.test('idle time gives no credit', async (t) => {
  const turns = createTurns<string>()
  turns.add('A', '1')
  turns.add('B', '1')
  serve(turns)
  for (let n = 0; n < 100; n++) turns.add('B', '10')
  serve(turns)
  // A has been away for 100 requests. It may be one ahead, and is not given the next hundred.
  for (let n = 0; n < 10; n++) {
    turns.add('A', '10')
    turns.add('B', '10')
  }
  const ofA = serve(turns, 9).filter((one) => one.startsWith('A')).length
  t.ok(ofA === 4 || ofA === 5, `${ofA} of 9`)
})

t.test('requests too short to measure shut nobody out', async (t) => {
  const turns = createTurns<string>()
  for (let n = 0; n < 10; n++) turns.add('A', '0')
  turns.add('B', '0')
  t.ok(serve(turns, 3).includes('B0'))
})

t.test('ahead of one in hand nobody goes who would have to stand back behind its key', async (t) => {
  const turns = createTurns<string>()
  const take = (turn: { readonly key: string } | undefined) => turn?.key
  // A's requests take 10, B's 1: by now both are known to.
  for (const [key, ms] of [
    ['A', 10],
    ['B', 1],
  ] as const) {
    turns.add(key, String(ms))
    turns.charge(take(turns.next()) ?? '', ms)
  }
  for (const key of ['A', 'B', 'B']) turns.add(key, '')
  t.equal(take(turns.nextAhead()), 'B', 'nobody has one in hand')
  t.equal(take(turns.nextAhead()), 'B', 'of the same key')
  t.equal(take(turns.nextAhead()), undefined, 'B may come back, and is before A')
  t.equal(take(turns.next()), 'A', 'nobody else waits')
  turns.add('B', '')
  t.equal(take(turns.nextAhead()), 'B', 'while A has one')
})

t.test('those that wait can be taken all at once', async (t) => {
  const turns = createTurns<string>()
  for (const key of ['A', 'B', 'A']) turns.add(key, `of ${key}`)
  t.same(turns.drain().sort(), ['of A', 'of A', 'of B'])
  t.equal(turns.next(), undefined)
})

interface Asked {
  readonly key: string
  readonly atMs: number
  readonly ms: number
}

interface Served extends Asked {
  readonly n: number
  readonly fromMs: number
  readonly toMs: number
}

/** So many workers serve the requests; each takes the next when it is free. */
function simulate(asked: readonly Asked[], workers: number): Served[] {
  const turns = createTurns<{ n: number; one: Asked }>()
  const coming = asked.map((one, n) => ({ n, one })).sort((a, b) => a.one.atMs - b.one.atMs)
  let busy: Served[] = []
  const served: Served[] = []
  let nowMs = 0
  while (coming.length > 0 || busy.length > 0) {
    nowMs = Math.min(coming[0]?.one.atMs ?? Number.POSITIVE_INFINITY, ...busy.map(({ toMs }) => toMs))
    for (const { key, ms } of busy.filter(({ toMs }) => toMs <= nowMs)) turns.charge(key, ms)
    busy = busy.filter(({ toMs }) => toMs > nowMs)
    while (coming[0] && coming[0].one.atMs <= nowMs) {
      const { n, one } = coming.shift() as (typeof coming)[number]
      turns.add(one.key, { n, one })
    }
    while (busy.length < workers) {
      const turn = turns.next()
      if (!turn) break
      const { n, one } = turn.item
      const entry = { ...one, n, fromMs: nowMs, toMs: nowMs + one.ms }
      busy.push(entry)
      served.push(entry)
    }
  }
  return served
}

const mostMs = 50
const cost = fc.integer({ min: 1, max: mostMs })
const asked = fc.array(
  fc.record({ key: fc.constantFrom('A', 'B', 'C', 'D'), atMs: fc.nat(2000), ms: cost }),
  { maxLength: 300 },
)
const workers = fc.integer({ min: 1, max: 4 })

t.test(
  'each request is served once, those of a key in order, and no worker idles while one waits',
  async () => {
    fc.assert(
      fc.property(asked, workers, (requests, count) => {
        const served = simulate(requests, count)
        const numbers = served.map(({ n }) => n).sort((a, b) => a - b)
        if (numbers.join() !== requests.map((_, n) => n).join()) return false
        for (const key of ['A', 'B', 'C', 'D']) {
          const times = served.filter((one) => one.key === key).map(({ atMs }) => atMs)
          if (times.some((ms, index) => ms < (times[index - 1] ?? 0))) return false
        }
        // Whoever had to wait did so while all were busy.
        return served.every(
          (one) =>
            one.fromMs === one.atMs ||
            served.filter(({ fromMs, toMs }) => fromMs < one.fromMs && toMs >= one.fromMs).length === count,
        )
      }),
    )
  },
)

/** Worker time that a key was given between two moments. */
function given(served: readonly Served[], key: string, fromMs: number, toMs: number): number {
  return served
    .filter((one) => one.key === key)
    .reduce((sum, one) => sum + Math.max(0, Math.min(one.toMs, toMs) - Math.max(one.fromMs, fromMs)), 0)
}

t.test('keys that always wait get the same time, whatever their requests cost', async () => {
  fc.assert(
    fc.property(cost, cost, workers, (a, b, count) => {
      const many = (key: string, ms: number) =>
        Array.from({ length: Math.ceil(4000 / ms) }, () => ({ key, atMs: 0, ms }))
      const served = simulate([...many('A', a), ...many('B', b)], count)
      // While both still wait. What is with a worker is not charged yet: at most one request for each.
      const untilMs = 4000 / count
      const apart = given(served, 'A', 0, untilMs) - given(served, 'B', 0, untilMs)
      return Math.abs(apart) <= 2 * count * mostMs
    }),
  )
})

t.test('however much others ask, a request is served after a bounded share of theirs', async () => {
  fc.assert(
    fc.property(asked, workers, cost, fc.nat(2000), (requests, count, ms, atMs) => {
      const flood = Array.from({ length: 400 }, () => ({ key: 'flood', atMs: 0, ms: mostMs }))
      const lone = { key: 'lone', atMs, ms }
      const served = simulate([...flood, ...requests, lone], count)
      const own = served.find(({ key }) => key === 'lone')
      if (!own) return false
      // What others were given while it waited: of each no more than it may be behind, or have in hand.
      return ['flood', 'A', 'B', 'C', 'D'].every(
        (key) => given(served, key, own.atMs, own.fromMs) <= (2 * count + 1) * mostMs,
      )
    }),
  )
})
