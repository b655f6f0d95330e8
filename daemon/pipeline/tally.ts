/**
 * What has been done since the daemon's start, in figures. Held outside the pipeline, so that they outlive an exchange of
 * the models.
 */
import type { Clock, StreamId } from '../types.ts'
import type { Decided } from './sighting-book.ts'
import type { Eyes } from './stream.ts'

export type Stage = 'detect' | 'embed'

export interface Tally {
  /**
   * How often each was asked for, how many inferences that was (a look is asked for all boxes of a frame at once), how
   * many of these gave nothing, and seconds until the answer, the wait for a turn included.
   */
  readonly stages: Readonly<
    Record<Stage, { asked: number; inferences: number; failed: number; seconds: number }>
  >
  /** Sightings that have ended, by how they were decided. */
  readonly sightings: Record<Decided, number>
  /** Tracklets of horses that go on, by camera. */
  readonly tracklets: Map<StreamId, number>
}

export function createTally(): Tally {
  return {
    stages: {
      detect: { asked: 0, inferences: 0, failed: 0, seconds: 0 },
      embed: { asked: 0, inferences: 0, failed: 0, seconds: 0 },
    },
    sightings: { matched: 0, created: 0, unknown: 0 },
    tracklets: new Map(),
  }
}

/** The same eyes, whose time is counted. */
export function timed<Some extends Eyes>(eyes: Some, { stages }: Tally, clock: Pick<Clock, 'monoMs'>): Some {
  const time = async <Answer>(
    stage: Stage,
    inferences: number,
    ask: () => Promise<Answer>,
    given: (answer: Answer) => number,
  ) => {
    const startedMs = clock.monoMs()
    let gave = 0
    try {
      const answer = await ask()
      gave = given(answer)
      return answer
    } finally {
      stages[stage].asked++
      stages[stage].failed += inferences - gave
      stages[stage].inferences += inferences
      stages[stage].seconds += (clock.monoMs() - startedMs) / 1000
    }
  }
  return {
    ...eyes,
    detect: (...asked) =>
      time(
        'detect',
        1,
        () => eyes.detect(...asked),
        () => 1,
      ),
    embed: (...asked) =>
      time(
        'embed',
        asked[1].length,
        () => eyes.embed(...asked),
        (looks) => looks.filter((look) => look !== undefined).length,
      ),
  }
}
