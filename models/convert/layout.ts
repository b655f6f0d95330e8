/**
 * What stands between the converter and the daemon: names of inputs and outputs, classes, sizes. A converted file
 * says its layout in its metadata; the daemon refuses a file that says another.
 */

export type PictureFormat = 'rgb24' | 'nv12'

/** Side of the square that the detector sees. The picture is stretched to it. */
export const detectorSide = 512
/** Input pixels per cell of the detector's output. */
export const cellPixels = 4
export const gridSide = detectorSide / cellPixels
/** Peaks that leave the graph, best first. */
export const peakCount = 100

/** The classes that are kept, by their place in the network's 80: persons, and what a horse is mistaken for. */
export const keptClasses: readonly { readonly index: number; readonly label: string }[] = [
  { index: 0, label: 'person' },
  { index: 16, label: 'dog' },
  { index: 17, label: 'horse' },
  { index: 18, label: 'sheep' },
  { index: 19, label: 'cow' },
  { index: 20, label: 'elephant' },
  { index: 21, label: 'bear' },
  { index: 22, label: 'zebra' },
]

export const detectorLayout = 'barnbox-centernet-1'
export const embedderLayout = 'barnbox-embedder-1'

export const dtypes = { float32: 1, int32: 6, int64: 7 } as const
