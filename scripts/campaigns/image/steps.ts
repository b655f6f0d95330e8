/**
 * The life of a box without power cuts: first start, identity, a daemon that hangs, an update that is good and one that is not.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  answers,
  type Bench,
  configOf,
  configure,
  type Grown,
  isOnTrial,
  isReady,
  modelsFolder,
  pinOn,
  setUp,
  start,
  streamId,
  versionOf,
} from './box.ts'
import { bring, lookAt } from './left.ts'
import type { Machine } from './machine.ts'
import { looksAtColours, seesOneHorse } from './models.ts'
import { hold, slow, within } from './must.ts'
import { listen } from './told.ts'

const readBoxId = `/usr/lib/barnbox/bin/node -e "const Database = require('/usr/lib/barnbox/node_modules/better-sqlite3')
  console.log(new Database('/var/lib/barnbox/barnbox.db', { readonly: true })
    .prepare('SELECT value FROM settings WHERE key = ?').pluck().get('box_id'))"`

/** All that must be another on each box. */
async function identity(machine: Machine, must: Bench['must'], which: string): Promise<string[]> {
  const pin = await must(`${which} shows a PIN on its screen`, () => within(slow, () => pinOn(machine)))
  const asked = ['cat /etc/machine-id', 'cat /etc/ssh/ssh_host_ed25519_key.pub', readBoxId]
  const told: string[] = []
  for (const one of asked) told.push(await within(slow, () => machine.root(one)))
  return [pin, ...told]
}

/**
 * By software alone: no machine is needed for it. Leaves the box with what the later parts need: the next versions lie on it, and a trial takes
 * ten seconds. Answers a token, and who the box is.
 */
export async function firstStart(bench: Bench): Promise<{ token: string; mine: readonly string[] }> {
  const { must, disk, work, versions } = bench
  const machine = await start({ ...bench, accel: 'tcg' }, disk)
  const mine = await identity(machine, must, 'in software emulation the first box')
  const token = await must('it is set up with it', () =>
    within(slow, () => setUp(machine, mine[0] as string)),
  )
  await must('a camera is added in its config', async () => {
    await bringModels(machine, work)
    await configure(machine, configOf(bench))
  })
  await must('/readyz answers', () => within(slow, () => isReady(machine, token)))
  await must('a horse is seen', async () => {
    using told = listen({ url: machine.url, token, streamId })
    await within(slow, () => told.sightings() > 0)
  })
  await looksRight(machine, must)
  await mended(machine, must)
  await must('an update that nobody has signed is refused', async () => {
    const file = '/var/tmp/nobody.root'
    const said = await machine.root(
      `echo x >${file}; echo x >${file}.minisig; barnbox-update ${file} 2>&1; echo $?`,
    )
    hold(/not to be trusted; nothing was changed\n2$/.test(said), said)
  })
  const drop = '/etc/systemd/system/barnbox-update.service.d'
  await machine.root(
    `mkdir -p ${drop}; printf '[Service]\\nEnvironment=BARNBOX_WATCH_SECONDS=10\\n' >${drop}/short.conf`,
  )
  await must('it is switched off', () => machine.off())
  const { later, bad } = versions
  const updates = Object.entries({ later, bad }).flatMap(([name, file]) => [
    [`var/tmp/${name}.root`, file],
    [`var/tmp/${name}.root.minisig`, `${file}.minisig`],
  ])
  bring(disk, work, Object.fromEntries(updates))
  return { token, mine }
}

async function bringModels(machine: Machine, work: string): Promise<void> {
  const folder = join(work, 'models')
  mkdirSync(folder)
  writeFileSync(join(folder, 'detector.onnx'), seesOneHorse())
  writeFileSync(join(folder, 'embedder.onnx'), looksAtColours())
  await machine.copy(folder, modelsFolder)
}

async function looksRight(machine: Machine, must: Bench['must']): Promise<void> {
  await must('its root is read-only', async () => {
    const said = await machine.root('touch /usr/x 2>&1 || true')
    hold(said.includes('Read-only file system'), said)
  })
  await must('its state has taken the disk', async () => {
    const mb = Number(await machine.root('df -Pm /run/barnbox-state | tail -1 | tr -s " " | cut -d" " -f2'))
    hold(mb > 2000, `${mb} MB`)
  })
  await must('nothing has failed', async () => {
    const said = await machine.root('systemctl --failed --no-legend --plain')
    hold(said === '', said)
  })
  await must('it carries the offer of the sources', async () => {
    hold(
      /^ffmpeg .*\n/m.test(await machine.root('cat /usr/share/doc/barnbox/SOURCES.txt')),
      'ffmpeg is not named',
    )
  })
}

async function mended(machine: Machine, must: Bench['must']): Promise<void> {
  await must('a daemon that hangs is begun anew by the watchdog', async () => {
    const pid = await machine.root('systemctl show -P MainPID barnbox')
    await machine.root(`kill -STOP ${pid}`)
    await within(
      300,
      async () => !['0', pid].includes(await machine.root('systemctl show -P MainPID barnbox')),
    )
    const said = await machine.root('journalctl -u barnbox -b | grep -i watchdog | tail -3')
    hold(/[Ww]atchdog timeout/.test(said), said)
  })
  await must('and answers again', () => within(slow, () => answers(machine)))
}

export async function otherBox(bench: Bench, mine: readonly string[]): Promise<void> {
  const { must, work, versions } = bench
  const disk = join(work, 'other.img')
  execFileSync('cp', ['--sparse=always', versions.image, disk])
  const machine = await start(bench, disk)
  const theirs = await identity(machine, must, 'another box of the same image')
  await must('PIN, machine, SSH key and box are others', () => {
    const same = theirs.filter((one, n) => one === mine[n])
    hold(same.length === 0 && theirs.every((one) => one !== ''), `the same: ${same}`)
  })
  await machine.off()
}

/** On a copy of the box. Answers how long a good update takes. */
export async function updates(bench: Grown): Promise<number> {
  const { must, work, token, versions } = bench
  const disk = join(work, 'updated.img')
  execFileSync('cp', ['--sparse=always', bench.disk, disk])
  const machine = await start(bench, disk)
  await must('it starts again', () => within(slow, () => isReady(machine, token)))
  const fromMs = Date.now()
  await must('an update is taken', () => update(machine, versions.imageVersion.later, '/var/tmp/later.root'))
  const updateMs = Date.now() - fromMs
  await must('and the barn is watched', () => within(slow, () => isReady(machine, token)))
  await must('the same again is refused', async () => {
    const said = await machine.root('barnbox-update /var/tmp/later.root 2>&1; echo $?')
    hold(/is not newer than .*nothing was changed\n2$/.test(said), said)
  })
  await must('a bad one is gone back from', async () => {
    const { bad, later } = versions.imageVersion
    await machine.root('nohup barnbox-update /var/tmp/bad.root </dev/null >/var/tmp/said 2>&1 &')
    await within(slow, async () => (await machine.root('cat /usr/lib/os-release')).includes(bad))
    await within(slow, async () => (await versionOf(machine)) === later && !(await isOnTrial(machine)))
  })
  await must('and the barn is watched again', () => within(slow, () => isReady(machine, token)))
  await machine.off()
  await must('with its registry whole, and of the version before', () => {
    const { faults, lastSeen } = lookAt(disk, work)
    hold(faults.length === 0 && lastSeen.size > 0, faults.join('\n'))
  })
  return updateMs
}

/** Until the new system has proved itself. */
async function update(machine: Machine, version: string, file: string): Promise<void> {
  await machine.root(`nohup barnbox-update ${file} </dev/null >/var/tmp/said 2>&1 &`)
  await within(slow, async () => (await versionOf(machine)) === version && !(await isOnTrial(machine)))
}
