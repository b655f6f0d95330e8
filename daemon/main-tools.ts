/**
 * What every command is given of the process: where things lie, how it ends, how it speaks. Only the entry modules read it.
 */
import { InvalidArgumentError } from 'commander'
import { hashOf, openGenerations } from './config/generations.ts'
import { type ConfigLife, createConfigLife } from './config/life.ts'
import { type Loaded, loadConfig, loadWith, readConfigFile } from './config/load.ts'
import { systemClock } from './lib/clock.ts'
import { configPath, stateFolder } from './lib/places.ts'
import { readVersion } from './lib/version.ts'

export const stopDeadlineMs = 15_000
export const version: string = readVersion()

export const stateDir = () => stateFolder(process.env)
export const configFile = (given?: string) => configPath(given, process.env)

export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Where a command finds the state folder, and how it speaks. */
export const place = () => ({ stateDir: stateDir(), say })

/**
 * Aborts at the first stop signal; a stop that takes too long ends the process. The second signal ends it as if nobody
 * had asked for signals, by the kernel: an exit would wait for threads that may hang in native code.
 */
export function stopSignal(): AbortController {
  const controller = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
      return
    }
    controller.abort()
    setTimeout(() => process.exit(1), stopDeadlineMs).unref()
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  return controller
}

/** Reads an option that is a number in a range. */
export function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`)
  }
}

export const configOption = [
  '-c, --config <file>',
  'the config (default: $BARNBOX_CONFIG or /etc/barnbox/barnbox.yaml)',
] as const

/** Which config of this file's generations is run by. */
export function lifeOf(file: string): ConfigLife {
  return createConfigLife({
    file,
    read: () => readConfigFile(file),
    load: (text) => loadConfig(file, process.env, stateDir(), text),
    generations: openGenerations(stateDir()),
    pid: process.pid,
    utcMs: systemClock.utcMs,
  })
}

/** Why the daemon has not taken the file's config as it is now; undefined where it has, or has not said. */
export function refusedWhy(file: string): string | undefined {
  const { refused } = openGenerations(stateDir()).standing()
  try {
    return refused?.hash === hashOf(readConfigFile(file)) ? refused.why : undefined
  } catch {
    return undefined
  }
}

/** The config of this file as it will be when what lies in a folder has taken the place of the state folder. */
export const configWith = (file: string, folder: string, way: 'beneath' | 'aside'): Loaded =>
  loadWith(file, process.env, { stateDir: stateDir(), folder, way })
