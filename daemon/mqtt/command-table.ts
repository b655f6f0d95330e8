/**
 * What may be asked of the box over MQTT, and what is done then.
 */
import { z } from 'zod'
import type { Alert } from '../presence-types.ts'
import type { AlertId, By, Clock } from '../types.ts'
import { type Command, command } from './commands.ts'

/** What is needed of the alerts. Each throws `NOT_FOUND`. */
export interface AlertDesk {
  open(): readonly Alert[]
  acknowledge(id: AlertId, by: By): Alert
  snooze(id: AlertId, untilMs: number, by: By): Alert
  judge(id: AlertId, verdict: 'useful' | 'not_useful' | null): Alert
}

interface TableDeps {
  readonly left: { set(hasLeft: boolean): void }
  readonly clock: Clock
  readonly replay: () => Promise<void>
  readonly leave: () => Promise<number>
}

type Which = AlertId | 'all'

const which = z.string().min(1).max(64).describe('An alert, or all that are open')
const minuteMs = 60_000
const longestSnooze = 7 * 24 * 60

export function commandTable(
  alerts: AlertDesk,
  { left, clock, replay, leave }: TableDeps,
): Readonly<Record<string, Command>> {
  const by = (): By => ({ actor: 'mqtt', nowMs: clock.utcMs() })
  const each = (one: Which, work: (id: AlertId) => Alert) => {
    const ids = one === 'all' ? alerts.open().map(({ id }) => id) : [one]
    return { alerts: ids.map((id) => work(id).id) }
  }
  return {
    ping: command({}, () => ({ time: new Date(clock.utcMs()).toISOString() })),
    acknowledge: command({ alert: which }, ({ alert }: { alert: Which }) =>
      each(alert, (id) => alerts.acknowledge(id, by())),
    ),
    snooze: command(
      { alert: which, minutes: z.number().min(1).max(longestSnooze) },
      ({ alert, minutes }: { alert: Which; minutes: number }) => {
        const untilMs = clock.utcMs() + Math.round(minutes * minuteMs)
        return {
          ...each(alert, (id) => alerts.snooze(id, untilMs, by())),
          until: new Date(untilMs).toISOString(),
        }
      },
    ),
    judge: command(
      { alert: which, verdict: z.enum(['useful', 'not_useful']).nullable() },
      ({ alert, verdict }: { alert: AlertId; verdict: 'useful' | 'not_useful' | null }) => ({
        alerts: [alerts.judge(alert, verdict).id],
      }),
    ),
    republish: command({}, async () => {
      left.set(false)
      await replay()
    }),
    leave_home_assistant: command({}, async () => {
      left.set(true)
      return { topics: await leave() }
    }),
  }
}
