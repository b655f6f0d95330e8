/**
 * Alerts and stalls as programs are told of them: ids, and times in ISO 8601.
 */
import type { Alert, StallView } from '../../presence-types.ts'
import type { Answer } from '../openapi/answers.ts'

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

export function alertJson(alert: Alert): Answer<'Alert'> {
  const { id, kind, severity, detail, verdict, escalations } = alert
  return {
    ...{ id, kind, severity, detail, verdict, escalations },
    ...{ camera: alert.streamId, stall: alert.stallId, horse: alert.horseId, part: alert.part },
    since: new Date(alert.openedMs).toISOString(),
    until: iso(alert.closedMs),
    picture_url: alert.hasPicture ? `/api/v1/alerts/${id}/picture.jpg` : null,
    acknowledged: iso(alert.acknowledgedMs),
    acknowledged_by: alert.acknowledgedBy,
    snoozed_until: iso(alert.snoozedUntilMs),
  }
}

export function stallStateJson(view: StallView): Answer<'StallState'> {
  const { stall, match, occupied, horseId, certainty, watch } = view
  return {
    ...{ stall_id: stall.id, camera: stall.streamId, name: stall.name, kind: stall.kind },
    ...{ match, occupied, horse_id: horseId, certainty, since: new Date(view.sinceMs).toISOString() },
    ...{ watch, watch_since: new Date(view.watchSinceMs).toISOString(), looked: iso(view.lookedMs) },
  }
}
