/**
 * What is so, as it is told: every retained state of the box and its topic. Pure but for what it asks.
 */
import {
  type Alert,
  type AlertKind,
  alertKinds,
  type Place,
  type Posture,
  type StallView,
} from '../presence-types.ts'
import type { CameraView, Horse, HorseId, StreamId } from '../types.ts'
import {
  type BoxInfo,
  boxHealth,
  boxInfo,
  cameraStatus,
  type HealthFigures,
  horseState,
  level,
  stallState,
} from './payloads.ts'
import type { Letter } from './session.ts'
import { type Topics, tellingOf } from './topics.ts'

/** What is asked of the barn. */
export interface Source {
  cameras(): readonly CameraView[]
  /** Whether a camera is to be watched. */
  isOn(id: StreamId): boolean
  horses(): readonly Horse[]
  horse(id: HorseId): Horse | undefined
  stalls(): readonly StallView[]
  /** The stall that a horse is surely in. */
  stallOf(id: HorseId): StallView | undefined
  /** Those that are open. */
  alerts(): readonly Alert[]
  /** How the horse of a stall lies or stands, where that is estimated. */
  posture(id: StallView['stall']['id']): Posture | undefined
  /** Of the box where no place is named. */
  isTelling(place?: Place): boolean
  health(): HealthFigures
  readonly info: BoxInfo
}

export interface States {
  camera(view: CameraView): Letter
  horse(horse: Horse): Letter
  stall(view: StallView): Letter
  /** Whether any alert of each kind is open. */
  levels(): Letter[]
  /** Whether the box, or what is of one place, tells its alerts. */
  telling(place?: Place): Letter
  switches(): Letter[]
  health(): Letter
  all(): Letter[]
}

/** A dead box's "horse in stall 3" is not true for ever; it is told again four times meanwhile. MQTT 5 only. */
const expirySeconds = 24 * 3600
export const refreshMs = 6 * 3600_000

export function createStates(source: Source, topics: Topics): States {
  const horseWith = (horse: Horse, alerts: readonly Alert[]): Letter => {
    const stall = source.stallOf(horse.id)
    const posture = stall && source.posture(stall.stall.id)
    const payload = horseState(horse, { stall, posture, alerts })
    return { topic: topics.horse(horse.id), payload, expirySeconds }
  }
  const stallWith = (view: StallView, alerts: readonly Alert[]): Letter => {
    const horse = view.horseId === null ? undefined : source.horse(view.horseId)
    return { topic: topics.stall(view.stall.id), payload: stallState(view, { horse, alerts }), expirySeconds }
  }
  const levelsOf = (alerts: readonly Alert[]): Letter[] => {
    const open = new Set<AlertKind>(alerts.map(({ kind }) => kind))
    return alertKinds.map((kind) => ({ topic: topics.alert(kind), payload: level(open.has(kind)) }))
  }
  const telling = (place?: Place): Letter => ({
    topic: topics.state(tellingOf(place)),
    payload: level(source.isTelling(place)),
  })
  const states: Omit<States, 'all'> = {
    camera: ({ id, state }) => ({
      topic: topics.cameraStatus(id),
      payload: cameraStatus(state, source.isOn(id)),
    }),
    horse: (horse) => horseWith(horse, source.alerts()),
    stall: (view) => stallWith(view, source.alerts()),
    levels: () => levelsOf(source.alerts()),
    telling,
    switches: () => [
      telling(),
      ...source.cameras().map(({ id }) => telling(`camera/${id}`)),
      ...source.stalls().map(({ stall }) => telling(`stall/${stall.id}`)),
    ],
    health: () => ({ topic: topics.health, payload: boxHealth(source.health()) }),
  }
  return {
    ...states,
    all() {
      const alerts = source.alerts()
      return [
        ...source.cameras().map(states.camera),
        ...source.horses().map((horse) => horseWith(horse, alerts)),
        ...source.stalls().map((view) => stallWith(view, alerts)),
        ...levelsOf(alerts),
        ...states.switches(),
        { topic: topics.info, payload: boxInfo(source.info) },
        states.health(),
      ]
    },
  }
}
