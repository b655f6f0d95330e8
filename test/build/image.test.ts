/**
 * scripts/image, as far as it goes without making one: its arguments, its shell, what systemd thinks of its units; and the disk on which the
 * campaign cuts the power. What it makes is tried in scripts/campaigns/image.ts.
 */
import { execFile } from 'node:child_process'
import {
  chmodSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { openEngine } from '../../daemon/vision/engine.ts'
import { testPicture } from '../../daemon/vision/test-picture.ts'
import { Disk } from '../../scripts/campaigns/image/disk.ts'
import { looksAtColours, seesOneHorse } from '../../scripts/campaigns/image/models.ts'
import { createRandom } from '../../scripts/simulator/random.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const appliance = join(root, 'scripts/appliance/tree')
const shell = [
  join(root, 'scripts/image'),
  ...globSync(join(appliance, 'usr/{sbin,lib/barnbox}/*')),
  ...globSync(join(appliance, 'etc/initramfs-tools/{hooks,scripts/*}/*')),
]
const sh = (...args: string[]) =>
  run('sh', args).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, said: stdout + stderr }),
  )
const hasShellcheck = await run('shellcheck', ['--version']).then(Boolean, () => false)

t.test('they are shell', async (t) => {
  t.equal(shell.length, 5)
  for (const file of shell) t.same(await sh('-n', file), { code: 0, said: '' }, file)
  if (hasShellcheck) await t.resolves(run('shellcheck', ['-x', ...shell], { cwd: root }))
})

t.test('arguments that make no sense make nothing', async (t) => {
  const image = join(root, 'scripts/image')
  t.match(await sh(image, '--help'), { code: 0, said: /^usage: scripts\/image .*--base/s })
  const many = ['--from', 'x', 'there', 'a', 'b']
  const kernel = ['--from', 'x', '--kernel', 'quiet"; reboot', 'there']
  for (const args of [[], ['there'], ['--from'], ['--all', 'there'], many, kernel])
    t.match(await sh(image, ...args), { code: 2, said: /see --help/ }, args.join(' '))
  const folder = t.testdir({ 'x.deb': 'x' })
  for (const deb of ['x.deb', 'none.deb'])
    t.match(await sh(image, '--from', 'x', join(folder, 'to'), join(folder, deb)), {
      code: 1,
      said: /package/,
    })
  t.same(globSync(join(folder, 'to')), [])
})

t.test('the program that updates an image says how it is called', async (t) => {
  const said = await sh(join(appliance, 'usr/sbin/barnbox-update'), '--help')
  t.match(said, {
    code: 0,
    said: /^usage: barnbox-update FILE\.root\n.*Exit code: 0 done.*2 nothing was changed\.\n$/s,
  })
})

t.test('what is to stand on the screen is where agetty looks for it', (t) => {
  // Where there is an /etc/issue it reads /etc/issue.d and no other folder.
  const read = readlinkSync(join(appliance, 'etc/issue.d/barnbox.issue'))
  t.match(readFileSync(join(appliance, 'usr/lib/barnbox/show-pin'), 'utf8'), `>${read}\n`)
  t.end()
})

t.test('the registry that was set aside comes back, and its folder stays whose it is', async (t) => {
  const folder = t.testdir({
    keep: { registry: { 'barnbox.db': 'old', 'barnbox.db-wal': 'log' } },
    state: {},
  })
  const [keep, state] = ['keep', 'state'].map((one) => join(folder, one)) as [string, string]
  for (const name of ['barnbox.db', 'barnbox.db-shm', 'cameras.json']) writeFileSync(join(state, name), 'new')
  chmodSync(state, 0o750)
  chmodSync(join(keep, 'registry'), 0o700)
  const trial = join(root, 'scripts/deb/trial.sh')
  t.match(await sh('-euc', '. "$0"; keep=$1; state=$2; bring_back', trial, keep, state), { code: 0 })
  const left = readdirSync(state).map((name) => [name, readFileSync(join(state, name), 'utf8')])
  t.same(Object.fromEntries(left), { 'barnbox.db': 'old', 'barnbox.db-wal': 'log', 'cameras.json': 'new' })
  t.equal(statSync(state).mode & 0o777, 0o750)
})

t.test('the choice for the boot loader is written as it is read, a trial that is over too', async (t) => {
  const boot = t.testdir({ EFI: { debian: { grubenv: '' } } })
  const file = join(boot, 'EFI/debian/grubenv')
  const functions = 'eval "$(sed -n "/^chosen() /p; /^write_choice() {/,/^}/p" "$0")"; boot=$1; shift'
  const work = `${functions}; write_choice "$@"; for one in good trial tries; do chosen "$one"; done`
  for (const words of [
    ['a', 'b', '3'],
    ['a', 'b', '0'],
    ['b', '', ''],
  ]) {
    const said = `${words.join('\n')}\n`
    const updater = join(appliance, 'usr/sbin/barnbox-update')
    t.same(await sh('-euc', work, updater, boot, ...words), { code: 0, said }, words.join())
    const [good, trial, tries] = words
    const meant = `# GRUB Environment Block\ngood=${good}\ntrial=${trial}\ntries=${tries}\n`
    t.equal(readFileSync(file, 'utf8'), meant.padEnd(1024, '#'))
  }
})

t.test('the boot loader counts down each try that an update gives', (t) => {
  const [, given] =
    /^tries_given=(\d)$/m.exec(readFileSync(join(appliance, 'usr/sbin/barnbox-update'), 'utf8')) ?? []
  const loader = readFileSync(join(root, 'scripts/appliance/grub.cfg'), 'utf8')
  for (let tries = Number(given); tries > 1; tries--)
    t.match(loader, `if [ "$tries" = ${tries} ]; then set tries=${tries - 1};`)
  t.match(loader, /else set tries=0; fi\n {2}save_env tries\n/)
  t.end()
})

t.test('the small models of the campaign see a horse in every picture, and colours', async (t) => {
  const [detector, embedder] = ['detector', 'embedder'].map((name) => join(t.testdir(), `${name}.onnx`)) as [
    string,
    string,
  ]
  writeFileSync(detector, seesOneHorse())
  writeFileSync(embedder, looksAtColours())
  const setup = { stateDir: t.testdirName, detector, embedder, threshold: 0.3, threads: 1 }
  await using engine = await openEngine({ ...setup, provider: 'cpu' })
  const picture = testPicture('nv12')
  const found = await engine.detect(picture)
  t.match(found, [{ kind: 'horse' }])
  t.equal(found.length, 1)
  const [look] = await engine.embed(
    picture,
    found.map(({ box }) => box),
    [true],
  )
  t.equal(look?.vector.length, 48)
  t.ok(look?.crop)
})

t.test(
  'after a power cut a disk has all that was flushed, and of the rest each sector or none of it',
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'barnbox-disk-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'disk.img')
    const sectors = 8
    const write = fc.record({ at: fc.nat(sectors - 2), value: fc.integer({ min: 1, max: 255 }) })
    const step = fc.oneof(write, fc.constant('flush' as const))
    const whole = fc.property(fc.array(step, { maxLength: 20 }), fc.string(), (steps, seed) => {
      writeFileSync(file, Buffer.alloc(sectors * 512))
      const disk = new Disk(file)
      const [may, now] = [Array.from({ length: sectors }, () => new Set([0])), Array<number>(sectors).fill(0)]
      for (const one of steps) {
        if (one === 'flush') {
          disk.flush()
          now.forEach((value, n) => {
            may[n] = new Set([value])
          })
          continue
        }
        disk.write(one.at * 512, Buffer.alloc(1024, one.value))
        for (const n of [one.at, one.at + 1]) {
          may[n]?.add(one.value)
          now[n] = one.value
        }
      }
      const bytes = disk.read(0, sectors * 512)
      const isAsWritten = now.every((value, n) =>
        bytes.subarray(n * 512, (n + 1) * 512).every((byte) => byte === value),
      )
      disk.cut(createRandom(seed))
      disk.close()
      const left = readFileSync(file)
      return (
        isAsWritten &&
        may.every((values, n) => {
          const sector = left.subarray(n * 512, (n + 1) * 512)
          return values.has(sector[0] as number) && sector.every((byte) => byte === sector[0])
        })
      )
    })
    fc.assert(whole, { numRuns: 200 })
    t.end()
  },
)
