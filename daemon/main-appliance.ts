/**
 * What whoever keeps the box asks of it: arguments -> verb.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { BackupPlace } from './commands/backup.ts'
import type { ConfigPlace } from './commands/config.ts'
import type { Finding } from './commands/doctor-check.ts'
import { openGenerations } from './config/generations.ts'
import { loadConfig, readConfigFile } from './config/load.ts'
import { systemClock } from './lib/clock.ts'
import {
  configFile,
  configOption,
  lifeOf,
  numberFrom,
  say,
  stateDir,
  stopSignal,
  version,
} from './main-tools.ts'

interface OfConfig {
  readonly config?: string
}

function configPlace({ config }: OfConfig): ConfigPlace {
  const file = configFile(config)
  const read = () => {
    const text = readConfigFile(file)
    loadConfig(file, process.env, stateDir(), text)
    return text
  }
  return { stateDir: stateDir(), generations: openGenerations(stateDir()), read, say }
}

export function addConfig(program: Command): void {
  const config = program.command('config').description('another config: what it changes, and its trial')
  config
    .command('diff')
    .description('say what is another than in the newest config that proved itself')
    .option(...configOption)
    .action(async (options) => (await import('./commands/config.ts')).sayDiff(configPlace(options)))
  config
    .command('apply')
    .description('have the daemon try the config for a minute; it goes back by itself')
    .option(...configOption)
    .action(async (options) => {
      const { applyConfig } = await import('./commands/config.ts')
      if (!(await applyConfig(configPlace(options), stopSignal().signal))) process.exitCode = 1
    })
}

/** A backup is of the config that runs, also where the file is broken. */
function backupPlace({ config }: OfConfig): BackupPlace {
  const file = configFile(config)
  const { loaded } = lifeOf(file).start()
  return { stateDir: stateDir(), loaded, version, utcMs: systemClock.utcMs, say }
}

interface RestoreFlags extends OfConfig {
  readonly withConfig?: boolean
  readonly fetch?: boolean
}

async function runRestore(from: string, flags: RestoreFlags): Promise<void> {
  const { config, withConfig, fetch } = flags
  const { fetchBackup, restore } = await import('./commands/backup.ts')
  const target = withConfig ? configFile(config) : undefined
  const place = { stateDir: stateDir(), configFile: target, utcMs: systemClock.utcMs, say }
  if (!fetch) return restore(from, place)
  const into = mkdtempSync(join(tmpdir(), 'barnbox-restore-'))
  try {
    await restore(await fetchBackup(backupPlace(flags), from, into, stopSignal().signal), place)
  } finally {
    rmSync(into, { recursive: true, force: true })
  }
}

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('make a backup now, read it again, let go of old ones')
    .option(...configOption)
    .action(async (options) => {
      const { backUp } = await import('./commands/backup.ts')
      await backUp(backupPlace(options), stopSignal().signal)
    })
  program
    .command('restore')
    .description('put a backup in the place of the state, while barnbox is stopped')
    .argument('<backup>', 'its folder, or one as a file; with --fetch a snapshot of restic, like "latest"')
    .option('--with-config', 'config and secrets too')
    .option('--fetch', 'fetch it from where backup.restic keeps them')
    .option(...configOption)
    .action(runRestore)
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('say whether a package is signed by the key that this box trusts')
    .argument('<file>', 'beside it lies its signature, FILE.minisig')
    .option('--key <file>', 'the public key, of minisign', '/etc/barnbox/update.pub')
    .action(async (file: string, { key }: { key: string }) => {
      const { verifyFile } = await import('./commands/verify.ts')
      say(`signed: ${await verifyFile(file, key)}`)
    })
}

/** `sayFindings`: how the entry module tells findings, and ends by them. */
export function addCameras(
  program: Command,
  sayFindings: (findings: readonly Finding[], how: 'silently' | 'aloud') => void,
): void {
  const cameras = program.command('cameras').description('find and try cameras')
  cameras
    .command('discover')
    .description('what answers on the network by ONVIF')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { discover, deviceText } = await import('./commands/cameras.ts')
      const devices = await discover(stopSignal().signal)
      if (json) say(JSON.stringify({ devices }))
      else say(devices.length === 0 ? 'Nothing answers.' : devices.map(deviceText).join('\n'))
    })
  cameras
    .command('test')
    .description('say whether a camera is good enough to be watched; the report is kept')
    .argument('<id>', 'a camera of the config or of the page')
    .option('--seconds <n>', 'how long it is watched', numberFrom(31, 3600), 120)
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(
      async (id: string, { seconds, config, json }: { seconds: number; config?: string; json?: boolean }) => {
        const { findingsOf, testOne } = await import('./commands/cameras.ts')
        const { loaded } = lifeOf(configFile(config)).start()
        const report = await testOne(id, seconds, { loaded, stateDir: stateDir() }, stopSignal().signal)
        if (json) say(JSON.stringify(report))
        sayFindings(findingsOf(report), json === true ? 'silently' : 'aloud')
      },
    )
}
