/**
 * CenterNet's peaks as detections of a picture, as the daemon makes them.
 */

import { centernet, decodePeaks, type Peaks } from '../../daemon/vision/decoders/centernet.ts'
import { detectionsOf } from '../../daemon/vision/decoders/detections.ts'
import { placementOf, type Size } from '../../daemon/vision/placement.ts'
import { detectorSide } from '../../models/convert/layout.ts'
import { raw } from '../../models/convert/preprocess.ts'

const input = { ...raw, width: detectorSide, height: detectorSide }

export function decodeCenternet(peaks: Peaks, picture: Size, threshold: number) {
  return detectionsOf(decodePeaks(peaks, threshold), placementOf(input, picture), centernet.sameAnimal)
}
