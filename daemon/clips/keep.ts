/**
 * Which clips must go, and whether there is room for more. Pure.
 */
export interface ClipLimits {
  readonly keepMs: number
  readonly quotaBytes: number
  /** What must stay free on the disk. */
  readonly reserveBytes: number
}

export interface ClipsStand {
  readonly count: number
  readonly bytes: number
  /** That are not protected and older than they are kept. */
  readonly tooOld: number
  readonly freeBytes: number
}

export interface Plan {
  /** Whether those that are too old go. */
  readonly dropOld: boolean
  /** How much must go for want of room, the oldest first. */
  readonly dropBytes: number
  /** Why more than half of all clips was left where it is; null where nothing was to be refused. */
  readonly refused: string | null
}

/** Of fewer clips half is soon too old. */
const fewest = 20
/** A step: at the very edge each clip would be a deletion. */
const stepShare = 0.1

/**
 * More than half of all clips never goes at once, but where a person has lowered what may be kept: a clock that jumped, or a disk
 * that others have filled, must not take a night's video along.
 */
export function planKeep(
  { count, bytes, tooOld, freeBytes }: ClipsStand,
  { quotaBytes, reserveBytes }: ClipLimits,
  isLowered: boolean,
): Plan {
  const mayAll = isLowered || count < fewest
  const missing = Math.max(0, reserveBytes - freeBytes)
  const forSpace = missing > 0 ? missing + stepShare * reserveBytes : 0
  const isSpaceTaken = !mayAll && forSpace > bytes / 2
  const isTimeOff = !mayAll && tooOld > count / 2
  const refused = [
    ...(isTimeOff ? [`${tooOld} of ${count} clips are older than they are kept: is the clock right?`] : []),
    ...(isSpaceTaken ? ['others have filled the disk: more than half of all clips would have to go'] : []),
  ]
  return {
    dropOld: tooOld > 0 && !isTimeOff,
    dropBytes: Math.max(0, bytes - quotaBytes, isSpaceTaken ? 0 : forSpace),
    refused: refused.length === 0 ? null : refused.join('; '),
  }
}
