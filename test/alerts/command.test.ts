/**
 * A program on the box is run with the event, and nothing else of the daemon; what it answers by its exit code.
 */
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { commandSink } from '../../daemon/alerts/command.ts'
import type { Message } from '../../daemon/alerts/deliver.ts'
import { programs } from '../../daemon/barn-alerts.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { AlertId, StreamId } from '../../daemon/types.ts'

const never = new AbortController().signal
const occurredMs = Date.UTC(2026, 10, 22, 3)
const message: Message = {
  ...{ id: 'message', edge: 'raised', occurredMs, isDelayed: false },
  alert: {
    ...{ id: 'alert' as AlertId, kind: 'camera_down', severity: 'warning', streamId: 'yard' as StreamId },
    ...{ stallId: null, horseId: null, part: null, openedMs: occurredMs, closedMs: null },
    ...{ detail: 'a "quote", $HOME', hasPicture: false, acknowledgedMs: null, acknowledgedBy: null },
    ...{ snoozedUntilMs: null, verdict: null, escalations: 0 },
  },
}

/** A program of these lines, as a way out. */
function sinkOf(t: Test, lines: string, withinMs?: number) {
  const folder = t.testdir({ program: `#!/bin/sh\n${lines}\n` })
  const path = join(folder, 'program')
  chmodSync(path, 0o755)
  const sink = commandSink(path, 'info', programs(silentLog), withinMs)
  return { sink, read: (name: string) => readFileSync(join(folder, name), 'utf8') }
}

t.test('it is run with the event, and without the surroundings of the daemon', async (t) => {
  const { sink, read } = sinkOf(t, 'cd "$(dirname "$0")"; printf %s "$BARNBOX_EVENT" >event; env >env')
  process.env['BARNBOX_SECRET_OF_TEST'] = 'hay'
  t.teardown(() => delete process.env['BARNBOX_SECRET_OF_TEST'])
  await sink.deliver(message, never)
  t.match(JSON.parse(read('event')), {
    ...{ event_type: 'camera_down', id: 'message', alert: 'alert', edge: 'raised', camera: 'yard' },
    ...{ detail: 'a "quote", $HOME', occurred_at: '2026-11-22T03:00:00.000Z', delayed: false },
  })
  t.notMatch(read('env'), /SECRET_OF_TEST|^(HOME|USER)=/m)
})

t.test('another exit code than 0 is a failure, and so is no program', async (t) => {
  await t.rejects(sinkOf(t, 'exit 3').sink.deliver(message, never), { message: 'it ended with code 3' })
  const none = commandSink('/nowhere/at/all', 'info', programs(silentLog))
  await t.rejects(none.deliver(message, never))
})

t.test('one that takes too long is ended', async (t) => {
  const { sink } = sinkOf(t, 'exec sleep 60', 200)
  const startMs = performance.now()
  await t.rejects(sink.deliver(message, never), { message: 'it did not end in time' })
  t.ok(performance.now() - startMs < 20_000)
})
