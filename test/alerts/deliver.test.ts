import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { type Message, Refused, type Sink, startDelivery } from '../../daemon/alerts/deliver.ts'
import { webhookSink } from '../../daemon/alerts/webhook.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'
import { type Posted, startHook } from '../support/hook.ts'
import { until } from '../support/until.ts'

const startMs = Date.UTC(2026, 10, 22)

function setUp(t: Test) {
  const registry = openRegistry(':memory:', silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  let nowMs = startMs
  const clock = { utcMs: () => nowMs, monoMs: () => nowMs }
  const raise = (id: string, sinks: readonly string[]) =>
    registry.alerts.raise(
      {
        ...{ kind: 'camera_down', severity: 'warning', streamId: id as StreamId, stallId: null },
        ...{ horseId: null, part: null, detail: null },
      },
      sinks,
      clock.utcMs(),
    )
  const start = (sinks: readonly Sink[], outbox = registry.outbox) => {
    const { alerts } = registry
    const deps = {
      outbox,
      alert: alerts.get,
      expireMs: 72 * 3600_000,
      clock,
      log: silentLog,
      random: () => 0,
    }
    const running = startDelivery(() => sinks, deps, new AbortController().signal)
    t.teardown(() => running[Symbol.asyncDispose]())
    return running
  }
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { ...registry, raise, start, pass }
}

function listener(name: string, fail: (message: Message, count: number) => void = () => {}) {
  const got: Message[] = []
  let count = 0
  const sink: Sink = {
    ...{ name, least: 'info' },
    async deliver(message) {
      fail(message, ++count)
      got.push(message)
    },
  }
  return { sink, got, streams: () => got.map(({ alert }) => alert.streamId) }
}

t.test(
  'what was raised before is told at once, in its order; what is raised then, on the bell',
  async (t) => {
    const { raise, start } = setUp(t)
    const { sink, streams } = listener('mqtt')
    raise('a', ['mqtt'])
    raise('b', ['mqtt', 'push'])
    const running = start([sink])
    await until(() => streams().length === 2, 'the outbox moves')
    raise('c', ['mqtt'])
    running.wake()
    await until(() => streams().length === 3, 'the outbox moves')
    t.same(streams(), ['a', 'b', 'c'])
  },
)

t.test('one that fails is tried again and not overtaken; other ways out go on', async (t) => {
  const { raise, start, pass, outbox } = setUp(t)
  const bad = listener('mqtt', (_, count) => {
    if (count <= 3) throw new Error('no broker')
  })
  const good = listener('push')
  for (const id of ['a', 'b', 'c']) raise(id, ['mqtt', 'push'])
  const running = start([bad.sink, good.sink])
  await until(() => good.got.length === 3, 'the outbox moves')
  await until(() => outbox.figures('mqtt').lastError === 'no broker', 'the outbox moves')
  t.same(bad.got, [])
  for (let second = 0; second < 60 && bad.got.length < 3; second++) {
    pass(1000)
    running.wake()
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.same(bad.streams(), ['a', 'b', 'c'])
  t.equal(outbox.figures('mqtt').waiting, 0)
})

t.test('told late it says so; and a message keeps its id over tries', async (t) => {
  const { raise, start, pass } = setUp(t)
  const ids: string[] = []
  const { sink, got } = listener('mqtt', ({ id }, count) => {
    ids.push(id)
    if (count === 1) throw new Error('not yet')
  })
  raise('a', ['mqtt'])
  const running = start([sink])
  await until(() => ids.length === 1, 'the outbox moves')
  pass(31_000)
  running.wake()
  await until(() => got.length === 1, 'the outbox moves')
  t.equal(ids[0], ids[1])
  t.match(got, [{ isDelayed: true, occurredMs: startMs }])
  raise('b', ['mqtt'])
  running.wake()
  await until(() => got.length === 2, 'the outbox moves')
  t.equal(got[1]?.isDelayed, false)
})

t.test('while nothing can be written what was told is told once, and the rest waits', async (t) => {
  const { raise, start, outbox } = setUp(t)
  const { sink, streams } = listener('mqtt', ({ alert }) => {
    if (alert.streamId === 'b') throw new Refused('not for us')
  })
  let [isFull, tries] = [true, 0]
  const orFull =
    <Args extends unknown[]>(write: (...args: Args) => void) =>
    (...args: Args) => {
      tries++
      if (isFull) throw new Error('database or disk is full')
      write(...args)
    }
  const { sent, failed, giveUp } = outbox
  for (const id of ['a', 'b', 'c']) raise(id, ['mqtt'])
  const full = { ...outbox, sent: orFull(sent), failed: orFull(failed), giveUp: orFull(giveUp) }
  start([sink], full)
  await until(() => tries === 2, 'it is tried again')
  t.same(streams(), ['a'])
  t.equal(outbox.figures('mqtt').waiting, 3)
  isFull = false
  await until(() => streams().length === 2, 'the outbox moves')
  await until(() => outbox.figures('mqtt').waiting === 0, 'all is written')
  t.same(streams(), ['a', 'c'])
  t.match(outbox.figures('mqtt'), { dropped: 1 })
})

t.test('a refusal and a stop while nothing can be written end quietly', async (t) => {
  const { raise, start, outbox } = setUp(t)
  let tries = 0
  const fail = () => {
    tries++
    throw new Error('database is locked')
  }
  const { sink } = listener('mqtt', () => {
    throw new Refused('not for us')
  })
  raise('a', ['mqtt'])
  const running = start([sink], { ...outbox, sent: fail, failed: fail, giveUp: fail })
  await until(() => tries > 0, 'it is tried')
  await running[Symbol.asyncDispose]()
  t.equal(outbox.figures('mqtt').waiting, 1, 'the next start tells it')
})

t.test('what the other side never takes is given up, and the next one goes', async (t) => {
  const { raise, start, outbox } = setUp(t)
  const { sink, streams } = listener('mqtt', ({ alert }) => {
    if (alert.streamId === 'a') throw new Refused('not for us')
  })
  raise('a', ['mqtt'])
  raise('b', ['mqtt'])
  start([sink])
  await until(() => streams().length === 1, 'the outbox moves')
  t.same(streams(), ['b'])
  t.match(outbox.figures('mqtt'), { waiting: 0, dropped: 1 })
})

t.test('a way out that is not ready holds its messages, and a stop waits for nobody', async (t) => {
  const { raise, start, outbox } = setUp(t)
  const { sink, got } = listener('mqtt')
  const { promise, resolve } = Promise.withResolvers<void>()
  const ready = (signal: AbortSignal) =>
    Promise.race([promise, new Promise<void>((done) => signal.addEventListener('abort', () => done()))])
  raise('a', ['mqtt'])
  const running = start([{ ...sink, ready }])
  await new Promise((done) => setImmediate(done))
  t.same(got, [])
  t.equal(outbox.figures('mqtt').waiting, 1)
  await running[Symbol.asyncDispose]()
  t.same(got, [])
  start([{ ...sink, ready }])
  resolve()
  await until(() => got.length === 1, 'the outbox moves')
})

t.test('what people can cure is no refusal: the message waits', async (t) => {
  const { raise, start, pass, outbox } = setUp(t)
  const [got, answers]: [Posted[], number[]] = [[], [401, 403, 404, 408, 429, 200]]
  const hook = await startHook((posted) => got.push(posted), { statusOf: (n) => answers[n] ?? 200 })
  t.teardown(hook.close)
  const url = `http://127.0.0.1:${hook.port}/hook`
  raise('a', ['webhook:test'])
  const running = start([webhookSink({ name: 'test', url, secret: undefined, least: 'info' })])
  const figures = () => outbox.figures('webhook:test')
  for (const status of answers.slice(0, -1)) {
    await until(() => figures().lastError === `it answered ${status}`, `${status} is noted`)
    pass(10_000)
    running.wake()
  }
  await until(() => figures().waiting === 0, 'it is told')
  t.equal(figures().dropped, 0)
  t.equal(got.length, answers.length)
})

t.test('a webhook: signed, refused for good by a 400, tried again after a 500', async (t) => {
  const { raise, start, pass, outbox } = setUp(t)
  const got: Posted[] = []
  const answers = [500, 200, 400, 200]
  const hook = await startHook((posted) => got.push(posted), { statusOf: (n) => answers[n] ?? 200 })
  t.teardown(hook.close)
  const url = `http://127.0.0.1:${hook.port}/hook`
  for (const id of ['a', 'b', 'c']) raise(id, ['webhook:test'])
  const running = start([webhookSink({ name: 'test', url, secret: 'between us', least: 'info' })])
  await until(() => got.length === 1, 'the outbox moves')
  await until(() => outbox.figures('webhook:test').lastError === 'it answered 500', 'the outbox moves')
  pass(10_000)
  running.wake()
  await until(() => outbox.figures('webhook:test').waiting === 0, 'the outbox moves')
  const events = got.map(({ body }) => JSON.parse(body) as { camera: string; event_type: string; id: string })
  t.same(
    events.map(({ camera }) => camera),
    ['a', 'a', 'b', 'c'],
  )
  t.match(events[0], { event_type: 'camera_down', edge: 'raised', severity: 'warning', delayed: false })
  t.equal(events[0]?.id, got[1]?.headers['barnbox-event'])
  const hmac = createHmac('sha256', 'between us')
    .update(got[0]?.body ?? '')
    .digest('hex')
  t.equal(got[0]?.headers['barnbox-signature'], `sha256=${hmac}`)
  t.match(outbox.figures('webhook:test'), { waiting: 0, dropped: 1 })
})
