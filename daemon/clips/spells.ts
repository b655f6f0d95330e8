/**
 * What is wrong with the recording: each told once in the log until it is well again, all of it counted.
 */
import type { Log } from '../lib/log.ts'
import type { StreamId } from '../types.ts'

/** The disk refuses; there is too little room; more was to be let go than may; the clips are not where they were. */
type Trouble = 'disk' | 'room' | 'kept' | 'gone'

const codes = {
  disk: 'CLIPS_DISK',
  room: 'CLIPS_DISK',
  kept: 'CLIPS_KEPT',
  gone: 'CLIPS_KEPT',
} as const satisfies Record<Trouble, string>

export interface Spells {
  /** How often something failed. */
  readonly count: number
  /** All that is wrong now, in plain words; null where nothing is. */
  readonly fault: string | null
  /** It is so; null: it is well. */
  is(what: Trouble, why: string | null): void
  /** A camera is not recorded, for reasons of its own. Where it gives no pictures at all it says so itself. */
  isOf(streamId: StreamId, why: string | null): void
}

interface SpellsDeps {
  isLive(streamId: StreamId): boolean
  readonly log: Log
}

export function createSpells({ isLive, log }: SpellsDeps): Spells {
  const going = new Map<Trouble, string>()
  const cameras = new Map<StreamId, string>()
  let count = 0
  return {
    get count() {
      return count
    },
    get fault() {
      const ofCameras = [...cameras]
        .filter(([streamId]) => isLive(streamId))
        .map(([streamId, why]) => `${streamId}: ${why}`)
      const all = [...new Set([...going.values(), ...ofCameras])]
      return all.length === 0 ? null : all.join('; ')
    },
    is(what, why) {
      if (why === null) {
        if (going.delete(what)) log.info({ what }, 'the recording of video is well again')
        return
      }
      count++
      if (!going.has(what)) log.error({ code: codes[what], why }, 'video is not recorded as it should be')
      going.set(what, why)
    },
    isOf(streamId, why) {
      if (why === null) {
        if (cameras.delete(streamId)) log.info({ camera: streamId }, 'the camera is recorded again')
        return
      }
      count++
      if (!cameras.has(streamId)) log.warn({ camera: streamId, why }, 'the camera is not recorded')
      cameras.set(streamId, why)
    },
  }
}
