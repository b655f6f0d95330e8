/**
 * What the doctor says of the disk below the state folder: room, speed, and what it says of its own health. What is read and what is made
 * of it are apart.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { captureOutput } from '../lib/child.ts'
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
}

/** What is known of the disk itself; null where it does not say. */
export interface DiskHealth {
  /** Errors that the file system has counted. */
  readonly errors: number | null
  /** How much of a flash disk's life is used, by itself, in percent. */
  readonly wornPercent: number | null
  /** Whether the disk expects to fail. */
  readonly isFailing: boolean | null
  /** What whoever wants to know more may do. */
  readonly hint: string | null
}

export function judgeDisk(figures: DiskFigures, health: DiskHealth): string {
  const { freeBytes, bytes, mbPerSecond, fsyncMs } = figures
  const { errors, wornPercent, isFailing, hint } = health
  const free = `${(freeBytes / 1e9).toFixed(1)} of ${(bytes / 1e9).toFixed(0)} GB free`
  const speed = `${mbPerSecond.toFixed(0)} MB/s, ${fsyncMs.toFixed(0)} ms until a small write is kept`
  if (errors !== null && errors > 0)
    throw new Problem(`the file system has counted ${errors} errors: make a backup and replace the disk`)
  if (isFailing === true)
    throw new Problem('the disk says that it will fail: make a backup and replace it now')
  if (wornPercent !== null && wornPercent >= 100)
    throw new Problem('the disk says that it is worn out: make a backup and replace it')
  if (freeBytes < leastFreeBytes)
    throw new Problem(`${free}: make room, or the registry cannot be written soon`)
  if (wornPercent !== null && wornPercent >= 80)
    throw new Warning(
      `${wornPercent} % of the disk's life are used: plan another, and look after the backups`,
    )
  if (fsyncMs > slowFsyncMs || mbPerSecond < slowMbPerSecond)
    throw new Warning(`${speed}: the disk is slow, or busy, or dying; sightings wait for it`)
  const told = [
    ...(wornPercent === null ? [] : [`about ${wornPercent} % of its life used`]),
    ...(isFailing === false ? ['the disk says that it is well'] : []),
    ...(hint === null ? [] : [hint]),
  ]
  return [free, speed, ...told].join(', ')
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
  return { freeBytes: bavail * bsize, bytes: blocks * bsize, mbPerSecond: 8 / seconds, fsyncMs }
}

/** What the disk below a folder says of itself. */
export async function askHealth(folder: string, signal: AbortSignal): Promise<DiskHealth> {
  const device = deviceOf(folder)
  const errors = errorsOf(device)
  const wornTenth = wornOf(device)
  if (wornTenth !== null) return { errors, wornPercent: wornTenth * 10, isFailing: null, hint: null }
  return { errors, ...(await askSmart(wholeDisk(device), signal)) }
}

/** `sda1`, `mmcblk0p2`: where a folder lies. Undefined in containers and on what is no disk. */
function deviceOf(folder: string): string | undefined {
  const { dev } = statSync(folder)
  // As glibc's makedev has it.
  const number = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`
  const below = numberBelow(readIf('/proc/self/mountinfo') ?? '', realpathSync(folder))
  return /^DEVNAME=(.+)$/m.exec(readIf(`/sys/dev/block/${below ?? number}/uevent`) ?? '')?.[1]
}

interface Mount {
  readonly number: string
  readonly at: string
  readonly upper: string | undefined
}

const unescaped = (path: string) =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))

/** An overlay has a number that names no disk: what is written to it lies in its upper layer, on another mount. Undefined where none is found. */
export function numberBelow(mountinfo: string, folder: string): string | undefined {
  const mounts = mountinfo.split('\n').flatMap((line): Mount[] => {
    const [, , number, , at, ...rest] = line.split(' ')
    if (number === undefined || at === undefined) return []
    const isOverlay = rest[rest.indexOf('-') + 1] === 'overlay'
    const upper = isOverlay ? /(?:^|,)upperdir=([^,]+)/.exec(rest.at(-1) ?? '')?.[1] : undefined
    return [{ number, at: unescaped(at), upper: upper && unescaped(upper) }]
  })
  const holds = (path: string) => (one: Mount) =>
    one.at === '/' || path === one.at || path.startsWith(`${one.at}/`)
  // Of two at one place the later hides the earlier.
  const mountOf = (path: string) =>
    mounts.filter(holds(path)).reduce<Mount | undefined>((best, one) => {
      return best && best.at.length > one.at.length ? best : one
    }, undefined)
  const seen = new Set<Mount>()
  let mount = mountOf(folder)
  while (mount?.upper !== undefined && !seen.has(mount)) {
    seen.add(mount)
    mount = mountOf(mount.upper)
  }
  return mount?.upper === undefined ? mount?.number : undefined
}

/** `nvme0n1` of `nvme0n1p2`. */
export const wholeDisk = (device: string | undefined) =>
  /^(sd[a-z]+|nvme\d+n\d+)(?:p?\d+)?$/.exec(device ?? '')?.[1]

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

type Smart = Omit<DiskHealth, 'errors'>

const smartMs = 10_000
const unknown = (hint: string | null): Smart => ({ wornPercent: null, isFailing: null, hint })

async function askSmart(disk: string | undefined, signal: AbortSignal): Promise<Smart> {
  if (disk === undefined) return unknown(null)
  const program = await findExecutable('smartctl', `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`)
  if (program === undefined) return unknown('its health is not known: apt-get install smartmontools')
  const args = ['--json', '--health', '--attributes', `/dev/${disk}`]
  const { stdout } = await captureOutput(program, args, { log: silentLog, timeoutMs: smartMs }, signal)
  return readSmart(stdout)
}

/** The ways in which makers of SATA disks say how much of its life is left: the value falls from 100. */
const leftNames = new Set([
  ...['Media_Wearout_Indicator', 'Wear_Leveling_Count', 'SSD_Life_Left', 'Percent_Lifetime_Remain'],
  ...['Remaining_Lifetime_Perc', 'Percent_Life_Remaining'],
])

interface SmartWords {
  readonly smart_status?: { readonly passed?: unknown }
  readonly endurance_used?: { readonly current_percent?: unknown }
  readonly nvme_smart_health_information_log?: { readonly percentage_used?: unknown }
  readonly ata_smart_attributes?: {
    readonly table?: readonly { readonly name?: unknown; readonly value?: unknown }[]
  }
}

/** What smartctl says in JSON. It says it also where its exit code is another than 0. */
export function readSmart(text: string): Smart {
  const said = parse(text)
  const left = (said.ata_smart_attributes?.table ?? []).flatMap(({ name, value }) =>
    leftNames.has(String(name)) && typeof value === 'number' ? [100 - value] : [],
  )
  const used = [
    said.nvme_smart_health_information_log?.percentage_used,
    said.endurance_used?.current_percent,
    ...left,
  ].filter((one) => typeof one === 'number')
  const passed = said.smart_status?.passed
  if (used.length === 0 && typeof passed !== 'boolean')
    return unknown('its health is not known: smartctl tells it to root alone, or not at all')
  return {
    wornPercent: used.length === 0 ? null : Math.max(0, ...used),
    isFailing: typeof passed === 'boolean' ? !passed : null,
    hint: null,
  }
}

function parse(text: string): SmartWords {
  try {
    return (JSON.parse(text) as SmartWords | null) ?? {}
  } catch {
    return {}
  }
}

function readIf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
