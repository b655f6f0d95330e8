/**
 * The names of all topics. Pure. Ids only: a name in a topic would break something at every rename.
 */
import type { AlertKind, Place } from '../presence-types.ts'
import type { HorseId, StallId, StreamId } from '../types.ts'

export interface Topics {
  /** What begins every topic of the box. */
  readonly root: string
  readonly status: string
  readonly info: string
  readonly health: string
  readonly event: string
  readonly cameraStatus: (id: StreamId) => string
  readonly cameraSnapshot: (id: StreamId) => string
  readonly horse: (id: HorseId) => string
  readonly horseSnapshot: (id: HorseId) => string
  readonly stall: (id: StallId) => string
  readonly alert: (kind: AlertKind) => string
  /** Of a switch, of the box or below a camera or stall: what is asked, and what is so. */
  readonly set: (thing: string) => string
  readonly state: (thing: string) => string
  readonly command: (name: string) => string
  readonly response: (name: string) => string
}

const BOX_ID = /^[a-z0-9-]{1,64}$/
const LEVEL = /^[a-z0-9_-]+$/

/** Every level is checked: a `+`, `#` or `/` in one would reach other topics than meant. */
function level(id: string): string {
  if (!LEVEL.test(id)) throw new RangeError(`not a topic level: ${JSON.stringify(id)}`)
  return id
}

const levels = (path: string): string => path.split('/').map(level).join('/')

/** `boxId` has no `_`, so that `barnbox_<box_id>_` is a prefix no other box's ids begin with. */
export function topicsOf(base: string, boxId: string): Topics {
  if (!BOX_ID.test(boxId)) throw new RangeError(`not a box id: ${JSON.stringify(boxId)}`)
  const root = `${levels(base)}/${boxId}`
  return {
    root,
    status: `${root}/status`,
    info: `${root}/info`,
    health: `${root}/health`,
    event: `${root}/event`,
    cameraStatus: (id) => `${root}/camera/${level(id)}/status`,
    cameraSnapshot: (id) => `${root}/camera/${level(id)}/snapshot`,
    horse: (id) => `${root}/horse/${level(id)}/state`,
    horseSnapshot: (id) => `${root}/horse/${level(id)}/snapshot`,
    stall: (id) => `${root}/stall/${level(id)}/state`,
    alert: (kind) => `${root}/alert/${level(kind)}/state`,
    set: (thing) => `${root}/${levels(thing)}/set`,
    state: (thing) => `${root}/${levels(thing)}/state`,
    command: (name) => `${root}/cmd/${level(name)}`,
    response: (name) => `${root}/cmd/${level(name)}/response`,
  }
}

/** The switch of whether alerts are told: of the box, or of what is of one place. */
export const tellingOf = (place?: Place): string => (place === undefined ? 'alerts' : `${place}/alerts`)

/** What is listened to of what others say; never all of the box's own, which would come back to it. */
export function earsOf({ root, status }: Topics, homeStatus: string): string[] {
  return [`${root}/cmd/+`, `${root}/+/set`, `${root}/+/+/+/set`, status, homeStatus]
}
