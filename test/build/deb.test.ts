/** The Debian package: what lies in it, that the same sources give the same bytes, and that what lies in it runs. */
import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { loadConfig } from '../../daemon/config/load.ts'
import {
  asInstalled,
  control,
  firstConfig,
  launcher,
  postinst,
  postrm,
  preinst,
  prerm,
} from '../../scripts/deb/control.ts'
import { makeDeb } from '../../scripts/deb/make.ts'
import { isForeign, isOfUse, tooNew } from '../../scripts/deb/natives.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const isHere = await run('dpkg-deb', ['--version']).then(
  () => process.arch === 'x64',
  () => false,
)
const noAnalyze = existsSync('/usr/bin/systemd-analyze')
  ? false
  : 'no systemd-analyze (apt-get install systemd)'
const skip = isHere ? false : 'needs dpkg-deb and an amd64 machine'

t.test('natives of one platform', async (t) => {
  const files: [name: string, path: string, where: string][] = [
    ['better-sqlite3', 'prebuilds/linux-x64.node', 'amd64'],
    ['better-sqlite3', 'prebuilds/linux-arm64.node', 'arm64'],
    ['better-sqlite3', 'prebuilds/linuxmusl-x64.node', ''],
    ['better-sqlite3', 'prebuilds/darwin-arm64.node', ''],
    ['better-sqlite3', 'lib/index.js', 'amd64 arm64'],
    ['better-sqlite3', 'deps/sqlite3/sqlite3.c', ''],
    ['onnxruntime-node', 'bin/napi-v6/linux/x64/libonnxruntime.so.1', 'amd64'],
    ['onnxruntime-node', 'bin/napi-v6/linux/arm64/onnxruntime_binding.node', 'arm64'],
    ['onnxruntime-node', 'bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so', ''],
    ['onnxruntime-node', 'bin/napi-v6/win32/x64/DirectML.dll', ''],
    ['onnxruntime-node', 'dist/index.js', 'amd64 arm64'],
    ['onnxruntime-node', 'script/install.js', ''],
    ['@vladmandic/human', 'models/centernet.bin', 'amd64 arm64'],
    ['@vladmandic/human', 'models/blazeface.bin', ''],
    ['semver', 'LICENSE', 'amd64 arm64'],
    ['semver', 'README.md', ''],
  ]
  for (const [name, path, where] of files) {
    const found = (['amd64', 'arm64'] as const).filter((one) => isOfUse(name, path, one)).join(' ')
    t.equal(found, where, `${name}/${path}`)
  }
  t.notOk(isForeign('@img/sharp-linux-x64', 'amd64'))
  for (const name of [
    '@img/sharp-linux-arm64',
    '@img/sharp-linuxmusl-x64',
    '@img/sharp-wasm32',
    '@img/sharp-darwin-x64',
  ])
    t.equal(isForeign(name, 'amd64'), name !== '@img/sharp-wasm32', name)
  t.notOk(isForeign('sqlite-vec-linux-arm64', 'arm64'))
  t.ok(isForeign('sqlite-vec-linux-x64', 'arm64'))
})

t.test('what is newer than the libraries that the package asks for', async (t) => {
  const asks = (...versions: string[]) => tooNew(versions.map((one) => `\0${one}\0`).join('text'))
  t.equal(asks('GLIBC_2.2.5', 'GLIBC_2.34', 'GLIBCXX_3.4.29', 'GLIBC_PRIVATE'), null)
  t.equal(asks('GLIBC_2.17', 'GLIBC_2.38'), 'GLIBC_2.38')
  t.equal(asks('GLIBC_2.34.1'), null)
  t.equal(asks('GLIBC_3.1'), 'GLIBC_3.1')
  t.equal(asks('GLIBCXX_3.4.30'), 'GLIBCXX_3.4.30')
})

t.test('the scripts of the package are shell, and ask for what each is called with', async (t) => {
  const folder = t.testdir({ scripts: { preinst, postinst, prerm, postrm } })
  for (const name of ['preinst', 'postinst', 'prerm', 'postrm'])
    await t.resolves(run('sh', ['-n', join(folder, 'scripts', name)]), name)
  t.match(postrm, /purge\)\n\s+rm -rf \/var\/lib\/barnbox \/var\/lib\/barnbox-update \/etc\/barnbox\n/)
  // Whoever keeps the box decides that it updates by itself.
  t.notMatch(postinst, 'barnbox-update.timer')
  t.match(control({ version: '1.2.3', architecture: 'arm64', installedKb: 4 }), /^Depends: ffmpeg,/m)
})

t.test('an upgrade makes a backup first, a way back does not', { skip }, async (t) => {
  const folder = t.testdir({ state: { 'barnbox.db': '' }, bin: {} })
  writeFileSync(join(folder, 'bin/runuser'), '#!/bin/sh\necho "backup: $*"\n', { mode: 0o755 })
  const script = preinst
    .replaceAll('/var/lib/barnbox', join(folder, 'state'))
    .replaceAll('/usr/bin/barnbox', join(folder, 'bin/runuser'))
  const env = { PATH: `${folder}/bin:${process.env['PATH']}` }
  const said = async (...args: string[]) =>
    (await run('sh', ['-euc', script, 'preinst', ...args], { env })).stderr
  for (const [was, comes] of [
    ['0.9.0', '0.10.0'],
    ['0.9.0', '0.9.0'],
    ['0.9.0', '1.0.0~rc1'],
  ] as const)
    t.match(await said('upgrade', was, comes), /^backup: .* backup$/m, `${was} to ${comes}`)
  t.match(await said('upgrade', '0.9.0'), /^backup: /m, 'a dpkg that does not say what comes')
  t.equal(await said('upgrade', '0.10.0', '0.9.0'), '')
  t.equal(await said('install', '0.9.0', '0.10.0'), '')
})

t.test('the config that it brings is right, and open to the network', async (t) => {
  const folder = t.testdir({ 'barnbox.yaml': firstConfig })
  t.match(loadConfig(join(folder, 'barnbox.yaml'), {}).config, { cameras: [], http: { host: '0.0.0.0' } })
})

t.test('groups that the unit wants are made: a bare system has no render', async (t) => {
  const unit = readFileSync(join(root, 'systemd/barnbox.service'), 'utf8')
  const users = readFileSync(join(root, 'systemd/barnbox.sysusers.conf'), 'utf8')
  const [, groups = ''] = /^SupplementaryGroups=(.*)$/m.exec(unit) ?? []
  t.ok(groups !== '')
  for (const group of groups.split(' ')) t.match(users, new RegExp(`^g ${group} -$`, 'm'), group)
})

t.test('the command means the box that runs here, unless another state is named', async (t) => {
  const script = launcher.replace(/^exec .*$/m, 'echo "$BARNBOX_STATE_DIR"')
  const told = async (env: Record<string, string>) =>
    (await run('sh', ['-euc', script], { env })).stdout.trim()
  t.equal(await told({ HOME: '/root' }), '/var/lib/barnbox')
  t.equal(await told({ STATE_DIRECTORY: '/var/lib/other' }), '/var/lib/other')
  t.equal(await told({ STATE_DIRECTORY: '/var/lib/other', BARNBOX_STATE_DIR: '/tmp/mine' }), '/tmp/mine')
})

t.test('units speak of where the package lies', async (t) => {
  for (const name of ['barnbox.service', 'barnbox-backup.service']) {
    const text = asInstalled(readFileSync(join(root, 'systemd', name), 'utf8'))
    t.notMatch(text, /\/opt\//, name)
    t.match(text, /^ExecStart=\/usr\/lib\/barnbox\/bin\/node .*\/usr\/lib\/barnbox\/main\.js (run|backup) /m)
  }
})

t.test('systemd finds nothing wrong with the units of updates', { skip: noAnalyze }, async (t) => {
  const folder = t.testdir()
  const units = {
    'barnbox-update.service': 'update.service',
    'barnbox-update-nightly.service': 'update-nightly.service',
    'barnbox-update.timer': 'update.timer',
  }
  for (const [name, file] of Object.entries(units)) {
    const text = readFileSync(join(root, 'scripts/deb', file), 'utf8')
    writeFileSync(join(folder, name), text.replaceAll('/usr/sbin/barnbox-update', '/bin/true'))
  }
  const files = Object.keys(units).map((name) => join(folder, name))
  const said = await run('systemd-analyze', ['verify', '--man=no', ...files]).catch((error) => error)
  t.same([said.stdout, said.stderr], ['', ''])
})

t.test('a package: its list, its bytes twice the same, its Node.js with its natives', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-deb-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  // The build has a test of its own: here a program that opens each native package stands for it.
  const dist = join(folder, 'dist')
  mkdirSync(dist)
  const program = `import sharp from 'sharp'; import Database from 'better-sqlite3'; import * as vec from 'sqlite-vec'
    import 'onnxruntime-node'; import { createRequire } from 'node:module'
    const db = new Database(':memory:'); vec.load(db)
    const weights = createRequire(import.meta.url).resolve('@vladmandic/human')
    console.log(process.execPath, sharp.versions.vips, db.prepare('SELECT vec_version()').pluck().get(), weights)`
  writeFileSync(join(dist, 'main.js'), program)
  writeFileSync(join(dist, 'package.json'), '{"type": "module"}')
  writeFileSync(join(dist, 'LICENSES.txt'), 'hono (MIT)\n')
  const externals = ['better-sqlite3', 'onnxruntime-node', 'sharp', 'sqlite-vec', '@vladmandic/human']
  const wish = {
    root,
    dist,
    architecture: 'amd64',
    version: '9.9.9',
    externals,
    epoch: 1_700_000_000,
    compression: 'none',
  } as const
  const first = makeDeb({ ...wish, into: join(folder, 'one') })
  const digest = hash('sha256', readFileSync(first))
  chmodSync(join(dist, 'main.js'), 0o600)
  t.equal(
    hash('sha256', readFileSync(makeDeb({ ...wish, into: join(folder, 'two') }))),
    digest,
    'the same bytes',
  )

  const { stdout: list } = await run('dpkg-deb', ['--contents', first], { maxBuffer: 10_000_000 })
  for (const name of [
    './usr/bin/barnbox',
    './usr/lib/barnbox/bin/node',
    './usr/sbin/barnbox-update',
    './usr/lib/systemd/system/barnbox.service',
    './usr/lib/systemd/system/barnbox-update.service',
    './usr/lib/systemd/system/barnbox-backup.timer',
    './usr/lib/systemd/system/barnbox-update.timer',
    './usr/lib/systemd/system/barnbox-update-nightly.service',
    './usr/lib/sysusers.d/barnbox.conf',
    './usr/lib/tmpfiles.d/barnbox.conf',
    './etc/avahi/services/barnbox.service',
    './etc/barnbox/barnbox.yaml',
    './usr/share/doc/barnbox/copyright',
    './usr/lib/barnbox/node_modules/better-sqlite3/prebuilds/linux-x64.node',
  ])
    t.match(list, new RegExp(` ${name.replaceAll('.', '\\.')}\n`), name)
  const lines = list.trimEnd().split('\n')
  const natives = lines.filter((line) => /\.(?:node|dll|dylib|so[.\d]*)$|\/bin\//.test(line))
  t.ok(natives.length >= 7, `${natives.length} natives`)
  t.notMatch(natives.join('\n'), /arm64|darwin|win32|musl|ffmpeg|libav|cuda|cudnn|tensorrt|nvidia/)
  t.same(
    lines.filter((line) => !line.includes(' root/root ')),
    [],
    'everything is of root',
  )
  const { stdout: fields } = await run('dpkg-deb', ['--field', first])
  t.match(fields, /^Architecture: amd64$/m)

  await run('dpkg-deb', ['--extract', first, join(folder, 'x')])
  const place = join(folder, 'x/usr/lib/barnbox')
  const { stdout } = await run('env', ['-i', join(place, 'bin/node'), join(place, 'main.js')], {
    cwd: folder,
  })
  t.match(stdout, new RegExp(`^${place}/bin/node \\d+\\.\\d+\\.\\d+ v0\\.\\d+\\.\\d+ ${place}/node_modules/`))
  const licences = readFileSync(join(place, 'LICENSES.txt'), 'utf8')
  for (const name of ['hono', 'sharp', 'better-sqlite3', '@img/sharp-libvips-linux-x64', 'Node.js'])
    t.ok(licences.includes(`${name} `), `${name} among the licences`)
})
