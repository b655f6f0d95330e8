/**
 * The unit, as systemd itself reads it. (What the daemon tells systemd: test/lib/systemd.test.ts.)
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { launcher } from '../../scripts/deb/control.ts'
import { nodeEnvironment, nodeFlags } from '../../scripts/testing/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const unit = readFileSync(join(root, 'systemd/barnbox.service'), 'utf8')
const skip = existsSync('/usr/bin/systemd-analyze') ? false : 'no systemd-analyze (apt-get install systemd)'
/** `systemd-analyze security`: 0 is a cell, 10 an open door; what keeps it from less is told in the unit. */
const mostExposure = 2.3

const settings = new Map(
  [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']): [string, string] => [key, value]),
)

const units = readdirSync(join(root, 'systemd')).filter((name) => /\.(service|timer)$/.test(name))

/** What systemd-analyze says of units, their paths led to this checkout. */
function analyze(names: readonly string[], verb: string, ...options: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-unit-'))
  for (const name of units) {
    const text = readFileSync(join(root, 'systemd', name), 'utf8').replaceAll('/opt/barnbox', root)
    writeFileSync(join(folder, name), text)
  }
  const files = names.map((name) => join(folder, name))
  return new Promise((resolve) => {
    execFile('systemd-analyze', [verb, ...options, ...files], (error, stdout, stderr) => {
      rmSync(folder, { recursive: true })
      resolve(`${stdout}${stderr}${error && !stderr ? error.message : ''}`)
    })
  })
}

t.test('systemd finds nothing wrong with the units', { skip }, async (t) => {
  t.ok(units.includes('barnbox-backup.timer'))
  t.equal(await analyze(units, 'verify', '--man=no'), '')
})

t.test('on ARM too, where devices are left to the groups', { skip }, async (t) => {
  const folder = t.testdir({ 'barnbox.service.d': {} })
  writeFileSync(join(folder, 'barnbox.service'), unit.replaceAll('/opt/barnbox', root))
  const more = readFileSync(join(root, 'systemd/jetson.conf'), 'utf8')
  writeFileSync(join(folder, 'barnbox.service.d/50-jetson.conf'), more)
  const file = join(folder, 'barnbox.service')
  const said = await new Promise((resolve) => {
    execFile('systemd-analyze', ['verify', '--man=no', file], (_error, ...all) => resolve(all.join('')))
  })
  t.equal(said, '')
})

t.test('it opens what decodes and infers, and takes a part of the machine', async (t) => {
  const all = (name: string) => [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, told]) => told)
  t.equal(settings.get('DevicePolicy'), 'closed')
  const classes = all('DeviceAllow').map((one) => /^char-([\w*-]+) rw$/.exec(one ?? '')?.[1])
  t.same(classes, ['drm', 'video4linux', 'nvidia*', 'nvhost*', 'nvmap*'])
  // What is not known when it starts stays closed.
  for (const told of [...all('Wants'), ...all('After')].filter((one) => one?.includes('modprobe')))
    t.equal(told, 'drm videodev nvidia nvidia_uvm'.replace(/\S+/g, 'modprobe@$&.service'))
  t.equal(settings.get('TasksMax'), '512')
  t.equal(settings.get('MemoryMax'), '90%')
})

t.test('what runs is shut in', { skip }, async (t) => {
  for (const name of units.filter((one) => one.endsWith('.service'))) {
    const said = await analyze([name], 'security', '--offline=true', '--no-pager')
    const exposure = /exposure level for \S+: ([\d.]+)/.exec(said)
    t.ok(Number(exposure?.[1]) <= mostExposure, `${name}: exposure ${exposure?.[1]}`)
  }
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

t.test('whoever starts it by hand has the service’s bounds', async (t) => {
  const bounds = nodeFlags.filter((flag) => flag.startsWith('--max'))
  t.ok(bounds.length > 0)
  for (const bound of bounds) {
    t.ok(readFileSync(join(root, 'bin/barnbox'), 'utf8').includes(` ${bound} `), 'in a checkout')
    t.ok(launcher.includes(` ${bound} `), 'as installed')
  }
})

t.test('whoever starts it by hand has the service’s pages', async (t) => {
  const tunables = nodeEnvironment['GLIBC_TUNABLES'] ?? ''
  t.ok(
    readFileSync(join(root, 'bin/barnbox'), 'utf8').includes(`GLIBC_TUNABLES:=${tunables}}`),
    'in a checkout',
  )
  t.ok(launcher.includes(`GLIBC_TUNABLES:=${tunables}}`), 'as installed')
})

/** The C library asks for them since 2.35, where the kernel says "madvise" and its large pages are of 2 MB. */
function asksForPages(): boolean {
  const about = (name: string) => {
    const file = `/sys/kernel/mm/transparent_hugepage/${name}`
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  const [major = 0, minor = 0] = (header.glibcVersionRuntime ?? '').split('.').map(Number)
  const isNew = major > 2 || (major === 2 && minor >= 35)
  return isNew && about('enabled').includes('[madvise]') && Number(about('hpage_pmd_size')) === 2 ** 21
}

/** Of a child that has 64 MB, how much of its memory large pages are asked for (`hg`), in kB; whether there are any is the kernel's. */
function askedKb(tunables: string | undefined): Promise<number> {
  const program = `globalThis.large = Buffer.alloc(2 ** 26, 1); fs.writeSync(1, fs.readFileSync('/proc/self/smaps'))`
  const env = { ...process.env, NODE_OPTIONS: '', GLIBC_TUNABLES: tunables }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', program], { env, maxBuffer: 2 ** 24 }, (error, stdout) => {
      if (error) return reject(error)
      const maps = stdout.split(/(?<=^VmFlags:.*\n)/m).filter((map) => /^VmFlags:.* hg/m.test(map))
      resolve(maps.reduce((sum, map) => sum + Number(/^Size:\s+(\d+) kB/m.exec(map)?.[1]), 0))
    })
  })
}

t.test(
  'what is large is to lie on large pages',
  {
    skip: !asksForPages() && 'nobody asks for them here',
  },
  async (t) => {
    t.ok((await askedKb(nodeEnvironment['GLIBC_TUNABLES'])) >= 2 ** 16)
    t.ok((await askedKb('glibc.malloc.hugetlb=0')) < 2 ** 16)
  },
)

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
