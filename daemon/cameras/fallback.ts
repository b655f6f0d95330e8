/**
 * Which decoding a camera's next run uses: the hardware that was asked for, or the processor where the hardware is to
 * blame. Pure.
 *
 * Hardware that gave no picture is only a suspect: the processor tries the same stream at once. Where that gives a
 * picture the hardware is guilty, and the camera stays in software until the daemon starts again; else the stream was at
 * fault. Hardware that broke in the middle of good streams is guilty after some times.
 */
import type { Decode, Decoding } from '../types.ts'
import { type Fault, withoutPrefix } from './failure.ts'
import type { RunEnd } from './run.ts'

export interface Fallback {
  readonly view: Decoding
  /** A run begins: answers what it decodes with. */
  started(): Decode
  /** The run gave a picture. */
  pictured(): void
  /** The run is over. True when the next must follow at once, to see whose fault it was. */
  ended(end: RunEnd, nowMs: number): boolean
}

/** The hardware has been found guilty; `said` are its program's own last words. */
export type OnFallBack = (why: string, said: readonly string[]) => void

/** A driver may hang up once in a long while, and be well after a new start of the program. */
const DEATHS = { most: 3, withinMs: 10 * 60_000 }
/** A decoder that fails says so for every frame; a stream that is cut off makes one complain once or twice. */
const COMPLAINING = 10
const LONGEST_WORDS = 200
/** What no decoder can cause. */
const CAMERAS: readonly Fault[] = ['unreachable', 'refused', 'not-found', 'no-video']

export function createFallback(asked: Decode, onFallBack: OnFallBack): Fallback {
  let why: string | null = null
  let suspect: RunEnd | undefined
  let deathsMs: number[] = []
  let hasPicture = false
  let isHardware = false
  const fallBack = (words: string, said: readonly string[]) => {
    why = words
    suspect = undefined
    onFallBack(words, said)
  }
  return {
    get view() {
      return { asked, used: why === null ? asked : 'software', why }
    },
    started() {
      hasPicture = false
      isHardware = asked !== 'software' && why === null && suspect === undefined
      return isHardware ? asked : 'software'
    },
    pictured() {
      hasPicture = true
      if (suspect) fallBack(wordsOf(suspect), suspect.said)
    },
    ended(end, nowMs) {
      const isSuspect = isHardware && mayBeTheDecoder(end, hasPicture)
      suspect = isSuspect && !hasPicture ? end : undefined
      if (isSuspect && hasPicture) {
        deathsMs = [...deathsMs.filter((one) => nowMs - one < DEATHS.withinMs), nowMs]
        if (deathsMs.length >= DEATHS.most) {
          fallBack(`it broke off ${DEATHS.most} times within 10 minutes: ${wordsOf(end)}`, end.said)
        }
      }
      return suspect !== undefined
    },
  }
}

/** Whether the decoder may have ended the run, or kept it without pictures; what the camera did is known by its words. */
function mayBeTheDecoder({ why, isBroken, complaintsSincePicture }: RunEnd, hasPicture: boolean): boolean {
  if (why === null) return !hasPicture || complaintsSincePicture >= COMPLAINING
  return isBroken && !CAMERAS.includes(why.fault)
}

function wordsOf({ why, said }: RunEnd): string {
  return why?.detail ?? withoutPrefix(said.at(-1) ?? 'no picture came').slice(0, LONGEST_WORDS)
}
