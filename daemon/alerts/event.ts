/**
 * What is told of an edge of an alert (pure): one form for MQTT, webhooks and commands. Ids, not names: names change.
 */
import type { Message } from './deliver.ts'

export interface AlertEvent {
  readonly event_type: string
  /** Known by it where it comes twice. */
  readonly id: string
  readonly alert: string
  readonly edge: Message['edge']
  readonly severity: string
  readonly camera: string | null
  readonly stall: string | null
  readonly horse: string | null
  readonly part: string | null
  readonly detail: string | null
  readonly occurred_at: string
  readonly since: string
  readonly delayed: boolean
}

export function eventOf({ id, edge, occurredMs, isDelayed, alert }: Message): AlertEvent {
  return {
    event_type: alert.kind,
    ...{ id, alert: alert.id, edge, severity: alert.severity },
    ...{ camera: alert.streamId, stall: alert.stallId, horse: alert.horseId, part: alert.part },
    detail: alert.detail,
    occurred_at: new Date(occurredMs).toISOString(),
    since: new Date(alert.openedMs).toISOString(),
    delayed: isDelayed,
  }
}
