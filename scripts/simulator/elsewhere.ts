/**
 * Horses that other cameras of the barn know: the same for every plan, of plans that nothing else is measured on.
 */
import type { GalleryVector } from '../../daemon/identity/gallery.ts'
import { thinned } from '../../daemon/identity/space.ts'
import { scopes } from '../../daemon/pipeline/scope.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'
import { plan as planRules, stallModel } from './parameters.ts'
import { makePlan } from './stall/plan.ts'
import { tracksOf } from './tracks.ts'

const cameras = ['elsewhere-0', 'elsewhere-1', 'elsewhere-2']
/** Of each visit: as many as a horse is founded on. */
const looksKept = 8
/** Ids of their own, apart from those of rows. */
const firstId = 1e9

let known: readonly GalleryVector[] | undefined

/** What they were taught in their enrolments. */
export function knownElsewhere(): readonly GalleryVector[] {
  known ??= cameras.flatMap(taughtAt).map((one, at) => ({ ...one, id: firstId + at }))
  return known
}

function taughtAt(camera: string): Omit<GalleryVector, 'id'>[] {
  const scopeId = scopes('stream')(camera as StreamId)
  return tracksOf(makePlan(planRules, camera), 'mixed', stallModel('mixed'))
    .filter(({ enrolment }) => enrolment)
    .flatMap(({ horse, looks }) =>
      thinned(looks, looksKept).map(({ look: { vector, infrared } }) => {
        return { horseId: `${camera}/${horse}` as HorseId, scopeId, vector, infrared }
      }),
    )
}
