/**
 * Raw pictures as JPEG.
 */
import sharp, { type JpegOptions } from 'sharp'
import { BarnboxError } from '../lib/errors.ts'
import { free } from '../lib/memory.ts'
import type { Box, Picture } from '../types.ts'
import { type Rect, rgbOf } from './pixels.ts'

// One picture at a time is enough, and what libvips would cache is never asked for twice.
sharp.concurrency(1)
sharp.cache(false)

const quality = 80
const thumbnailSide = 200
/** Room around the horse, and the most bytes that the registry takes. */
const roomAround = 1.1
export const mostThumbnailBytes = 102_400

/** Enough for every embedder that the catalogue knows, and the most bytes of a crop that the registry takes. */
const cropSide = 384
export const mostCropBytes = 65_536
/** Half the work, for a twentieth more bytes: most of these pictures are thrown away soon. */
const quickly: JpegOptions = { optimiseCoding: false }
/** At 90 and half the colours a small horse's vector is off by a cosine of 0.98, so by 0.997; for two thirds more bytes. */
const cropOptions: JpegOptions = { quality: 95, chromaSubsampling: '4:4:4', ...quickly }

export async function encodeJpeg(picture: Picture): Promise<Uint8Array> {
  const { width, height } = picture
  return withRgb(picture, { x1: 0, y1: 0, x2: width, y2: height }, (rgb) =>
    sharp(rgb, { raw: { width, height, channels: 3 } })
      .jpeg({ quality, ...quickly })
      .toBuffer(),
  )
}

/** The square around a box, as 200x200 JPEG; black where the square leaves the picture. */
export async function encodeThumbnail(picture: Picture, box: Box): Promise<Uint8Array> {
  const square = squareAround(box)
  const x1 = Math.max(0, square.left)
  const y1 = Math.max(0, square.top)
  const x2 = Math.min(picture.width, square.left + square.side)
  const y2 = Math.min(picture.height, square.top + square.side)
  if (!(x2 > x1 && y2 > y1)) {
    throw new BarnboxError('BAD_REQUEST', 'the box lies outside the picture', {
      context: { box: box.join() },
    })
  }
  const scale = thumbnailSide / square.side
  const [width, height] = [fit((x2 - x1) * scale), fit((y2 - y1) * scale)]
  const left = Math.min(Math.round((x1 - square.left) * scale), thumbnailSide - width)
  const top = Math.min(Math.round((y1 - square.top) * scale), thumbnailSide - height)
  const right = thumbnailSide - width - left
  const bottom = thumbnailSide - height - top
  const small = await withRgb(picture, { x1, y1, x2, y2 }, (rgb) =>
    sharp(rgb, { raw: { width: x2 - x1, height: y2 - y1, channels: 3 } })
      .resize(width, height, { fit: 'fill' })
      .extend({ left, top, right, bottom, background: '#000' })
      .raw()
      .toBuffer(),
  )
  const size = { width: thumbnailSide, height: thumbnailSide }
  return withinLimit(small, size, mostThumbnailBytes)
}

/** A part of a picture as JPEG, scaled down where it is larger than any embedder looks at it. */
export async function encodeCrop(picture: Picture, rect: Rect): Promise<Uint8Array> {
  const [width, height] = [rect.x2 - rect.x1, rect.y2 - rect.y1]
  const scale = Math.min(1, cropSide / Math.max(width, height))
  const size = { width: Math.round(width * scale) || 1, height: Math.round(height * scale) || 1 }
  return withRgb(picture, rect, async (rgb) => {
    if (scale === 1) return withinLimit(rgb, size, mostCropBytes, cropOptions)
    const small = await sharp(rgb, { raw: { width, height, channels: 3 } })
      .resize({ ...size, fit: 'fill' })
      .raw()
      .toBuffer()
    return withinLimit(small, size, mostCropBytes, cropOptions)
  })
}

/** Works on a part's packed RGB, up to megabytes, and gives their memory back. */
async function withRgb(
  picture: Picture,
  rect: Rect,
  work: (rgb: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const rgb = rgbOf(picture, rect)
  try {
    return await work(rgb)
  } finally {
    free(rgb)
  }
}

const fit = (size: number) => Math.min(thumbnailSide, Math.max(1, Math.round(size)))

function squareAround([x1, y1, x2, y2]: Box) {
  const side = Math.max(2, Math.round(Math.max(x2 - x1, y2 - y1) * roomAround))
  return { left: Math.round((x1 + x2 - side) / 2), top: Math.round((y1 + y2 - side) / 2), side }
}

/** An RGB picture as JPEG, at lower quality where it would be too large. */
export async function withinLimit(
  rgb: Uint8Array,
  size: { readonly width: number; readonly height: number },
  most: number,
  options: JpegOptions = { quality },
): Promise<Uint8Array> {
  const raw = { ...size, channels: 3 } as const
  for (let tried = options.quality ?? quality; tried > 0; tried -= 15) {
    const jpeg = await sharp(rgb, { raw })
      .jpeg({ ...options, quality: tried })
      .toBuffer()
    if (jpeg.length <= most) return jpeg
  }
  throw new BarnboxError('AVATAR_TOO_LARGE', 'no quality makes the picture small enough', {
    context: { most },
  })
}
