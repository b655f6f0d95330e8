/**
 * Which files of the ring must go, and whether more may be written (pure).
 */
import type { StreamId } from '../types.ts'
import type { RingClass } from './records.ts'

/** A file of the ring, as it lies on the disk. */
export interface RingFile {
  readonly streamId: StreamId
  readonly of: RingClass
  /** When it was begun, UTC ms, as its name says. */
  readonly begunMs: number
  readonly bytes: number
  readonly path: string
}

export interface RingLimits {
  readonly keepMs: number
  readonly quotaBytes: Readonly<Record<RingClass, number>>
}

/** What must stay free for what matters more: the registry and its alerts. */
export const reserveBytes = 1e9
/** The longest that one file goes on; it goes as a whole. */
export const longestFileMs = 3600_000

export interface Plan {
  readonly drop: readonly RingFile[]
  readonly mayWrite: boolean
}

/** Files of a time to come were begun before a clock was set: they count as the oldest, and do not go for their age. */
export function planRing(
  files: readonly RingFile[],
  nowMs: number,
  freeBytes: number,
  { keepMs, quotaBytes }: RingLimits,
): Plan {
  const ageOf = ({ begunMs }: RingFile) =>
    begunMs > nowMs + longestFileMs ? Number.POSITIVE_INFINITY : nowMs - begunMs
  const oldest = [...files].sort((a, b) => ageOf(b) - ageOf(a) || (a.path < b.path ? -1 : 1))
  const isTooOld = (file: RingFile) => Number.isFinite(ageOf(file)) && ageOf(file) > keepMs + longestFileMs
  const drop = new Set(oldest.filter(isTooOld))
  const bytesOf = (of: RingClass) =>
    files.reduce((sum, file) => sum + (file.of === of && !drop.has(file) ? file.bytes : 0), 0)
  const over = {
    seen: bytesOf('seen') - quotaBytes.seen,
    pictures: bytesOf('pictures') - quotaBytes.pictures,
  }
  let missing = reserveBytes - freeBytes - [...drop].reduce((sum, { bytes }) => sum + bytes, 0)
  for (const file of oldest) {
    if (drop.has(file) || (over[file.of] <= 0 && missing <= 0)) continue
    drop.add(file)
    over[file.of] -= file.bytes
    missing -= file.bytes
  }
  return { drop: [...drop], mayWrite: missing <= 0 }
}
