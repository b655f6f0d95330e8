import t, { type Test } from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import type { AlertSubject, Severity } from '../../daemon/presence-types.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const north: AlertSubject = { streamId: 'north' as StreamId, stallId: null, horseId: null, part: null }
const by = { actor: 'anna', nowMs: now + 5000 }

function setUp(t: Test) {
  const registry = openRegistry(':memory:', silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const { alerts, outbox } = registry
  const raise = (more: Partial<AlertSubject> & { severity?: Severity } = {}, atMs = now, sinks = ['mqtt']) =>
    alerts.raise(
      { kind: 'camera_down', severity: 'warning', ...north, detail: 'no route', ...more },
      sinks,
      atMs,
    )
  return { alerts, outbox, raise }
}

t.test('an alert and its messages are written together, one for each way out', async (t) => {
  const { alerts, outbox, raise } = setUp(t)
  const alert = raise({}, now, ['mqtt', 'push'])
  t.match(alert, { kind: 'camera_down', severity: 'warning', openedMs: now, closedMs: null, verdict: null })
  t.same(alerts.open(), [alert])
  for (const sink of ['mqtt', 'push'])
    t.match(outbox.next(sink, now), { alertId: alert.id, edge: 'raised', occurredMs: now, attempts: 0 })
  t.equal(outbox.next('webhook:x', now), null)
  t.same(raise({}, now + 1000), alert, 'open already: that one, and nobody is told')
  t.equal(outbox.figures('mqtt').waiting, 1)
  t.throws(() => raise({ streamId: 'south' as StreamId, severity: 'loud' as Severity }))
  t.equal(outbox.figures('mqtt').waiting, 1, 'and no message without its alert')
})

t.test('cleared and escalated once; acknowledged it is told no more', async (t) => {
  const { alerts, outbox, raise } = setUp(t)
  const { id } = raise()
  t.match(alerts.escalate(id, ['mqtt'], now + 1000), { escalations: 1 })
  t.match(alerts.acknowledge(id, by), { acknowledgedMs: by.nowMs, acknowledgedBy: 'anna' })
  t.equal(alerts.escalate(id, ['mqtt'], now + 2000), undefined)
  t.match(
    alerts.acknowledge(id, { actor: 'tom', nowMs: now + 9000 }),
    { acknowledgedBy: 'anna' },
    'the first one stays',
  )
  t.match(alerts.clear(id, now + 3000), { closedMs: now + 3000 })
  t.equal(alerts.clear(id, now + 4000), undefined)
  t.same(alerts.open(), [])
  t.equal(outbox.figures('mqtt').waiting, 3)
  t.equal(raise({}, now + 9000).openedMs, now + 9000, 'another one')
})

t.test(
  'who was not told of the beginning is told once, later; the end goes to whoever was told',
  async (t) => {
    const { alerts, outbox, raise } = setUp(t)
    const { id } = raise({}, now, ['mqtt', 'bad'])
    const refused = outbox.next('bad', now)
    if (refused) outbox.giveUp(refused.id, now, 'never')
    t.equal(alerts.spread(id, ['mqtt', 'bad']), undefined, 'not again where it was given up')
    t.match(alerts.spread(id, ['mqtt', 'push']), { id })
    t.match(outbox.next('push', now + 9000), { edge: 'raised', occurredMs: now })
    t.equal(alerts.spread(id, ['mqtt', 'push']), undefined)
    t.equal(alerts.toldMs(id), null)
    const first = outbox.next('mqtt', now)
    if (first) outbox.sent(first.id, now + 100)
    t.equal(alerts.toldMs(id), now + 100)
    const all = { waitingBeforeMs: 0, sentBeforeMs: now + 99_000, most: 99 }
    outbox.trim(all, now)
    t.equal(alerts.spread(id, ['mqtt', 'bad']), undefined, 'it is known for as long as it is open')
    alerts.clear(id, now + 5000)
    t.match(outbox.next('mqtt', now + 9000), { edge: 'cleared' })
    t.match([outbox.figures('push'), outbox.figures('bad')], [{ waiting: 2 }, { waiting: 0, dropped: 1 }])
    t.equal(alerts.spread(id, ['new']), undefined, 'it is over')
    outbox.trim(all, now)
    t.equal(outbox.figures('bad').dropped, 0)
  },
)

t.test('snoozed by kind and subject, for a while', async (t) => {
  const { alerts, raise } = setUp(t)
  const { id } = raise()
  t.match(alerts.snooze(id, now + 60_000, by), { snoozedUntilMs: now + 60_000, acknowledgedBy: 'anna' })
  t.equal(alerts.snoozedUntil('camera_down', north, now + 59_999), now + 60_000)
  t.equal(alerts.snoozedUntil('camera_down', north, now + 60_000), null)
  t.equal(alerts.snoozedUntil('camera_down', { ...north, streamId: 'south' as StreamId }, now), null)
  t.equal(alerts.snoozedUntil('stall_blind', north, now), null)
})

t.test('useful or not is counted', async (t) => {
  const { alerts, raise } = setUp(t)
  const { id } = raise()
  raise({ streamId: 'south' as StreamId }, now + 1000)
  t.match(alerts.judge(id, 'not_useful'), { verdict: 'not_useful' })
  t.same(alerts.counts(now), { notUseful: 1, all: 2 })
  t.same(alerts.counts(now + 1), { notUseful: 0, all: 1 })
  alerts.judge(id, null)
  t.same(alerts.counts(now), { notUseful: 0, all: 2 })
  t.throws(() => alerts.judge('nothing' as typeof id, 'useful'), { code: 'NOT_FOUND' })
})

t.test('in pages, the newest first; a picture of its own; old ones go with their messages', async (t) => {
  const { alerts, outbox, raise } = setUp(t)
  const all = ['a', 'b', 'c'].map((id, at) => raise({ streamId: id as StreamId }, now + at * 1000))
  t.same(
    alerts.list({ limit: 2 }).map(({ streamId }) => streamId),
    ['c', 'b'],
  )
  t.same(
    alerts.list({ limit: 2, beforeMs: now + 1000 }).map(({ streamId }) => streamId),
    ['a'],
  )
  const picture = Uint8Array.of(1, 2, 3)
  const seen = alerts.raise(
    { kind: 'person_at_night', severity: 'warning', ...north, detail: null, picture },
    [],
    now,
  )
  t.equal(seen.hasPicture, true)
  t.same(alerts.picture(seen.id), Buffer.from(picture))
  t.equal(alerts.picture(all[0]?.id ?? seen.id), undefined)
  alerts.clear(all[0]?.id ?? seen.id, now + 5000)
  t.equal(alerts.forget(now + 6000), 1, 'open ones stay')
  t.equal(outbox.figures('mqtt').waiting, 2)
})

t.test('the outbox: in order, nothing overtakes, tried again when it is time', async (t) => {
  const { outbox, raise } = setUp(t)
  const ids = ['a', 'b', 'c'].map((id) => raise({ streamId: id as StreamId }).id)
  const first = outbox.next('mqtt', now)
  t.equal(first?.alertId, ids[0])
  if (!first) return
  outbox.failed(first.id, now + 5000, 'x'.repeat(1000))
  t.equal(outbox.next('mqtt', now + 4999), null, 'the second waits for the first')
  t.equal(outbox.nextTryMs('mqtt'), now + 5000)
  t.match(outbox.next('mqtt', now + 5000), { id: first.id, attempts: 1 })
  t.equal(outbox.figures('mqtt').lastError?.length, 300)
  outbox.sent(first.id, now + 5000)
  const second = outbox.next('mqtt', now + 5000)
  t.equal(second?.alertId, ids[1])
  if (second) outbox.giveUp(second.id, now, 'never')
  t.equal(outbox.next('mqtt', now + 5000)?.alertId, ids[2])
  t.match(outbox.figures('mqtt'), { waiting: 1, dropped: 1, lastError: null })
})

t.test('the outbox is bounded: by age, and by number the least severe go first', async (t) => {
  const { outbox, raise } = setUp(t)
  raise({ streamId: 'old' as StreamId, severity: 'critical' }, now - 10_000)
  for (const [at, severity] of (['info', 'critical', 'info', 'warning'] as const).entries())
    raise({ streamId: `s${at}` as StreamId, severity }, now + at)
  const limits = { waitingBeforeMs: now - 5000, sentBeforeMs: now - 5000, most: 2 }
  t.equal(outbox.trim(limits, now + 10), 3)
  t.match(outbox.next('mqtt', now + 10), { severity: 'critical', occurredMs: now + 1 })
  t.match(outbox.figures('mqtt'), { waiting: 2, dropped: 3 })
  t.equal(outbox.only(['push'], now), 2, 'a way out that is no more')
})
