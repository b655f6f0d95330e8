/**
 * How a picture becomes what a network takes: the part of a catalogue entry that its front is built from.
 */

export const fits = ['stretch', 'letterbox-corner', 'letterbox-centre'] as const
export const tensorKinds = ['float32-nchw', 'uint8-nhwc'] as const

export interface Preprocess {
  readonly width: number
  readonly height: number
  /** Whole picture squashed; or scaled evenly into the upper left corner or the middle, the rest filled with `pad`. */
  readonly fit: (typeof fits)[number]
  /** Grey level of what the picture leaves free, 0-255. */
  readonly pad: number
  readonly colour: 'rgb' | 'bgr'
  /** Each value is `(pixel * scale - mean) / std`; mean and std in the order of the network's channels. */
  readonly scale: number
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  readonly tensor: (typeof tensorKinds)[number]
  /** Weighs every pixel in when the picture shrinks; else the nearest four are mixed. */
  readonly antialias: boolean
}

const plain = { pad: 0, colour: 'rgb', mean: [0, 0, 0], std: [1, 1, 1], tensor: 'float32-nchw' } as const

/** Pixels of 0-255 as they are. */
export const raw = { ...plain, fit: 'stretch', scale: 1, antialias: false } as const

/** Squashed, 0-1: what the DETR family takes. */
export const unit = { ...plain, fit: 'stretch', scale: 1 / 255, antialias: true } as const

export const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const

/** Pixels as bytes: networks that carry their preprocessing in the graph. */
export const bytes = { ...raw, tensor: 'uint8-nhwc', antialias: true } as const
