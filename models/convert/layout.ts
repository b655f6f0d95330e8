/**
 * What stands between the converter and the daemon: names, classes and sizes. Inputs are `pixels` [1, h, w, 3] (rgb24)
 * or `y` [1, 1, h, w] and `uv` [1, h/2, w/2, 2] (nv12), all uint8; the embedder also takes `box`, int64
 * [x1, y1, x2, y2]. The daemon knows a file by these names and the outputs' names: the metadata is for people, since
 * the runtime does not hand it out.
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

export const dtypes = { float32: 1, uint8: 2, int32: 6, int64: 7 } as const
