/**
 * What becomes of what the rules find: rows, messages, pictures; and that nothing is lost while nothing can be stored.
 */
import t, { type Test } from 'tap'
import { openDesk } from '../../daemon/alerts/desk.ts'
import { wallClock } from '../../daemon/alerts/hours.ts'
import type { Situation } from '../../daemon/alerts/rules.ts'
import { alertsSchema } from '../../daemon/config/alerts.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { Alert, Edge, Severity } from '../../daemon/presence-types.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import { cameraView, JPEG } from '../http/fake-box.ts'

const startMs = Date.UTC(2026, 10, 22, 12)
const minute = 60_000

interface Event {
  readonly edge: Edge
  /** What it is about. */
  readonly of: string
  readonly atMs: number
}

/** A desk with real rows and clocks by hand. */
function setUp(t: Test, given: object = {}) {
  const registry = openRegistry(':memory:', silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const { alerts, outbox } = registry
  let [config, sinks] = [alertsSchema.parse(given), [{ name: 'hook', least: 'info' as Severity }]]
  let [utcMs, monoMs] = [startMs, 500.25]
  const clock = { utcMs: () => utcMs, monoMs: () => monoMs }
  const troubles = new Set<string>()
  const down = new Set<string>()
  /** What cannot be written: `raise`, `clear`, `escalate`; `raise yard`. */
  const fails = new Set<string>()
  const world = { picture: async (): Promise<Uint8Array | undefined> => JPEG, taken: 0 }
  const told: string[] = []
  const situation = (): Situation => ({
    ...{ nowMs: utcMs, stalls: [], persons: new Map(), isNight: false, postures: new Map() },
    cameras: [...down].map((id) => cameraView(id, 'down')),
    troubles: [...troubles].map((part) => ({ part, detail: 'broken' })),
  })
  const write = <T>(what: string, about: string | null, work: () => T): T => {
    if (fails.has(what) || fails.has(`${what} ${about}`)) throw new Error('database or disk is full')
    return work()
  }
  const rows: typeof alerts = {
    ...alerts,
    raise: (one, ...more) => write('raise', one.streamId, () => alerts.raise(one, ...more)),
    clear: (...all) => write('clear', null, () => alerts.clear(...all)),
    escalate: (...all) => write('escalate', null, () => alerts.escalate(...all)),
  }
  const deps = {
    ...{ rows, situation, wall: wallClock('UTC'), clock, log: silentLog },
    sinks: () => sinks,
    picture: () => {
      world.taken++
      return world.picture()
    },
    tell: ({ part, streamId }: Alert, edge: Edge) => void told.push(`${edge} ${part ?? streamId}`),
  }
  const desk = openDesk(() => config, deps)
  return {
    ...{ alerts, outbox, desk, troubles, down, fails, world, told, clock },
    want: (more: object) => {
      config = alertsSchema.parse(more)
    },
    hear: (...all: [name: string, least: Severity][]) => {
      sinks = all.map(([name, least]) => ({ name, least }))
    },
    /** Rounds once a second; answers how many of them failed. */
    async pass(ms: number): Promise<number> {
      let failed = 0
      for (const endMs = utcMs + ms; utcMs < endMs; ) {
        utcMs += 1000
        monoMs += 1000
        await desk.look().catch(() => failed++)
      }
      return failed
    },
    /** What waits for a way out, taken from there. */
    take(sink = 'hook'): Event[] {
      const events: Event[] = []
      for (let row = outbox.next(sink, utcMs); row; row = outbox.next(sink, utcMs)) {
        const alert = alerts.get(row.alertId)
        events.push({ edge: row.edge, of: alert?.part ?? alert?.streamId ?? '', atMs: row.occurredMs })
        outbox.sent(row.id, utcMs)
      }
      return events
    },
  }
}

const quick = { rules: { box_trouble: { after_seconds: 0 }, camera_down: { after_seconds: 0 } } }
const words = (events: readonly Event[]) => events.map(({ edge, of }) => `${edge} ${of}`)

t.test('while nothing can be stored nothing is lost: told once, in order, with its time', async (t) => {
  const { pass, troubles, down, fails, take, told, world, alerts } = setUp(t, quick)
  troubles.add('before')
  await pass(1000)
  t.same(words(take()), ['raised before'])
  fails.add('raise').add('clear')
  down.add('yard')
  await pass(10_000)
  troubles.add('models')
  await pass(10_000)
  // Over before it could be stored; and what was stored before is over as well.
  troubles.clear()
  t.equal(await pass(5 * minute), 300, 'each round says so')
  t.same(take(), [])
  t.equal(world.taken, 1, 'the picture is of the moment')
  fails.clear()
  t.equal(await pass(3000), 0)
  t.same(take(), [
    { edge: 'raised', of: 'yard', atMs: startMs + 2000 },
    { edge: 'raised', of: 'models', atMs: startMs + 12_000 },
    { edge: 'cleared', of: 'before', atMs: startMs + 81_000 },
    { edge: 'cleared', of: 'models', atMs: startMs + 81_000 },
  ])
  t.same(told, ['raised before', 'raised yard', 'raised models', 'cleared before', 'cleared models'])
  t.same(
    alerts.open().map(({ streamId }) => streamId),
    ['yard'],
  )
  troubles.add('before')
  await pass(40 * minute)
  t.match(take()[0], { edge: 'raised', of: 'before' }, 'and the next time is told')
})

t.test('one that cannot be stored holds up no other', async (t) => {
  const { pass, down, take, fails } = setUp(t, quick)
  fails.add('raise yard')
  down.add('yard').add('aisle')
  t.equal(await pass(3000), 3)
  t.same(words(take()), ['raised aisle'])
  fails.clear()
  await pass(1000)
  t.same(words(take()), ['raised yard'])
})

const night = { ...quick, quiet_hours: { from: '12:01', to: '12:10' } }

t.test(
  'quiet hours: what is still so at their end is told then; an end only where the beginning was',
  async (t) => {
    const { pass, down, take, hear, told } = setUp(t, night)
    hear(['hook', 'info'], ['mqtt', 'info'])
    down.add('evening')
    await pass(30_000)
    t.same([words(take()), words(take('mqtt'))], [['raised evening'], ['raised evening']])
    await pass(minute)
    down.add('short').add('long')
    await pass(minute)
    t.same([take(), words(take('mqtt'))], [[], ['raised short', 'raised long']])
    down.delete('short')
    down.delete('evening')
    await pass(minute)
    t.same(words(take()), ['cleared evening'], 'who was told is told of the end, also then')
    t.same(words(take('mqtt')), ['cleared evening', 'cleared short'])
    await pass(10 * minute)
    t.same(take(), [{ edge: 'raised', of: 'long', atMs: startMs + 91_000 }], 'once, with its own time')
    t.same(take('mqtt'), [])
    t.match(told.slice(-1), ['raised long'])
    down.clear()
    await pass(minute)
    t.same(words(take()), ['cleared long'])
  },
)

t.test('paused: told afterwards, but for what somebody looks after; then told again in time', async (t) => {
  const { pass, down, troubles, take, hear, alerts } = setUp(t, quick)
  hear()
  troubles.add('models')
  down.add('yard').add('seen').add('over')
  await pass(1000)
  for (const { id, streamId } of alerts.open())
    if (streamId === 'seen') alerts.acknowledge(id, { actor: 'anna', nowMs: startMs })
  down.delete('over')
  await pass(20 * minute)
  t.same(take(), [])
  hear(['hook', 'info'], ['loud', 'critical'])
  await pass(1000)
  // What began at one moment has no order.
  t.same(
    take().sort((a, b) => a.of.localeCompare(b.of)),
    [
      { edge: 'raised', of: 'models', atMs: startMs + 1000 },
      { edge: 'raised', of: 'yard', atMs: startMs + 1000 },
    ],
  )
  t.same(words(take('loud')), ['raised models'])
  await pass(5 * minute - 1000)
  t.same(take(), [], 'it counts from when it was told')
  await pass(1000)
  t.same(words(take()), ['escalated models'])
  down.clear()
  await pass(minute)
  t.same(words(take()), ['cleared yard'])
})

t.test('what cannot be told again now is told again a second later', async (t) => {
  const { pass, troubles, fails, take } = setUp(t, quick)
  troubles.add('models')
  await pass(1000)
  take()
  fails.add('escalate')
  t.equal(await pass(5 * minute + 2000), 3)
  fails.clear()
  await pass(1000)
  t.same(words(take()), ['escalated models'])
})

t.test('snoozed it is not raised; when that is over it is, if it is still so', async (t) => {
  const { pass, down, alerts, take, world, clock } = setUp(t, {
    rules: { camera_down: { after_seconds: 0, cool_down_seconds: 0 } },
  })
  down.add('yard')
  await pass(1000)
  const [alert] = alerts.open()
  if (alert) alerts.snooze(alert.id, clock.utcMs() + minute, { actor: 'anna', nowMs: clock.utcMs() })
  down.clear()
  await pass(20_000)
  t.same(words(take()), ['raised yard', 'cleared yard'])
  down.add('yard')
  await pass(30_000)
  t.same([take(), alerts.open(), world.taken], [[], [], 1])
  await pass(11_000)
  t.same(words(take()), ['raised yard'])
})

t.test('the picture is the evidence; without one an alert is still an alert', async (t) => {
  const { pass, down, alerts, world } = setUp(t, quick)
  const raised = async (id: string, picture: typeof world.picture) => {
    world.picture = picture
    down.add(id)
    await pass(1000)
    const alert = alerts.open().find(({ streamId }) => streamId === id)
    return alert && (alerts.picture(alert.id) ?? null)
  }
  t.same(await raised('a', async () => JPEG), Buffer.from(JPEG))
  t.equal(await raised('b', async () => undefined), null)
  t.equal(await raised('c', async () => new Uint8Array(204_801)), null)
  const broken = async () => {
    throw new Error('no picture')
  }
  t.equal(await raised('d', broken), null)
})

t.test('what people change counts from the next second on', async (t) => {
  const { pass, down, want, take } = setUp(t)
  down.add('yard')
  await pass(10_000)
  t.same(take(), [])
  const all = { from: '00:00', to: '00:00' }
  want({ ...quick, schedules: [{ name: 'Works', ...all, silences: ['camera_down'] }] })
  await pass(3000)
  t.same(take(), [])
  want(quick)
  await pass(1000)
  t.same(words(take()), ['raised yard'])
})
