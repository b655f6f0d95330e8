/**
 * How long the parts wait. Tests give shorter ones.
 */
import { ladderMs } from '../lib/ladder.ts'

export interface Waits {
  /** After a connect, where Home Assistant says nothing: by then whoever wants to hear has come back too. */
  readonly settleMs: number
  /** After Home Assistant's birth, a random time between: it is told by all its devices at once. */
  readonly birthMs: readonly [least: number, most: number]
  /** For what the broker kept of an earlier life. */
  readonly collectMs: number
  /** Between two times that all levels are told: Home Assistant lets them expire after three. */
  readonly levelsMs: number
  /** Between two pictures of one camera. */
  readonly pictureMs: number
  /** Between two messages of one topic. */
  readonly apartMs: number
  readonly keepaliveSeconds: number
  readonly ladderMs: (failures: number) => number
  /** 0 to 1. */
  readonly random: () => number
}

export const usualWaits: Waits = {
  settleMs: 30_000,
  birthMs: [2000, 10_000],
  collectMs: 5000,
  levelsMs: 60_000,
  pictureMs: 60_000,
  apartMs: 1000,
  keepaliveSeconds: 30,
  ladderMs: (failures) => ladderMs(failures, Math.random),
  random: Math.random,
}
