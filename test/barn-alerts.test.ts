/**
 * What of the box itself is not well, as alerts: the disk, the clock, parts; and that upkeep which fails ends nothing.
 */
import { statfs } from 'node:fs/promises'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { watchOver } from '../daemon/barn-alerts.ts'
import { toldStalls } from '../daemon/barn-presence.ts'
import { configSchema } from '../daemon/config/schema.ts'
import { createBus } from '../daemon/lib/bus.ts'
import type { Heat } from '../daemon/lib/heat.ts'
import { silentLog } from '../daemon/lib/log.ts'
import { overlapOf } from '../daemon/pipeline/scope.ts'
import { openRegistry } from '../daemon/registry/registry.ts'
import type { Fault } from '../daemon/system-types.ts'
import type { CameraView, Facts, StreamId } from '../daemon/types.ts'
import { cameraView } from './http/fake-box.ts'

const [second, minute, day] = [1000, 60_000, 24 * 3600_000]

/** A barn by a clock by hand, without cameras where none are given. */
function setUp(
  t: Test,
  {
    stateDir = t.testdir({}),
    heat = async (): Promise<Heat | undefined> => undefined,
    cameras = [] as CameraView[],
  } = {},
) {
  mock.timers.enable({ apis: ['setTimeout'] })
  const registry = openRegistry(':memory:', silentLog)
  let [utcMs, monoMs] = [Date.UTC(2026, 10, 28), 0]
  const clock = { utcMs: () => utcMs, monoMs: () => monoMs }
  const faults: Fault[] = []
  const errors: string[] = []
  const log = { ...silentLog, error: (_: object, message: string) => void errors.push(message) }
  const alerts = { ...registry.alerts }
  const facts = createBus<Facts>(log)
  const { alerts: config } = configSchema.parse({
    cameras: [{ id: 'yard', url: 'rtsp://cam/1' }],
    alerts: { rules: { box_trouble: { after_seconds: 0, cool_down_seconds: 0 } } },
  })
  const over = watchOver(
    config,
    {
      ...{ registry: { ...registry, alerts }, facts, overlap: overlapOf([]) },
      ...{ clock, log, stateDir, heat, cameras: () => cameras, quality: () => null, isWatching: () => true },
      ...{ isOn: () => true, secrets: new Map(), picture: async () => undefined, faults: () => faults },
      ...{ sinks: [], isTelling: () => true, isToldOf: () => true },
    },
    new AbortController().signal,
  )
  t.teardown(async () => {
    await over[Symbol.asyncDispose]()
    registry[Symbol.dispose]()
    mock.timers.reset()
  })
  return {
    ...{ alerts, faults, errors, registry, facts, book: over.book },
    open: () => registry.alerts.open().map(({ part, detail }) => `${part}: ${detail}`),
    setClock: (byMs: number) => {
      utcMs += byMs
    },
    async pass(ms: number, stepMs = second) {
      for (const endMs = monoMs + ms; monoMs < endMs; ) {
        utcMs += stepMs
        monoMs += stepMs
        mock.timers.tick(stepMs)
        // What asks the disk is answered by another thread, and what is asked after it later, as a rule.
        for (let turn = 0; turn < 3; turn++) await statfs(stateDir).catch(() => {})
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

t.test('all is well; a part that cannot work is an alert while it is so', async (t) => {
  const { pass, open, faults } = setUp(t)
  await pass(30 * second)
  t.same(open(), [])
  faults.push({ part: 'models', detail: '' }, { part: 'ffmpeg', detail: 'x'.repeat(1000) })
  await pass(2 * second)
  t.same(open().sort(), [`ffmpeg: ${'x'.repeat(300)}`, 'models: It cannot work.'])
  faults.splice(0)
  await pass(63 * second)
  t.same(open(), [])
})

t.test('a disk that is nearly full', async (t) => {
  // There is no room on it, ever.
  const { pass, open } = setUp(t, { stateDir: '/proc' })
  await pass(5 * second)
  t.same(open(), [], 'it is asked every ten seconds')
  await pass(10 * second)
  t.same(open(), ['disk: 0 MB are free.'])
})

t.test('a disk that is not there ends nothing', async (t) => {
  const { pass, open } = setUp(t, { stateDir: '/nowhere/at/all' })
  await pass(30 * second)
  t.same(open(), [])
})

t.test('a clock that was set is told for a while; one that drifts is not', async (t) => {
  for (const [byMs, words] of [
    [7200 * second, 'clock: The clock jumped by 7200 s.'],
    [-90 * second, 'clock: The clock jumped by -90 s.'],
  ] as const) {
    const { pass, open, setClock } = setUp(t)
    for (let n = 0; n < 6; n++) {
      await pass(10 * second)
      setClock(59 * second)
    }
    await pass(20 * second)
    t.same(open(), [])
    setClock(byMs)
    await pass(12 * second)
    t.same(open(), [words])
    await pass(9 * minute)
    t.same(open(), [words])
    await pass(2.5 * minute)
    t.same(open(), [])
    mock.timers.reset()
  }
})

t.test('what was of no use is told by stalls and nights of a week', async (t) => {
  const { pass, setClock, faults, registry, book, facts } = setUp(t, {
    cameras: [cameraView('yard', 'live')],
  })
  t.same(
    book.week(),
    { all: 0, notUseful: 0, perStallNight: null },
    'without a stall there is no such figure',
  )
  const corners: [number, number][] = [0, 0.5, 1].map((x) => [x, x * x])
  for (const [kind, name] of [
    ['stall', 'One'],
    ['stall', 'Two'],
    ['zone', 'Aisle'],
  ] as const)
    toldStalls(registry, facts).add(
      { streamId: 'yard' as StreamId, kind, name, corners, expected: [] },
      { actor: null, nowMs: Date.UTC(2026, 10, 1) },
    )
  for (const part of ['models', 'ffmpeg', 'registry', 'recording'] as const) {
    faults.push({ part, detail: 'broken' })
    await pass(2 * second)
  }
  const [one, other, third] = registry.alerts.open()
  for (const each of [one, other]) if (each) book.judge(each.id, 'not_useful')
  if (third) book.judge(third.id, 'useful')
  t.same(book.week(), { all: 4, notUseful: 2, perStallNight: 2 / (2 * 7) })
  setClock(8 * day)
  t.same(book.week(), { all: 0, notUseful: 0, perStallNight: 0 }, 'of the last seven days')
})

t.test('old alerts go once a day; a day on which they cannot ends nothing', async (t) => {
  const { pass, alerts, errors } = setUp(t)
  let asked = 0
  alerts.forget = () => {
    asked++
    if (asked === 1) throw new Error('database or disk is full')
    return 0
  }
  await pass(day, day)
  t.equal(asked, 1)
  t.same(errors, ['old alerts could not be let go of; tomorrow again'])
  await pass(day, day)
  t.equal(asked, 2)
})

t.test('a machine that is about to slow down', async (t) => {
  let marginCelsius = 20
  const heat = async () => ({ zone: 'cpu', celsius: 100 - marginCelsius, marginCelsius })
  const { open, pass } = setUp(t, { heat })
  await pass(minute)
  t.same(open(), [])
  marginCelsius = 5
  await pass(minute)
  t.same(open(), ['heat: cpu is at 95 °C.'])
  marginCelsius = 20
  await pass(5 * minute)
  t.same(open(), [])
})
