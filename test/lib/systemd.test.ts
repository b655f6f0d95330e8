import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { createNotifier } from '../../daemon/lib/systemd.ts'

/** Puts a `systemd-notify` first on PATH for the time of a test. */
function fakeNotify(test: Test, script: string): { told: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-notify-'))
  const record = join(folder, 'told')
  writeFileSync(record, '')
  const program = join(folder, 'systemd-notify')
  writeFileSync(program, `#!/bin/sh\n${script.replaceAll('RECORD', record)}\n`)
  chmodSync(program, 0o755)
  const before = process.env['PATH']
  process.env['PATH'] = `${folder}:${before}`
  test.teardown(() => {
    process.env['PATH'] = before
  })
  return { told: () => readFileSync(record, 'utf8').split('\n').slice(0, -1) }
}

t.test('each state is handed to systemd-notify as one word', async (t) => {
  const { told } = fakeNotify(t, 'printf "%s|%s\\n" "$#" "$1" >> RECORD')
  const notifier = createNotifier({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000' }, silentLog)
  for (const state of ['READY=1', 'STATUS=3 cameras; $(all) live', 'STOPPING=1']) await notifier.send(state)
  t.same(told(), ['1|READY=1', '1|STATUS=3 cameras; $(all) live', '1|STOPPING=1'])
  t.equal(notifier.watchdogMs, 30_000, 'what systemd allows')
})

t.test('not being heard is no fault', async (t) => {
  fakeNotify(t, 'echo "no such socket" >&2; exit 1')
  const lines: object[] = []
  const log = { ...silentLog, debug: (fields: object) => void lines.push(fields) }
  await createNotifier({ NOTIFY_SOCKET: '/run/x' }, log).send('READY=1')
  t.match(lines, [{ state: 'READY=1', stderr: /no such socket/ }])
})

t.test('outside systemd nobody is told, and there is no watchdog', async (t) => {
  const { told } = fakeNotify(t, 'echo told >> RECORD')
  const notifier = createNotifier({ WATCHDOG_USEC: '30000000' }, silentLog)
  await notifier.send('READY=1')
  t.same(told(), [])
  t.equal(notifier.watchdogMs, null)
  for (const usec of ['', '0', '-5', 'soon']) {
    const without = createNotifier({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: usec }, silentLog)
    t.equal(without.watchdogMs, null, usec)
  }
})
