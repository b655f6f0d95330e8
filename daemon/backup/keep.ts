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
  /** Of the registry in it; null where it does not say. */
  readonly schema: number | null
}

const dayMs = 24 * 3600_000

/**
 * The names that go: neither the newest of one of the last days, weeks and months, nor within the quota. The newest never goes; nor, within the days,
 * the newest that a program before the last migration can read: it is the way back from an update.
 */
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
  const back = wayBack(newestFirst, keep.daily)
  let left = keep.quotaBytes
  return newestFirst
    .filter((one, place) => {
      if (!stay.has(one) && one !== back) return true
      left -= one.bytes
      return place > 0 && one !== back && left < 0
    })
    .map(({ name }) => name)
}

function wayBack(newestFirst: readonly Kept[], daily: number): Kept | undefined {
  const days = [...new Set(newestFirst.map(({ utcMs }) => dayOf(utcMs)))].slice(0, daily)
  const now = newestFirst[0]?.schema ?? null
  return newestFirst.find(
    ({ schema, utcMs }) => schema !== null && now !== null && schema < now && days.includes(dayOf(utcMs)),
  )
}

const dayOf = (utcMs: number) => Math.floor(utcMs / dayMs)
// The first of January 1970 was a Thursday.
const weekOf = (utcMs: number) => Math.floor((utcMs / dayMs + 3) / 7)
const monthOf = (utcMs: number) => new Date(utcMs).getUTCFullYear() * 12 + new Date(utcMs).getUTCMonth()
