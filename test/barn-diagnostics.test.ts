/** What goes out to a helper: the box as it is, without a secret. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { diagnose, machineOf } from '../daemon/barn-diagnostics.ts'
import { setupPin } from '../daemon/barn-setup.ts'
import { loadConfig } from '../daemon/config/load.ts'

const folder = mkdtempSync(join(tmpdir(), 'barnbox-diagnostics-'))
const put = (name: string, text: string) => writeFileSync(join(folder, name), text)

t.test('no secret is in it, wherever it stood', async (t) => {
  put('camera.password', 'c4mera-s3cret\n')
  put('token', 'a-t0ken-of-16-characters\n')
  const camera = {
    id: 'yard',
    url: 'rtsp://127.0.0.1:9/main?token=h1dden',
    username: 'barn-user',
    password_file: 'camera.password',
  }
  put('barnbox.yaml', JSON.stringify({ cameras: [camera], http: { token_file: 'token' } }))
  const pin = setupPin(folder)
  const loaded = loadConfig(join(folder, 'barnbox.yaml'), {})
  const log = ['{"msg":"c4mera-s3cret was wrong"}', '{"msg":"a-t0ken-of-16-characters"}']
  const found = await diagnose(loaded, folder, log, AbortSignal.timeout(60_000))
  const text = JSON.stringify(found)
  for (const secret of ['c4mera-s3cret', 'a-t0ken', 'h1dden', 'barn-user', pin])
    t.notOk(text.includes(secret), secret)
  t.match(text, /rtsp:\/\/127\.0\.0\.1:9\/main/)
  t.match(found.log[0], /was wrong/)
  const parts = found.findings.map(({ part }) => part)
  for (const part of ['node', 'state folder', 'config', 'ffmpeg', 'access']) t.ok(parts.includes(part), part)
  t.notOk(parts.includes('models'), 'the daemon has them in its hands')
})

t.test('the machine: what lies in the state folder, and what is left', async (t) => {
  const before = await machineOf(folder)
  put('more', 'x'.repeat(10_000))
  const after = await machineOf(folder)
  t.equal(after.stateBytes - before.stateBytes, 10_000)
  t.ok(after.diskBytes >= after.diskFreeBytes && after.diskFreeBytes > 0)
  t.ok(after.memoryBytes > after.memoryFreeBytes && after.cores > 0)
})
