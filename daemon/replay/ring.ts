/**
 * Keeps what the cameras' pictures showed, and how the cameras were, for a while.
 */
import { randomUUID } from 'node:crypto'
import type { Keeper, SeenBy } from '../replay-types.ts'
import type { CameraState, StreamId } from '../types.ts'
import type { RingLimits } from './keep.ts'
import { writeFrame, writePicture, writeState } from './records.ts'
import { type Life, startWriter, type Writer, type WriterDeps } from './writer.ts'

export interface Ring extends AsyncDisposable, Pick<Writer, 'dropped' | 'fault'> {
  /** What is seen from now on is seen by these models, by tracklets of their own. */
  begin(by: SeenBy): Keeper
  /** A camera changed its state. */
  state(streamId: StreamId, state: CameraState): void
}

export interface RingOptions extends RingLimits {
  /** A picture this often from each camera; 0: none. */
  readonly pictureMs: number
}

export function openRing(options: RingOptions, deps: WriterDeps, signal: AbortSignal): Ring {
  const { clock } = deps
  const writer = startWriter(options, deps, signal)
  const pictured = new Map<StreamId, number>()
  const states = new Map<StreamId, CameraState>()
  let life: Life | undefined
  const addState = (life: Life, streamId: StreamId, state: CameraState) =>
    writer.add({
      life,
      streamId,
      of: 'seen',
      bytes: writeState({ streamId, takenMs: clock.monoMs(), state }),
    })
  return {
    begin(by) {
      const begun = { id: randomUUID(), by }
      life = begun
      for (const [streamId, state] of states) addState(begun, streamId, state)
      return {
        keep(seen, jpeg) {
          const { streamId } = seen
          writer.add({ life: begun, streamId, of: 'seen', bytes: writeFrame(seen) })
          if (jpeg) writer.add({ life: begun, streamId, of: 'pictures', bytes: writePicture(seen, jpeg) })
        },
        wantsPicture(streamId, monoMs) {
          const isDue = monoMs - (pictured.get(streamId) ?? Number.NEGATIVE_INFINITY) >= options.pictureMs
          if (options.pictureMs === 0 || writer.fault !== null || !isDue) return false
          pictured.set(streamId, monoMs)
          return true
        },
      }
    },
    state(streamId, state) {
      if (states.get(streamId) === state) return
      states.set(streamId, state)
      if (life) addState(life, streamId, state)
    },
    get dropped() {
      return writer.dropped
    },
    get fault() {
      return writer.fault
    },
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  }
}
