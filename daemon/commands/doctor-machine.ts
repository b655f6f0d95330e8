/**
 * What the doctor says of the machine below barnbox: disk, clock, memory, graphics, names. What is read and what is made of it are apart.
 */
import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { captureOutput } from '../lib/child.ts'
import { clockFault } from '../lib/clock.ts'
import { findExecutable } from '../lib/executable.ts'
import { silentLog } from '../lib/log.ts'
import { Problem, Warning } from './doctor-check.ts'

const mb = 1_000_000
const leastFreeBytes = 500 * mb
const slowFsyncMs = 250
const slowMbPerSecond = 4

export interface DiskFigures {
  readonly freeBytes: number
  readonly bytes: number
  /** Of 8 MB, written and put through; how long a small write takes until it is on the disk, median. */
  readonly mbPerSecond: number
  readonly fsyncMs: number
  /** Errors that the file system has counted; null where it does not say. */
  readonly errors: number | null
  /** Tenths of a flash disk's life that are used, by itself; null where it does not say. */
  readonly wornTenths: number | null
}

export function judgeDisk(one: DiskFigures): string {
  const { freeBytes, bytes, mbPerSecond, fsyncMs, errors, wornTenths } = one
  const free = `${(freeBytes / 1e9).toFixed(1)} of ${(bytes / 1e9).toFixed(0)} GB free`
  const speed = `${mbPerSecond.toFixed(0)} MB/s, ${fsyncMs.toFixed(0)} ms until a small write is kept`
  if (errors !== null && errors > 0)
    throw new Problem(`the file system has counted ${errors} errors: make a backup and replace the disk`)
  if (wornTenths !== null && wornTenths >= 10)
    throw new Problem('the disk says that it is worn out: make a backup and replace it')
  if (freeBytes < leastFreeBytes)
    throw new Problem(`${free}: make room, or the registry cannot be written soon`)
  if (wornTenths !== null && wornTenths >= 8)
    throw new Warning(
      `${wornTenths * 10} % of the disk's life are used: plan another, and look after the backups`,
    )
  if (fsyncMs > slowFsyncMs || mbPerSecond < slowMbPerSecond)
    throw new Warning(`${speed}: the disk is slow, or busy, or dying; sightings wait for it`)
  return `${free}, ${speed}${wornTenths === null ? '' : `, about ${wornTenths * 10} % of its life used`}`
}

/** What the disk says when nothing can be written, in plain words. */
const refusals: Readonly<Record<string, string>> = {
  ENOSPC: 'it is full: make room, for nothing can be stored',
  EROFS:
    'it takes nothing any more (read-only): the disk or its cable is failing, or power was lost; restart the box, and replace the disk if it comes again',
  EIO: 'it cannot be written (input/output error): make a backup and replace the disk',
}

/** Writes 8 MB into the folder and takes them away again. Throws what the disk says. */
export function measureDisk(folder: string): DiskFigures {
  try {
    return measure(folder)
  } catch (error) {
    const said = refusals[(error as NodeJS.ErrnoException).code ?? '']
    throw said === undefined ? error : new Problem(said)
  }
}

function measure(folder: string): DiskFigures {
  const { bavail, blocks, bsize } = statfsSync(folder)
  const file = join(folder, `.doctor-${process.pid}`)
  const block = randomBytes(mb)
  const times: number[] = []
  const fd = openSync(file, 'wx', 0o600)
  let seconds = 0
  try {
    const startedMs = performance.now()
    for (let n = 0; n < 8; n++) writeSync(fd, block)
    fsyncSync(fd)
    seconds = (performance.now() - startedMs) / 1000
    for (let n = 0; n < 5; n++) {
      const beganMs = performance.now()
      writeSync(fd, block, 0, 4096)
      fsyncSync(fd)
      times.push(performance.now() - beganMs)
    }
  } finally {
    closeSync(fd)
    rmSync(file, { force: true })
  }
  const fsyncMs = times.sort((a, b) => a - b)[2] ?? 0
  const device = deviceOf(folder)
  const [errors, wornTenths] = [errorsOf(device), wornOf(device)]
  return {
    freeBytes: bavail * bsize,
    bytes: blocks * bsize,
    mbPerSecond: 8 / seconds,
    fsyncMs,
    errors,
    wornTenths,
  }
}

/** `sda1`, `mmcblk0p2`: where a folder lies. Undefined in containers and on what is no disk. */
function deviceOf(folder: string): string | undefined {
  const { dev } = statSync(folder)
  // As glibc's makedev has it.
  const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)]
  return /^DEVNAME=(.+)$/m.exec(readIf(`/sys/dev/block/${major}:${minor}/uevent`) ?? '')?.[1]
}

function errorsOf(device: string | undefined): number | null {
  const text = device === undefined ? undefined : readIf(`/sys/fs/ext4/${device}/errors_count`)
  return text === undefined ? null : Number(text)
}

/** What eMMC says of itself: `0x02 0x03`, in tenths, the worse of its two kinds of memory. */
function wornOf(device: string | undefined): number | null {
  const disk = /^(mmcblk\d+)/.exec(device ?? '')?.[1]
  const text = disk === undefined ? undefined : readIf(`/sys/block/${disk}/device/life_time`)
  return text === undefined ? null : wornTenths(text)
}

export function wornTenths(text: string): number | null {
  const tenths = [...text.matchAll(/0x([0-9a-f]{2})/gi)].map(([, hex = '']) => Number.parseInt(hex, 16))
  const worst = Math.max(0, ...tenths)
  return worst === 0 ? null : Math.min(10, worst - 1)
}

function readIf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

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

export const readMemory = () => readIf('/proc/meminfo') ?? ''

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
