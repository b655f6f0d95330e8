/**
 * Times in words. Pure: the pages use it on the box, the scripts in the browser.
 */
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function ago(utcMs: number, nowMs: number): string {
  const passed = Math.max(0, nowMs - utcMs)
  if (passed < 5 * SECOND) return 'just now'
  if (passed < MINUTE) return `${Math.floor(passed / SECOND)} s ago`
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`
  const days = Math.floor(passed / DAY)
  return days === 1 ? '1 day ago' : `${days} days ago`
}

/** `03:12`, with the day before it when that was not within the last 24 hours. In the time zone of who runs it. */
export function clock(utcMs: number, nowMs: number): string {
  const date = new Date(utcMs)
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  if (nowMs - utcMs < DAY) return time
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${time}`
}

export function inWords(format: string | undefined, utcMs: number, nowMs: number): string {
  return format === 'clock' ? clock(utcMs, nowMs) : ago(utcMs, nowMs)
}
