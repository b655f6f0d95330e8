/**
 * Where the picture lies in the square that a network sees, and the way back from there. Pure.
 */
import type { Preprocess } from '../../models/convert/preprocess.ts'
import type { Box } from '../types.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

/** The picture scaled to `width` x `height`, with its upper left corner at `left`, `top` of the network's input. */
export interface Placement {
  readonly picture: Size
  readonly width: number
  readonly height: number
  readonly left: number
  readonly top: number
  /** Network pixels a picture pixel, across and down. */
  readonly scaleX: number
  readonly scaleY: number
}

export function placementOf({ fit, width, height }: Preprocess, picture: Size): Placement {
  if (fit === 'stretch') {
    const scale = { scaleX: width / picture.width, scaleY: height / picture.height }
    return { picture, width, height, left: 0, top: 0, ...scale }
  }
  const scale = Math.min(width / picture.width, height / picture.height)
  // YOLOX cuts the fraction off, the others round it; a side never vanishes.
  const whole = fit === 'letterbox-corner' ? Math.trunc : Math.round
  const side = (value: number, most: number) => Math.min(most, Math.max(1, whole(value * scale)))
  const placed = { width: side(picture.width, width), height: side(picture.height, height) }
  const centred = fit === 'letterbox-centre'
  return {
    picture,
    ...placed,
    left: centred ? Math.floor((width - placed.width) / 2) : 0,
    top: centred ? Math.floor((height - placed.height) / 2) : 0,
    scaleX: scale,
    scaleY: scale,
  }
}

/** A box of the network's input in pixels of the picture and inside it; undefined where nothing is left of it. */
export function toPicture(box: Box, placement: Placement): Box | undefined {
  if (!box.every(Number.isFinite)) return undefined
  const { picture, left, top, scaleX, scaleY } = placement
  const inside = (value: number, most: number) => Math.min(Math.max(value, 0), most)
  const [x1, y1, x2, y2] = [
    inside((box[0] - left) / scaleX, picture.width),
    inside((box[1] - top) / scaleY, picture.height),
    inside((box[2] - left) / scaleX, picture.width),
    inside((box[3] - top) / scaleY, picture.height),
  ]
  return x2 > x1 && y2 > y1 ? [x1, y1, x2, y2] : undefined
}
