/**
 * The built-in CenterNet: the hundred highest peaks that its graph picks, as boxes. Pure.
 */
import { cellPixels, gridSide, keptClasses, peakCount } from '../../../models/convert/layout.ts'
import { raw } from '../../../models/convert/preprocess.ts'
import { type Decoder, type Found, manyBoxes, mayBe, portNamed } from './decoder.ts'
import { floats, tensor } from './outputs.ts'

/** The detector's outputs; see `models/convert/detector.ts`. */
export interface Peaks {
  readonly scores: Float32Array
  readonly cells: ArrayLike<number | bigint>
  readonly sizes: Float32Array
}

export const centernet: Decoder = {
  layout: 'centernet',
  usual: raw,
  usualSide: gridSide * cellPixels,
  sameAnimal: manyBoxes,
  usualClasses: 80,
  // Its graph has chosen among them.
  classes: () => undefined,
  matches: (_inputs, outputs) =>
    mayBe(portNamed(outputs, 'scores'), [peakCount]) &&
    mayBe(portNamed(outputs, 'cells'), [peakCount]) &&
    mayBe(portNamed(outputs, 'sizes'), [peakCount, 4]),
  decode(outputs, _view, threshold) {
    const scores = floats(tensor(outputs, 'scores', [null]))
    const cells = tensor(outputs, 'cells', [scores.length]).data
    const sizes = floats(tensor(outputs, 'sizes', [scores.length, 4]))
    return decodePeaks({ scores, cells, sizes }, threshold)
  },
}

/** A peak's box reaches `sizes` left, up, right and down of its cell. */
export function decodePeaks({ scores, cells, sizes }: Peaks, threshold: number): Found[] {
  const found: Found[] = []
  for (const [i, score] of scores.entries()) {
    // The comparison is written so that a NaN fails it.
    if (!(score >= threshold)) continue
    const cell = Number(cells[i] ?? -1)
    const label = keptClasses[Math.floor(cell / (gridSide * gridSide))]?.label
    if (label === undefined) continue
    const [x, y] = [(cell % gridSide) * cellPixels, (Math.floor(cell / gridSide) % gridSide) * cellPixels]
    const [left = 0, up = 0, right = 0, down = 0] = sizes.subarray(i * 4, i * 4 + 4)
    found.push({ box: [x - left, y - up, x + right, y + down], score, label })
  }
  return found
}
