/**
 * The disk of a box that is off. What a power cut has left on it, before anything could mend it: the state partition as its journal has it, and the registry within.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { fileFaults } from '../kill/whole.ts'

export interface Left {
  /** What is wrong with the file system or the registry; nothing, where all is well. */
  readonly faults: readonly string[]
  /** When each horse was seen last, in ms, as it is stored. */
  readonly lastSeen: ReadonlyMap<string, number>
}

const sectorBytes = 512
const statePartition = 4

/** First sector and number of sectors, by the disk's GPT. */
function placeOf(disk: string, partition: number): [first: number, count: number] {
  const entry = Buffer.alloc(128)
  const fd = openSync(disk, 'r')
  readSync(fd, entry, 0, 128, 2 * sectorBytes + (partition - 1) * 128)
  closeSync(fd)
  const [first, last] = [Number(entry.readBigUInt64LE(32)), Number(entry.readBigUInt64LE(40))]
  return [first, last - first + 1]
}

export function lookAt(disk: string, work: string): Left {
  const partition = join(work, 'state.img')
  rmSync(partition, { force: true })
  const [first, count] = placeOf(disk, statePartition)
  const mb = (sectors: number) => String(sectors / 2048)
  const [skip, length] = [`skip=${mb(first)}`, `count=${Math.ceil(count / 2048)}`]
  execFileSync('dd', [`if=${disk}`, `of=${partition}`, 'bs=1M', skip, length, 'conv=sparse', 'status=none'])
  try {
    // The journal, as the box itself plays it at the start; after that nothing may be wrong.
    const played = spawnSync('e2fsck', ['-p', partition], { encoding: 'utf8' })
    const checked = spawnSync('e2fsck', ['-fn', partition], { encoding: 'utf8' })
    const faults = (played.status ?? 8) > 1 ? [`e2fsck -p: ${played.stdout}`] : []
    if (checked.status !== 0) faults.push(`the file system: ${checked.stdout}`)
    const { found, lastSeen } = registryIn(partition, work)
    return { faults: [...faults, ...found], lastSeen }
  } finally {
    rmSync(partition, { force: true })
  }
}

/** Puts files into the state of a box that is off, by their paths in it: over its network they take an emulated machine half an hour. */
export function bring(disk: string, work: string, files: Readonly<Record<string, string>>): void {
  const [first, count] = placeOf(disk, statePartition)
  const where = `loop,offset=${first * sectorBytes},sizelimit=${count * sectorBytes}`
  const mounted = mkdtempSync(join(work, 'state-'))
  execFileSync('mount', ['-o', where, disk, mounted])
  try {
    for (const [path, file] of Object.entries(files)) {
      mkdirSync(dirname(join(mounted, path)), { recursive: true })
      copyFileSync(file, join(mounted, path))
    }
  } finally {
    execFileSync('umount', [mounted])
  }
}

function registryIn(partition: string, work: string): { found: string[]; lastSeen: Map<string, number> } {
  const file = join(work, 'left.db')
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  for (const end of ['', '-wal'])
    spawnSync('debugfs', ['-R', `dump /var/lib/barnbox/barnbox.db${end} ${file}${end}`, partition])
  if (!existsSync(file)) return { found: ['there is no registry'], lastSeen: new Map() }
  const db = new Database(file)
  try {
    const rows = db.prepare<[], { id: string; ms: number }>('SELECT id, last_seen_ms AS ms FROM living').all()
    return { found: fileFaults(db), lastSeen: new Map(rows.map(({ id, ms }) => [id, ms])) }
  } catch (error) {
    return { found: [`the registry: ${error}`], lastSeen: new Map() }
  } finally {
    db.close()
  }
}
