/**
 * Which backups go. Pure. It goes by the backups' own times, never by the clock: one that is set wrong must not delete them.
 */

export interface Keep {
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
  readonly quotaBytes: number
}

export interface Kept {
  readonly name: string
  readonly utcMs: number
  readonly bytes: number
}

const dayMs = 24 * 3600_000

/** The names that go: neither the newest of one of the last days, weeks and months, nor within the quota. The newest never goes. */
export function whatGoes(backups: readonly Kept[], keep: Keep): string[] {
  const newestFirst = [...backups].sort((a, b) => b.utcMs - a.utcMs)
  const stay = new Set<Kept>(newestFirst.slice(0, 1))
  for (const [most, bucketOf] of [
    [keep.daily, dayOf],
    [keep.weekly, weekOf],
    [keep.monthly, monthOf],
  ] as const) {
    const buckets = new Set<number>()
    for (const one of newestFirst) {
      const bucket = bucketOf(one.utcMs)
      if (buckets.has(bucket) || buckets.size >= most) continue
      buckets.add(bucket)
      stay.add(one)
    }
  }
  let left = keep.quotaBytes
  return newestFirst
    .filter((one, place) => {
      if (!stay.has(one)) return true
      left -= one.bytes
      return place > 0 && left < 0
    })
    .map(({ name }) => name)
}

const dayOf = (utcMs: number) => Math.floor(utcMs / dayMs)
// The first of January 1970 was a Thursday.
const weekOf = (utcMs: number) => Math.floor((utcMs / dayMs + 3) / 7)
const monthOf = (utcMs: number) => new Date(utcMs).getUTCFullYear() * 12 + new Date(utcMs).getUTCMonth()
