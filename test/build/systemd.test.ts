/**
 * The unit, as systemd itself reads it. (What the daemon tells systemd: test/lib/systemd.test.ts.)
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const unit = readFileSync(join(root, 'systemd/barnbox.service'), 'utf8')
const skip = existsSync('/usr/bin/systemd-analyze') ? false : 'no systemd-analyze (apt-get install systemd)'
/** `systemd-analyze security`: 0 is a cell, 10 an open door; what keeps it from less is told in the unit. */
const mostExposure = 2.5

const settings = new Map(
  [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']): [string, string] => [key, value]),
)

/** What systemd-analyze says of the unit, its paths led to this checkout. */
function analyze(verb: string, ...options: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-unit-'))
  const file = join(folder, 'barnbox.service')
  writeFileSync(file, unit.replaceAll('/opt/barnbox', root))
  return new Promise((resolve) => {
    execFile('systemd-analyze', [verb, ...options, file], (error, stdout, stderr) => {
      rmSync(folder, { recursive: true })
      resolve(`${stdout}${stderr}${error && !stderr ? error.message : ''}`)
    })
  })
}

t.test('systemd finds nothing wrong with the unit', { skip }, async (t) => {
  t.equal(await analyze('verify', '--man=no'), '')
})

t.test('the daemon is shut in', { skip }, async (t) => {
  const exposure = /exposure level for barnbox.service: ([\d.]+)/.exec(
    await analyze('security', '--offline=true', '--no-pager'),
  )
  t.ok(Number(exposure?.[1]) <= mostExposure, `exposure ${exposure?.[1]}`)
})

t.test('stop and restart fit what the daemon does', async (t) => {
  const main = readFileSync(join(root, 'daemon/main.ts'), 'utf8')
  const tools = readFileSync(join(root, 'daemon/main-tools.ts'), 'utf8')
  const deadlineMs = Number(/stopDeadlineMs = ([\d_]+)/.exec(tools)?.[1]?.replaceAll('_', ''))
  t.ok(Number(settings.get('TimeoutStopSec')) * 1000 > deadlineMs, 'the daemon ends by itself in time')
  t.match(main, new RegExp(`config: ${settings.get('RestartPreventExitStatus')},`))
  t.equal(settings.get('KillMode'), 'mixed')
  t.equal(settings.get('NotifyAccess'), 'all')
  t.match(settings.get('ExecStart'), /^\/opt\/barnbox\/scripts\/on-node node .* run --config /)
})

t.test('the start command starts the program', async (t) => {
  const [program = '', ...args] = (settings.get('ExecStart') ?? '')
    .replaceAll('/opt/barnbox', root)
    .split(' ')
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-exec-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  // The build has a test of its own: here, what stands behind the path is the entry module itself.
  const command = args.map((arg) => arg.replace(`${root}/dist/main.js`, `${root}/daemon/main.ts`))
  const stderr = await new Promise((resolve) => {
    const wrong = [...command.slice(0, -1), join(folder, 'absent.yaml')]
    execFile('env', ['-u', 'NODE_OPTIONS', program, ...wrong], (_error, _stdout, text) => resolve(text))
  })
  t.match(stderr, /CONFIG_MISSING/)
})
