/**
 * Pictures of nothing: a network takes the same time whatever it sees.
 */
import type { Picture } from '../../../daemon/types.ts'

/** A pattern in shared memory, as camera frames are. */
export function pattern(format: Picture['format'], width: number, height: number): Picture {
  const bytes = width * height * (format === 'nv12' ? 1.5 : 3)
  const pixels = new Uint8Array(new SharedArrayBuffer(bytes))
  for (let i = 0; i < bytes; i++) pixels[i] = (i * 7 + (i >> 9)) & 255
  return { format, width, height, pixels }
}
