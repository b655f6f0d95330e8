/**
 * Works off one camera's frames, one at a time: which are looked at, what viewers are given, what became of each.
 */
import type { Bell } from '../lib/bell.ts'
import type { Bus } from '../lib/bus.ts'
import { asBarnboxError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Analysed, Facts, Frame, FrameUse, StreamId } from '../types.ts'
import type { MotionGate } from './motion-gate.ts'
import type { Snapshots } from './snapshots.ts'

/** What the pipeline needs of a camera: its newest frame, given back when done. */
export interface FrameSource {
  take(): Frame | undefined
  release(frame: Frame, use: FrameUse): void
}

export interface FramesDeps {
  readonly gate: MotionGate
  /**
   * Looks at a frame to the end. Its monotonic time is the scene's (a tracklet does not end while nothing moves), and
   * `takenMs` when it was taken.
   */
  analyse(frame: Frame, takenMs: number): Promise<Analysed>
  /** Nothing has moved since the last one that was looked at. */
  passOver(frame: Frame): void
  readonly snapshots: Snapshots
  readonly facts: Bus<Facts>
  readonly log: Log
}

/** Takes frames as they come, until the signal; one bad frame spoils itself only. */
export async function workOff(
  streamId: StreamId,
  source: FrameSource,
  bell: Bell,
  deps: FramesDeps,
  signal: AbortSignal,
): Promise<void> {
  const work = createWork(deps)
  const { log } = deps
  let failing = false
  while (!signal.aborted) {
    const frame = source.take()
    if (!frame) {
      await bell.rung(signal)
      continue
    }
    let use: FrameUse = 'failed'
    try {
      use = await work(frame)
      if (failing && use === 'analysed') log.info({ camera: streamId }, 'frames are analysed again')
      if (use === 'analysed') failing = false
    } catch (thrown) {
      const error = asBarnboxError(thrown)
      if (signal.aborted) return
      if (!failing) log.error({ camera: streamId, code: error.code, err: error }, 'a frame was not analysed')
      failing = true
    } finally {
      source.release(frame, use)
    }
  }
}

function createWork({ gate, analyse, passOver, snapshots, facts, log }: FramesDeps) {
  let last: Analysed | undefined
  const show = async (frame: Frame, result: Analysed) => {
    // In this order: who hears of a frame and asks for its picture must not be given the one before.
    await snapshots.offer(frame, result).catch((error: unknown) => {
      log.debug({ camera: frame.stream, err: error }, 'no picture could be made of this frame')
    })
    facts.publish('frame-analysed', result)
  }
  return async (frame: Frame): Promise<FrameUse> => {
    if (!gate.isDue(frame)) {
      passOver(frame)
      const { stream, seq, utcMs } = frame
      if (last && snapshots.wants(stream)) await show(frame, { ...last, seq, utcMs })
      return 'quiet'
    }
    last = await analyse({ ...frame, monoMs: gate.sceneMs }, frame.monoMs)
    gate.looked()
    await show(frame, last)
    return 'analysed'
  }
}
