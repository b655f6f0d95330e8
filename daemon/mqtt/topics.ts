/**
 * The names of all topics. Pure. Ids only: a name in a topic would break something at every rename.
 */
import type { HorseId, StreamId } from '../types.ts'

export interface Topics {
  readonly status: string
  readonly info: string
  readonly health: string
  camera(id: StreamId): string
  horse(id: HorseId): string
}

const BOX_ID = /^[a-z0-9-]{1,64}$/
const LEVEL = /^[a-z0-9_-]+$/

/** Every level is checked: a `+`, `#` or `/` in one would reach other topics than meant. */
function level(id: string): string {
  if (!LEVEL.test(id)) throw new RangeError(`not a topic level: ${JSON.stringify(id)}`)
  return id
}

/** `boxId` has no `_`, so that `barnbox_<box_id>_` is a prefix no other box's ids begin with. */
export function topicsOf(base: string, boxId: string): Topics {
  if (!BOX_ID.test(boxId)) throw new RangeError(`not a box id: ${JSON.stringify(boxId)}`)
  const root = `${base.split('/').map(level).join('/')}/${boxId}`
  return {
    status: `${root}/status`,
    info: `${root}/info`,
    health: `${root}/health`,
    camera: (id) => `${root}/camera/${level(id)}/status`,
    horse: (id) => `${root}/horse/${level(id)}/state`,
  }
}
