/**
 * scripts/install.sh and scripts/bundle, as far as they go without changing a machine: arguments, and what is said of machines that are
 * written down as trees of files. What they change is tried in scripts/campaigns/install.sh.
 */
import { execFile } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const installer = join(root, 'scripts/install.sh')
const bundle = join(root, 'scripts/bundle')
const updater = join(root, 'scripts/deb/update.sh')
const has = async (command: string, ...args: string[]) => run(command, args).then(Boolean, () => false)
const skip =
  process.arch === 'x64' && (await has('dpkg-deb', '--version')) ? false : 'needs dpkg and an amd64 machine'

interface Ended {
  readonly code: number
  readonly said: string
}
const sh = (...args: string[]): Promise<Ended> =>
  run('sh', args).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, said: stdout + stderr }),
  )

/** A package with nothing in it. */
async function packageIn(folder: string, fields: Record<string, string> = {}): Promise<string> {
  const about = { Package: 'barnbox', Version: '0.1.0', Architecture: 'amd64', ...fields }
  const tree = join(folder, `tree-${about.Package}-${about.Architecture}`)
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
  const lines = Object.entries({ ...about, Maintainer: 'a <a@localhost>', Description: 'a' })
  writeFileSync(join(tree, 'DEBIAN/control'), lines.map(([name, value]) => `${name}: ${value}\n`).join(''))
  const file = join(folder, `${about.Package}_${about.Version}_${about.Architecture}.deb`)
  await run('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, file])
  return file
}

const release = (id: string, version: string) =>
  `ID=${id}\nVERSION_ID="${version}"\nPRETTY_NAME="${id} ${version}"\n`
const memory = (mb: number) => `MemFree: 10 kB\nMemTotal:       ${mb * 1024} kB\n`
/** As /proc/net/tcp has them. */
const sockets = (...rows: [port: number, state: string][]) =>
  [
    'sl local_address rem_address st',
    ...rows.map(([port, state]) => `0: 00000000:${port.toString(16).toUpperCase()} 00000000:0000 ${state}`),
  ].join('\n')

/** A machine that will do, but for what is told. */
const machine = (
  but: { os?: string; mb?: number; tcp?: string; tegra?: string; systemd?: boolean } = {},
) => ({
  etc: { 'os-release': but.os ?? release('debian', '12'), ...(but.tegra && { nv_tegra_release: but.tegra }) },
  proc: { meminfo: memory(but.mb ?? 4000), net: { tcp: but.tcp ?? sockets([8480, '01'], [848, '0A']) } },
  run: { systemd: but.systemd === false ? {} : { system: {} } },
  usr: {},
  var: {},
})

t.test('they are shell', async (t) => {
  const files = [installer, bundle, updater, ...globSync(join(root, 'scripts/campaigns/*.sh'))]
  for (const file of files) t.same(await sh('-n', file), { code: 0, said: '' }, file)
  // With what they take in: it is named from the root.
  if (await has('shellcheck', '--version'))
    await t.resolves(run('shellcheck', ['-x', ...files], { cwd: root }))
})

t.test('whoever installs without a person keeps an edited config', async (t) => {
  const lines = [installer, updater].flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  const installs = lines.filter((line) => /apt[-_]get install -y|dpkg -i|dpkg --configure -a "/.test(line))
  t.equal(installs.length, 4)
  for (const line of installs) t.match(line, /--force-confold|\$edited/)
  t.ok(lines.includes('edited=--force-confold'))
})

t.test('arguments that make no sense change nothing', async (t) => {
  const wrong = [
    ['--undone'],
    ['one.deb', 'two.deb'],
    ['--purge'],
    ['--tree', '/tmp'],
    ['--check', '--tree'],
    ['--undo', 'one.deb'],
  ]
  for (const args of wrong)
    t.match(await sh(installer, ...args), { code: 2, said: /see --help/ }, args.join(' '))
  t.match(await sh(installer, '--help'), { code: 0, said: /^usage: install\.sh .*--undo/s })
  t.match(await sh(bundle, '--help'), { code: 0, said: /^usage: scripts\/bundle / })
  for (const args of [
    [],
    ['--from'],
    ['there'],
    ['--from', 'x', '--for', 'windows', 'there'],
    ['--all', 'there'],
  ])
    t.match(await sh(bundle, ...args), { code: 2, said: /see --help/ }, args.join(' '))
})

t.test('which machines will do, and what is said of others', { skip }, async (t) => {
  const orin = '# R36 (release), REVISION: 4.0, GCID: 1, BOARD: generic\n'
  const machines = {
    debian: machine(),
    jammy: machine({ os: release('ubuntu', '22.04') }),
    noble: machine({ os: release('ubuntu', '24.04') }),
    orin: machine({ os: release('ubuntu', '22.04'), tegra: orin }),
    old: machine({ os: release('ubuntu', '20.04') }),
    xavier: machine({ os: release('ubuntu', '22.04'), tegra: orin.replace('R36', 'R35') }),
    small: machine({ mb: 900 }),
    taken: machine({ tcp: sockets([8480, '0A']) }),
    image: machine({ systemd: false }),
    empty: {},
  }
  const folder = t.testdir({ ...machines, stick: {} })
  const deb = await packageIn(folder)
  const check = (name: string, ...args: string[]) =>
    sh(installer, '--check', '--tree', join(folder, name), ...args)
  for (const name of ['debian', 'jammy', 'noble', 'orin'])
    t.match(
      await check(name, deb),
      { code: 0, said: /barnbox 0\.1\.0 for amd64[\s\S]*This machine will do/ },
      name,
    )
  t.match((await check('orin', deb)).said, /JetPack 6/)
  t.match(await check('image', '--no-start', deb), { code: 0, said: /begins with the machine/ })

  const refused: [name: string, why: RegExp][] = [
    ['old', /PROBLEM {2}system: ubuntu 20\.04/],
    ['xavier', /PROBLEM {2}system: .*R35/],
    ['small', /PROBLEM {2}memory: 900 MB/],
    ['taken', /PROBLEM {2}port 8480: another program/],
    ['image', /PROBLEM {2}systemd does not run/],
    ['empty', /PROBLEM {2}system[\s\S]*PROBLEM {2}disk[\s\S]*PROBLEM {2}memory[\s\S]*PROBLEM {2}port/],
  ]
  for (const [name, said] of refused) t.match(await check(name, deb), { code: 3, said }, name)
  t.match((await check('small', deb)).said, /1 to mend first\. Nothing was changed\.\n$/)

  const packages: [file: string, why: RegExp][] = [
    [await packageIn(folder, { Architecture: 'arm64' }), /package: it is for arm64, this machine is amd64/],
    [await packageIn(folder, { Package: 'horse' }), /is no package of barnbox/],
    [join(folder, 'nothing.deb'), /is no package of barnbox/],
  ]
  for (const [file, said] of packages) t.match(await check('debian', file), { code: 3, said }, file)

  t.same(readdirSync(join(folder, 'debian')).sort(), ['etc', 'proc', 'run', 'usr', 'var'])
})

t.test(
  'a stick: the newest package beside it, packages for this system, and all of it whole',
  { skip },
  async (t) => {
    const folder = t.testdir({
      machine: machine(),
      stick: { debian: { 'debian-12-amd64': { Packages: '' } } },
    })
    const stick = join(folder, 'stick')
    copyFileSync(installer, join(stick, 'install.sh'))
    for (const version of ['0.9.0', '0.10.0']) await packageIn(stick, { Version: version })
    const check = (...args: string[]) =>
      sh(join(stick, 'install.sh'), '--check', '--tree', join(folder, 'machine'), ...args)
    t.match(await check(), { code: 0, said: /barnbox 0\.10\.0/ })
    t.match(await check('--offline'), { code: 3, said: /SHA256SUMS is missing/ })
    const files = ['install.sh', 'barnbox_0.10.0_amd64.deb', 'debian/debian-12-amd64/Packages']
    const { stdout } = await run('sha256sum', files, { cwd: stick })
    writeFileSync(join(stick, 'SHA256SUMS'), stdout)
    t.match(await check('--offline'), { code: 0, said: /packages for debian-12 on amd64/ })
    writeFileSync(join(stick, 'debian/debian-12-amd64/Packages'), 'x')
    t.match(await check(), { code: 3, said: /files are damaged or missing/ })
    writeFileSync(join(folder, 'machine/etc/os-release'), release('ubuntu', '24.04'))
    t.match(await check('--offline'), { code: 3, said: /no packages for ubuntu-24\.04 on amd64/ })
  },
)

t.test('what a stick is not made of', { skip }, async (t) => {
  const folder = t.testdir({ full: { file: '' }, 'x.deb': 'x' })
  const make = (...args: string[]) => sh(bundle, '--from', 'a, b', ...args)
  const deb = await packageIn(folder)
  t.match(await make(join(folder, 'full'), deb), { code: 1, said: /is not empty/ })
  t.match(await make(join(folder, 'new'), join(folder, 'x.deb')), { code: 1, said: /no package of barnbox/ })
  t.match(await make(join(folder, 'new'), await packageIn(folder, { Package: 'horse' })), { code: 1 })
  t.notOk(readdirSync(folder).includes('new'))
})
