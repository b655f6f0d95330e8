/**
 * Presence and alerts over a time that has passed: the daemon's own rules, once a second of that time. What is raised is a row of the
 * replay, and nobody is told.
 */
import { isWithin, type WallTime } from '../alerts/hours.ts'
import { createLedger } from '../alerts/ledger.ts'
import { rules as allRules, type Situation } from '../alerts/rules.ts'
import { findAll, wantedRules } from '../alerts/settings.ts'
import { asksForPostures } from '../barn-alerts.ts'
import { blindAfterMs } from '../barn-presence.ts'
import type { AlertsConfig } from '../config/alerts.ts'
import { mintId } from '../lib/ids.ts'
import type { Overlap } from '../pipeline/scope.ts'
import { createPostures } from '../presence/postures.ts'
import { createPresence } from '../presence/presence.ts'
import type { Alert, Watch } from '../presence-types.ts'
import type { Analysed, CameraState, CameraView, Stall, StreamId } from '../types.ts'

export type ReplayedAlert = Pick<
  Alert,
  'kind' | 'severity' | 'streamId' | 'stallId' | 'horseId' | 'part' | 'openedMs'
> & { closedMs: number | null }

export interface ReplayWatch {
  state(streamId: StreamId, state: CameraState, atMs: number): void
  look(seen: Analysed): void
  /** A second has passed. */
  tick(nowMs: number): void
  /** In the order in which they were raised. */
  readonly alerts: readonly ReplayedAlert[]
}

export interface ReplayWatchDeps {
  readonly config: AlertsConfig
  readonly stalls: readonly Stall[]
  readonly overlap: Overlap
  readonly wall: (utcMs: number) => WallTime
  /** A camera whose frames are further apart is not blind for that. */
  readonly lastsSeconds: number
}

interface Camera {
  state: CameraState
  sinceMs: number
  analysedMs: number
}

export function createReplayWatch(
  { config, stalls, overlap, wall, lastsSeconds }: ReplayWatchDeps,
  startMs: number,
): ReplayWatch {
  const presence = createPresence(overlap)
  presence.draw(stalls, startMs)
  const postures = asksForPostures(config) ? createPostures() : undefined
  const cameras = new Map<StreamId, Camera>()
  const persons = new Map<StreamId, number>()
  const rules = config.enabled ? wantedRules(allRules, config) : []
  const ledger = createLedger(allRules, [], startMs)
  const alerts: ReplayedAlert[] = []
  const blindMs = Math.max(blindAfterMs, lastsSeconds * 1000)
  const open = new Map<Alert['id'], ReplayedAlert>()
  const cameraOf = (streamId: StreamId, atMs: number): Camera => {
    const camera = cameras.get(streamId) ?? { state: 'live', sinceMs: atMs, analysedMs: -Infinity }
    cameras.set(streamId, camera)
    return camera
  }
  // A clock on the wall goes by minutes, and telling its time is dear.
  let [minute, time]: [number, WallTime | undefined] = [0, undefined]
  const wallAt = (nowMs: number): WallTime => {
    const now = Math.floor(nowMs / 60_000)
    if (now !== minute || !time) [minute, time] = [now, wall(nowMs)]
    return time
  }
  const situation = (nowMs: number): Situation => ({
    nowMs,
    cameras: [...cameras].map(([id, camera]) => viewOf(id, camera)),
    // How the box itself was is not kept.
    troubles: [],
    stalls: presence.views(),
    persons,
    isNight: isWithin(config.night, wallAt(nowMs)),
    postures: postures?.read(nowMs) ?? new Map(),
  })
  return {
    alerts,
    state(streamId, state, atMs) {
      Object.assign(cameraOf(streamId, atMs), { state, sinceMs: atMs })
    },
    look(seen) {
      cameraOf(seen.streamId, seen.utcMs).analysedMs = seen.utcMs
      presence.look(seen)
      postures?.look(seen, presence.views())
      if (seen.boxes.some(({ kind }) => kind === 'person')) persons.set(seen.streamId, seen.utcMs)
    },
    tick(nowMs) {
      const time = wallAt(nowMs)
      const eyes = [...cameras].map(([id, camera]): [StreamId, Watch] => [
        id,
        watchOf(camera, nowMs, blindMs),
      ])
      presence.see(new Map(eyes), nowMs)
      const { raise, clear } = ledger.step(findAll(rules, situation(nowMs), config, time), nowMs)
      for (const { kind, severity, streamId, stallId, horseId, part, detail } of raise) {
        const about = { kind, severity, streamId, stallId, horseId, part }
        const row: ReplayedAlert = { ...about, openedMs: nowMs, closedMs: null }
        const id = mintId<Alert['id']>()
        alerts.push(row)
        open.set(id, row)
        ledger.raised({ ...row, id, detail, ...untold })
      }
      for (const one of clear) {
        Object.assign(open.get(one.id) ?? {}, { closedMs: nowMs })
        ledger.cleared(one)
      }
    },
  }
}

const untold = {
  ...{ hasPicture: false, acknowledgedMs: null, acknowledgedBy: null },
  ...{ snoozedUntilMs: null, verdict: null, escalations: 0 },
} as const

const watchOf = ({ state, analysedMs }: Camera, nowMs: number, blindMs: number): Watch =>
  state === 'live' && nowMs - analysedMs <= blindMs ? 'watching' : 'blind'

const viewOf = (id: StreamId, { state, sinceMs, analysedMs }: Camera): CameraView => ({
  ...{ id, name: id, state, sinceMs, detail: null, reason: null },
  lastFrameMs: Number.isFinite(analysedMs) ? analysedMs : null,
  ...{ framesDecoded: 0, framesDropped: 0, framesAnalysed: 0, framesQuiet: 0, framesFailed: 0 },
  decode: { asked: 'software', used: 'software', why: null },
})
