/**
 * What a decoder found, as what the daemon asked for: boxes in the picture's pixels and inside it, persons and
 * horses, each animal once, best first. The one place where a network's numbers are taken for what they are. Pure.
 */
import type { Detection } from '../../types.ts'
import { kindOf } from '../classes.ts'
import { suppress } from '../nms.ts'
import { type Placement, toPicture } from '../placement.ts'
import type { Found } from './decoder.ts'

/** More animals than any picture shows: a network gone mad may find something in every cell. */
const mostFound = 300

export function detectionsOf(found: readonly Found[], placement: Placement, sameAnimal: number): Detection[] {
  const best = [...found].sort((a, b) => b.score - a.score).slice(0, mostFound)
  const detections: Detection[] = []
  for (const { box, score, label } of best) {
    const inPicture = toPicture(box, placement)
    const kind = inPicture && kindOf(label, inPicture, placement.picture)
    // Scores above 1 are no scores.
    if (inPicture && kind && score <= 1) detections.push({ box: inPicture, score, kind, label })
  }
  return suppress(detections, (one) => one.kind, sameAnimal)
}
