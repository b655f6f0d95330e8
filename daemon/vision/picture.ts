/**
 * Reads images into raw pixels, upright.
 */
import { access, constants, stat } from 'node:fs/promises'
import sharp from 'sharp'
import { BarnboxError } from '../lib/errors.ts'
import type { Picture } from '../types.ts'

/** More pixels than any camera gives; a small file may claim to be huge. */
const mostPixels = 64_000_000

/** The picture in a file. Throws `FILE_MISSING`, and `NOT_A_PICTURE` for everything else, a video of any size too. */
export async function readPicture(file: string): Promise<Picture> {
  const missing = (cause: unknown) =>
    new BarnboxError('FILE_MISSING', `${file} cannot be read`, { context: { file }, cause })
  await access(file, constants.R_OK).catch((cause) => Promise.reject(missing(cause)))
  if (!(await stat(file)).isFile()) throw missing(undefined)
  return decodePicture(file)
}

/** The picture in an image file or in its bytes. Throws `NOT_A_PICTURE`. */
export async function decodePicture(from: string | Uint8Array): Promise<Picture> {
  const what = typeof from === 'string' ? from : 'this'
  try {
    const image = sharp(from, { limitInputPixels: mostPixels, failOn: 'error' }).rotate()
    const { data, info } = await image
      .flatten()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    return { format: 'rgb24', width: info.width, height: info.height, pixels: data }
  } catch (cause) {
    throw new BarnboxError('NOT_A_PICTURE', `${what} is not a picture that can be read`, {
      context: { file: what },
      cause,
    })
  }
}
