/**
 * Reads an image file into raw pixels, upright.
 */
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { BarnboxError } from '../lib/errors.ts'
import type { Picture } from '../types.ts'

/** More pixels than any camera gives; a small file may claim to be huge. */
const mostPixels = 64_000_000

export async function readPicture(file: string): Promise<Picture> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (cause) {
    throw new BarnboxError('FILE_MISSING', `${file} cannot be read`, { context: { file }, cause })
  }
  try {
    const image = sharp(bytes, { limitInputPixels: mostPixels, failOn: 'error' }).rotate()
    const { data, info } = await image
      .flatten()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    return { format: 'rgb24', width: info.width, height: info.height, pixels: data }
  } catch (cause) {
    throw new BarnboxError('NOT_A_PICTURE', `${file} is not a picture that can be read`, {
      context: { file },
      cause,
    })
  }
}
