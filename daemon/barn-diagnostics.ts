/**
 * What somebody who helps from afar needs to know of a box, without its secrets; and how much room the machine has left.
 */
import { readdir, stat, statfs } from 'node:fs/promises'
import { arch, cpus, freemem, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { examine } from './commands/doctor.ts'
import type { Loaded } from './config/load.ts'
import type { Diagnostics } from './http/deps.ts'
import { redactAll } from './lib/log-ring.ts'
import { redact } from './lib/redact.ts'
import type { Machine } from './system-types.ts'

/** More would take long to count, and be no state of ours. */
const MOST_FILES = 20_000

export async function machineOf(stateDir: string): Promise<Machine> {
  const { bavail, blocks, bsize } = await statfs(stateDir)
  return {
    stateBytes: await bytesOf(stateDir),
    diskFreeBytes: bavail * bsize,
    diskBytes: blocks * bsize,
    memoryFreeBytes: freemem(),
    memoryBytes: totalmem(),
    cores: cpus().length,
    system: `${platform()} ${release()} ${arch()}`,
  }
}

async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  let bytes = 0
  for (const entry of entries.slice(0, MOST_FILES)) {
    if (!entry.isFile()) continue
    // Files come and go while they are counted.
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined)
    bytes += found?.size ?? 0
  }
  return bytes
}

/** Models and cameras are left to the daemon that runs them: it says itself how they are. */
export async function diagnose(
  loaded: Loaded,
  stateDir: string,
  log: readonly string[],
  signal: AbortSignal,
): Promise<Diagnostics> {
  const clean = cleanerOf(loaded)
  const findings = await examine(() => loaded, { stateDir, onFatal: () => {}, isRunning: true }, signal)
  return {
    config: redactAll(withoutNames(loaded.config), clean),
    findings: redactAll(findings, clean) as Diagnostics['findings'],
    log: log.map((line) => clean(line)),
  }
}

/** A user's name at a camera or broker is half of a secret. */
function withoutNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNames)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === 'username' ? '***' : withoutNames(one)]),
  )
}

/** Besides what looks like a secret, every secret that is known, wherever it stands. */
function cleanerOf({ secrets }: Loaded): (text: string) => string {
  const { httpToken, mqttPassword, syncPassword, cameraPasswords, webhookSecrets, restic } = secrets
  const known = [
    httpToken,
    mqttPassword,
    syncPassword,
    ...cameraPasswords.values(),
    ...webhookSecrets.values(),
    ...Object.values(restic),
  ].filter((one): one is string => one !== undefined && one !== '')
  return (text) => known.reduce((left, secret) => left.replaceAll(secret, '***'), redact(text))
}
