/**
 * Whether an MP4 file is whole, how long it is and how many pictures it has: read from its boxes, not from its pictures. A
 * file that was cut off has no `moov`, for that is written last; a full disk leaves one that is shorter than its boxes say.
 */
import { type FileHandle, open } from 'node:fs/promises'

export interface WholeVideo {
  readonly bytes: number
  readonly durationMs: number
  readonly pictures: number
}

/** A minute of video has some ten kilobytes. */
const mostHeadBytes = 8 * 1024 * 1024
const mostBoxes = 64

/** Undefined where the file is not whole. Throws where it is not there or cannot be read. */
export async function readVideo(path: string): Promise<WholeVideo | undefined> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  let moov: Uint8Array | undefined
  let at = 0
  for (let count = 0; at < size; count++) {
    const box = await boxAt(file, at)
    if (box === undefined || count === mostBoxes || at + box.size > size) return undefined
    if (box.type === 'moov') moov = await read(file, at, Math.min(box.size, mostHeadBytes))
    at += box.size
  }
  const about = moov && aboutMoov(Buffer.from(moov))
  return about && { bytes: size, ...about }
}

async function read(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

async function boxAt(file: FileHandle, at: number): Promise<{ type: string; size: number } | undefined> {
  const head = Buffer.from(await read(file, at, 16))
  if (head.length < 8) return undefined
  const type = head.toString('latin1', 4, 8)
  const short = head.readUInt32BE(0)
  if (short !== 1) return short < 8 ? undefined : { type, size: short }
  const long = head.length < 16 ? 0 : Number(head.readBigUInt64BE(8))
  return long < 16 ? undefined : { type, size: long }
}

/** ffmpeg wrote it, with one track: the first of each kind of box is the one. */
function aboutMoov(moov: Buffer): Pick<WholeVideo, 'durationMs' | 'pictures'> | undefined {
  const [head, sizes] = [moov.indexOf('mvhd'), moov.indexOf('stsz')]
  if (head < 0 || sizes < 0 || head + 36 > moov.length || sizes + 16 > moov.length) return undefined
  const isLong = moov[head + 4] === 1
  const scale = moov.readUInt32BE(head + (isLong ? 24 : 16))
  const duration = isLong ? Number(moov.readBigUInt64BE(head + 28)) : moov.readUInt32BE(head + 20)
  const pictures = moov.readUInt32BE(sizes + 12)
  const durationMs = Math.round((duration / scale) * 1000)
  return durationMs > 0 && pictures > 0 && Number.isFinite(durationMs) ? { durationMs, pictures } : undefined
}
