/**
 * Hours of the day and days of the week in the barn's zone (pure): night, quiet hours, and times at which things are as planned.
 */

import { type Weekday, weekdays } from '../presence-types.ts'

/** From one time of the day to another, `HH:MM`; over midnight where it ends before it begins. All day where both are the same. */
export interface Hours {
  readonly from: string
  readonly to: string
  /** On which days it begins; every day when absent. */
  readonly days?: readonly Weekday[] | undefined
}

/** A moment on the clock on the barn's wall. */
export interface WallTime {
  readonly weekday: Weekday
  /** Since midnight. */
  readonly minutes: number
}

/** The wall's time of UTC milliseconds in an IANA zone. Throws RangeError for a zone that there is none of. */
export function wallClock(zone: string): (utcMs: number) => WallTime {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  })
  return (utcMs) => {
    const parts = new Map(format.formatToParts(utcMs).map(({ type, value }) => [type, value]))
    const weekday = parts.get('weekday')?.toLowerCase() as Weekday
    return { weekday, minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
  }
}

export function isWithin({ from, to, days }: Hours, { weekday, minutes }: WallTime): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  const begins = (day: Weekday) => days === undefined || days.includes(day)
  if (begin < end) return begins(weekday) && minutes >= begin && minutes < end
  return (begins(weekday) && minutes >= begin) || (begins(before(weekday)) && minutes < end)
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

function before(day: Weekday): Weekday {
  return weekdays[(weekdays.indexOf(day) + weekdays.length - 1) % weekdays.length] as Weekday
}
