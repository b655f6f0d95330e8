/**
 * The identity room by itself, before a clock: looks come one after the other, and it is asked who is who.
 */
import type { IsConfirmed } from '../../daemon/identity/decide.ts'
import type { GalleryVector } from '../../daemon/identity/gallery.ts'
import { createIdentity, type Identity, type Rules } from '../../daemon/identity/identity.ts'
import type { LookUse } from '../../daemon/identity/look-gate.ts'
import type { Box, Look, TrackletId } from '../../daemon/types.ts'
import { look, trackletId, yardScope } from './vectors.ts'

export const rules: Rules = { sameAbove: 0.8, margin: 0.05, looksToDecide: 3, looksToCreate: 5 }
export const box: Box = [300, 200, 600, 420]
export const elsewhere: Box = [900, 200, 1200, 420]
export const x = trackletId('x')
export const y = trackletId('y')

interface Show {
  readonly id?: TrackletId
  readonly times?: number
  readonly use?: LookUse
  readonly everyMs?: number
}

/** An identity with a clock: a look a second, where nothing else is said. */
export function openStall(
  known: readonly GalleryVector[] = [],
  by: Rules = rules,
  isConfirmed: IsConfirmed = () => true,
) {
  const identity: Identity = createIdentity(by, known, isConfirmed)
  let monoMs = 1000
  const stall = {
    identity,
    get monoMs() {
      return monoMs
    },
    pass(ms: number) {
      monoMs += ms
    },
    /** Answers what the last look said. */
    take(looks: readonly Look[], { id = x, use = 'evidence', everyMs = 1000 }: Show = {}) {
      let answer: 'same' | 'other' = 'same'
      for (const one of looks) {
        monoMs += everyMs
        answer = identity.addLook(yardScope, id, { look: one, use, box, monoMs })
      }
      return answer
    },
    show(vector: Float32Array, { times = 1, ...more }: Show = {}) {
      return stall.take(
        Array.from({ length: times }, () => look(vector)),
        more,
      )
    },
    decide: (...ids: TrackletId[]) => identity.decide(yardScope, ids),
    horses: (...ids: TrackletId[]) => identity.decide(yardScope, ids).map(({ horseId }) => horseId),
    need: (at = box, id = x) => identity.lookState(id, at).need,
    lesson() {
      const [verdict] = identity.decide(yardScope, [x])
      return verdict ? identity.lesson(yardScope, verdict) : undefined
    },
  }
  return stall
}
