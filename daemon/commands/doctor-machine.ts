/**
 * What the doctor says of the machine below barnbox: clock, memory, graphics, names; the disk: `doctor-disk.ts`. What is read and what is made of it are apart.
 */
import { lookup } from 'node:dns/promises'
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { captureOutput } from '../lib/child.ts'
import { clockFault } from '../lib/clock.ts'
import { findExecutable } from '../lib/executable.ts'
import { silentLog } from '../lib/log.ts'
import { Problem, Warning } from './doctor-check.ts'

const mb = 1_000_000

/** By what systemd says of it; undefined where nobody says anything. */
export function judgeClock(utcMs: number, builtMs: number, isSynchronised: boolean | undefined): string {
  const now = new Date(utcMs).toISOString().replace('T', ' ').slice(0, 16)
  const fault = clockFault(utcMs, builtMs)
  if (fault !== null) throw new Problem(fault)
  if (isSynchronised === false)
    throw new Warning(
      `${now} UTC, and nobody sets the clock: switch NTP on (timedatectl set-ntp true), also from a router in the barn`,
    )
  return isSynchronised === undefined
    ? `${now} UTC; whether it is set by NTP is not known here`
    : `${now} UTC, set by NTP`
}

export async function isClockSet(signal: AbortSignal): Promise<boolean | undefined> {
  const program = await findExecutable('timedatectl', process.env['PATH'])
  if (program === undefined) return undefined
  const args = ['show', '--property=NTPSynchronized', '--value']
  const { code, stdout } = await captureOutput(program, args, { log: silentLog, timeoutMs: 5000 }, signal)
  return code === 0 ? stdout.trim() === 'yes' : undefined
}

/** `text`: /proc/meminfo. */
export function judgeMemory(text: string, cameras: number): string {
  const of = (key: string) =>
    Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024
  const [total, free] = [of('MemTotal'), of('MemAvailable')]
  if (Number.isNaN(total + free)) return 'not known here'
  const told = `${(free / 1e9).toFixed(1)} of ${(total / 1e9).toFixed(1)} GB free`
  // The built-in models and the daemon, and an ffmpeg a camera.
  const wanted = 500 * mb + cameras * 60 * mb
  if (total < wanted)
    throw new Problem(`${told}: ${cameras} cameras need about ${Math.round(wanted / mb)} MB`)
  if (free < 200 * mb) throw new Warning(`${told}: what else runs here?`)
  return told
}

export function readMemory(): string {
  try {
    return readFileSync('/proc/meminfo', 'utf8')
  } catch {
    return ''
  }
}

export function graphicsDetail(): string {
  const list = (folder: string) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  }
  const nodes = [
    ...list('/dev/dri')
      .filter((name) => name.startsWith('renderD'))
      .map((name) => `/dev/dri/${name}`),
    ...list('/dev')
      .filter((name) => /^nvidia\d+$|^nvhost-gpu$|^nvmap$/.test(name))
      .map((name) => `/dev/${name}`),
  ]
  if (nodes.length === 0) return 'none: models and decoding run on the processor'
  const shut = nodes.filter((node) => !mayWrite(node))
  if (shut.length > 0)
    throw new Warning(
      `${shut.join(', ')}: this user may not use it (groups video and render, as the service has them)`,
    )
  return `${nodes.join(', ')}; what really runs there stands at "models"`
}

function mayWrite(file: string): boolean {
  try {
    closeSync(openSync(file, 'r+'))
    return true
  } catch {
    return false
  }
}

/** Whether names lead somewhere, and what this box is called on the network. */
export async function namesDetail(hosts: readonly string[]): Promise<string> {
  const unknown: string[] = []
  for (const host of new Set(hosts)) {
    const name = host.replace(/^\[|\]$/g, '')
    await lookup(name).catch(() => unknown.push(name))
  }
  if (unknown.length > 0)
    throw new Problem(
      `no address is known of ${unknown.join(', ')}: correct the name in the config, or give the address`,
    )
  return `this box is ${hostname()}; every name in the config has an address`
}

/** Secrets that others on this box can read. */
export function secretsDetail(files: readonly string[]): string {
  const open = files.filter((file) => {
    try {
      return (statSync(file).mode & 0o004) !== 0
    } catch {
      return false
    }
  })
  if (open.length > 0) throw new Warning(`everybody on this box can read ${open.join(', ')}: chmod o-r`)
  return files.length === 0 ? 'none in files' : `${files.length} files, for their owner and group only`
}
