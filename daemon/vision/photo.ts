/**
 * A photo that somebody gives, as a picture: upright, no larger than a look at a horse needs. Its bytes are anybody's, so
 * what they are is looked at before a decoder is.
 */
import sharp from 'sharp'
import { BarnboxError } from '../lib/errors.ts'
import type { Picture } from '../types.ts'

/** Photos of telephones have some megabytes. */
export const mostPhotoBytes = 20 * 1024 * 1024
/** Those of the largest sensors have 50 to 108 million; a small file may claim any number. */
const mostPixels = 120_000_000
/** The longest side afterwards: a detector sees less, and a horse on half of it is still larger than any crop. */
const longestSide = 2048
const mostSeconds = 20

/** What may follow the first bytes of each kind that is taken. */
const kinds: readonly { readonly at: number; readonly bytes: string }[] = [
  { at: 0, bytes: '\xff\xd8\xff' },
  { at: 0, bytes: '\x89PNG\r\n\x1a\n' },
  { at: 8, bytes: 'WEBP' },
  { at: 4, bytes: 'ftypavi' },
]
const heic = /^....ftyp(heic|heix|hevc|hevx|heim|heis|mif1|msf1)/s

/** The picture of a photo's bytes. Throws `NOT_A_PICTURE`, with why. */
export async function readPhoto(photo: Uint8Array): Promise<Picture> {
  checkKind(photo)
  try {
    const { data, info } = await sharp(photo, { limitInputPixels: mostPixels, failOn: 'error' })
      .timeout({ seconds: mostSeconds })
      .autoOrient()
      .resize(longestSide, longestSide, { fit: 'inside', withoutEnlargement: true })
      .flatten()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const { width, height } = info
    if (info.channels !== 3) throw new Error(`${info.channels} channels`)
    return { format: 'rgb24', width, height, pixels: data }
  } catch (cause) {
    throw notAPhoto('The photo cannot be read: it is damaged, cut off or far too large.', cause)
  }
}

function checkKind(photo: Uint8Array): void {
  if (photo.length > mostPhotoBytes) {
    throw notAPhoto(`A photo may have ${mostPhotoBytes / 1024 / 1024} MB.`)
  }
  const start = String.fromCharCode(...photo.subarray(0, 16))
  if (kinds.some(({ at, bytes }) => start.startsWith(bytes, at))) return
  if (heic.test(start)) throw notAPhoto('HEIC photos cannot be read: save it as JPEG.')
  throw notAPhoto('This is no photo: JPEG, PNG, WebP and AVIF are taken.')
}

function notAPhoto(message: string, cause?: unknown): BarnboxError {
  return new BarnboxError('NOT_A_PICTURE', message, { cause })
}
