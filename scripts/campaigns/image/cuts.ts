/**
 * Power cuts at random moments: every second one in the midst of an update, the others while horses are seen. After each the disk is looked at
 * as it is, and then the box must start by itself, in the old version or the new one.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '../../simulator/random.ts'
import { type Grown, isOnTrial, isReady, start, streamId, versionOf } from './box.ts'
import { lookAt } from './left.ts'
import type { Machine } from './machine.ts'
import { hold, slow, within } from './must.ts'
import { listen } from './told.ts'

interface Plan {
  readonly cuts: number
  readonly random: Random
  /** How long an update takes. */
  readonly updateMs: number
}

interface Cut {
  readonly isUpdate: boolean
  readonly afterMs: number
}

/** Between these ms after the first horse was told. */
const writing = [500, 15_000] as const
const mostLostMs = 1000

export async function cutAgainAndAgain(bench: Grown, { cuts, random, updateMs }: Plan): Promise<void> {
  const { must, work, versions } = bench
  const { first, later } = versions.imageVersion
  const disk = join(work, 'cut.img')
  const renew = () => execFileSync('cp', ['--sparse=always', bench.disk, disk])
  renew()
  const found = { old: 0, new: 0, mostLostMs: 0, lostSectors: 0 }
  let [machine, version] = [await start(bench, disk), first]
  for (let n = 1; n <= cuts; n++) {
    // What was updated has nothing newer to go to.
    if (version === later) {
      await machine.off()
      renew()
      machine = await start(bench, disk)
    }
    const isUpdate = n % 2 === 1
    const afterMs = Math.round(isUpdate ? random.between(0, updateMs) : random.between(...writing))
    const name = `cut ${n}: ${afterMs} ms into ${isUpdate ? 'an update' : 'writing'}`
    const lost = await must(name, () => cutOff({ bench, disk, machine, random }, { isUpdate, afterMs }))
    found.mostLostMs = Math.max(found.mostLostMs, lost.ms)
    found.lostSectors += lost.sectors
    machine = await start(bench, disk)
    const told = `${lost.ms} ms of last-seen and ${lost.sectors} unflushed sectors lost`
    version = await must(`cut ${n}: it starts, and settles (${told})`, () => settle(machine, bench))
    if (version === later) found.new++
    else found.old++
  }
  await machine.off()
  const { old, new: fresh, lostSectors } = found
  process.stdout.write(
    `${cuts} cuts: ${old} times the old version, ${fresh} times the new one; ${lostSectors} unflushed sectors lost, ` +
      `at most ${found.mostLostMs} ms of last-seen\n`,
  )
}

interface Life {
  readonly bench: Grown
  readonly disk: string
  readonly machine: Machine
  readonly random: Random
}

/** Answers what was lost. */
async function cutOff(
  { bench: { token, work }, disk, machine, random }: Life,
  { isUpdate, afterMs }: Cut,
): Promise<{ ms: number; sectors: number }> {
  await within(slow, () => isReady(machine, token))
  using told = listen({ url: machine.url, token, streamId })
  await within(slow, () => told.sightings() > 0)
  if (isUpdate)
    await machine.root('nohup barnbox-update /var/tmp/later.root </dev/null >/var/tmp/said 2>&1 &')
  await wait(afterMs)
  const cutMs = Date.now()
  const sectors = await machine.cut(random)
  const { faults, lastSeen } = lookAt(disk, work)
  hold(faults.length === 0, faults.join('\n'))
  const ms = told.lostMs(lastSeen, cutMs)
  hold(ms <= mostLostMs, `${ms} ms of last-seen are lost`)
  return { ms, sectors }
}

/** Waits until the barn is watched and nothing is on trial; answers the version. */
async function settle(machine: Machine, { token, versions }: Grown): Promise<string> {
  await within(slow, () => isReady(machine, token))
  await within(slow, async () => !(await isOnTrial(machine)))
  const runs = await versionOf(machine)
  const { first, later } = versions.imageVersion
  hold([first, later].includes(runs), `${runs} runs`)
  return runs
}
