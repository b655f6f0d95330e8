/**
 * Times in words. Pure: the pages use it on the box, the scripts in the browser.
 */
import type { Spoken } from './words/languages.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function ago({ words: { time } }: Pick<Spoken, 'words'>, utcMs: number, nowMs: number): string {
  const passed = Math.max(0, nowMs - utcMs)
  if (passed < 5 * SECOND) return time.now
  if (passed < MINUTE) return time.ago(time.seconds(Math.floor(passed / SECOND)))
  if (passed < HOUR) return time.ago(time.minutes(Math.floor(passed / MINUTE)))
  if (passed < DAY) return time.ago(time.hours(Math.floor(passed / HOUR)))
  return time.ago(time.days(Math.floor(passed / DAY)))
}

/** `03:12` in the box's time zone, with the day before it when that was not within the last 24 hours. */
export function clock(
  {
    words: { language },
    zone: timeZone,
  }: { readonly words: { readonly language: string }; readonly zone: string },
  utcMs: number,
  nowMs: number,
  more: { readonly second?: '2-digit' } = {},
): string {
  const date = new Date(utcMs)
  // 24 hours in every language, as on the clock of an alarm.
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone, ...more })
  if (nowMs - utcMs < DAY) return time
  const locale = language === 'en' ? 'en-GB' : language
  return `${date.toLocaleDateString(locale, { day: 'numeric', month: 'short', timeZone })}, ${time}`
}

export function inWords(spoken: Spoken, format: string | undefined, utcMs: number, nowMs: number): string {
  if (format === 'seconds') return clock(spoken, utcMs, nowMs, { second: '2-digit' })
  return format === 'clock' ? clock(spoken, utcMs, nowMs) : ago(spoken, utcMs, nowMs)
}
