/**
 * Days and stretches of time in words, in the box's zone. Pure.
 */
import type { Spoken } from './words/languages.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

export const localeOf = ({ words: { language } }: Pick<Spoken, 'words'>) =>
  language === 'en' ? 'en-GB' : language

/** `2026-11-28` in the box's zone: the same for all times of a day. */
export const dayKey = ({ zone: timeZone }: Pick<Spoken, 'zone'>, utcMs: number) =>
  new Date(utcMs).toLocaleDateString('sv-SE', { timeZone })

/** `today`, `yesterday`, `Fri 27 Nov`. */
export function dayName(spoken: Spoken, utcMs: number, nowMs: number): string {
  const passed = Date.parse(dayKey(spoken, nowMs)) - Date.parse(dayKey(spoken, utcMs))
  const days = Math.round(passed / DAY)
  const locale = localeOf(spoken)
  if (days === 0 || days === 1)
    return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-days, 'day')
  const date = { weekday: 'short', day: 'numeric', month: 'short', timeZone: spoken.zone } as const
  return new Date(utcMs).toLocaleDateString(locale, date)
}

/** `03:12`: 24 hours in every language. */
export const clockTime = ({ zone: timeZone }: Pick<Spoken, 'zone'>, utcMs: number) =>
  new Date(utcMs).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone })

/** `3 h 10 min`. */
export function lasting({ words: { time } }: Pick<Spoken, 'words'>, ms: number): string {
  const minutes = Math.round(ms / MINUTE)
  if (minutes < 1) return time.seconds(Math.max(1, Math.round(ms / 1000)))
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  if (hours === 0) return time.minutes(rest)
  return rest === 0 ? time.hours(hours) : `${time.hours(hours)} ${time.minutes(rest)}`
}
