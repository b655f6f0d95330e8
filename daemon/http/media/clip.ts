/**
 * A clip's file as an answer, whole or a part of it: players ask for the end first, where an MP4 has its list of pictures.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { createPatience } from '../../lib/abort.ts'
import { BarnboxError } from '../../lib/errors.ts'
import { KEPT } from './kept.ts'

/** Each holds a file open. */
const MOST_READERS = 32
/** Whoever takes nothing for so long has gone, or asks again: players of a video that stands still do. */
const GONE_MS = 60_000
const PIECE_BYTES = 256 * 1024

export interface Range {
  readonly start: number
  /** The byte after its last. */
  readonly end: number
}

/**
 * The one part that is asked for; undefined for the whole, also where several are asked for or the header makes no sense;
 * null where there is no such part.
 */
export function rangeOf(header: string | undefined, size: number): Range | undefined | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') return last === '0' ? null : { start: Math.max(0, size - Number(last)), end: size }
  const start = Number(first)
  const end = last === '' ? size : Math.min(size, Number(last) + 1)
  if (last !== '' && Number(last) < start) return undefined
  return start < size ? { start, end } : null
}

/** Reads as it is taken, and lets go of the file when it is over: taken, refused, broken, or left. */
function streamOf(
  file: FileHandle,
  { start, end }: Range,
  { goneMs, done }: { goneMs: number; done: () => void },
): ReadableStream<Uint8Array> {
  let at = start
  let isOver = false
  let leave = () => {}
  const patience = createPatience(goneMs, () => leave())
  const close = async () => {
    if (isOver) return
    isOver = true
    patience.end()
    done()
    await file.close()
  }
  const readOn = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const buffer = new Uint8Array(Math.min(PIECE_BYTES, end - at))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    // Somebody left while it was read.
    if (isOver) return
    at += bytesRead
    if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead))
    if (bytesRead > 0 && at < end) return patience.renew()
    await close()
    controller.close()
  }
  return new ReadableStream(
    {
      start(controller) {
        leave = () => {
          controller.error(new Error('nobody takes this clip any more'))
          void close()
        }
      },
      async pull(controller) {
        try {
          await readOn(controller)
        } catch (error) {
          await close()
          throw error
        }
      },
      cancel: close,
    },
    { highWaterMark: 1 },
  )
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new BarnboxError('NOT_FOUND', 'The video of this clip is not there any more.', { cause })
  }
}

/** Answers with files, a limited number at a time. */
export function createClipAnswer(goneMs = GONE_MS) {
  let readers = 0
  return async (c: Context, { path, tag }: { path: string; tag: string }): Promise<Response> => {
    if (readers >= MOST_READERS) throw new HTTPException(503, { message: 'Too many videos are read now.' })
    const etag = `"${tag}"`
    c.header('ETag', etag)
    c.header('Accept-Ranges', 'bytes')
    c.header('Cache-Control', KEPT)
    if (c.req.header('if-none-match') === etag) return c.body(null, 304)
    const file = await openFile(path)
    const { size } = await file.stat()
    const isSame = [undefined, etag].includes(c.req.header('if-range'))
    const part = isSame ? rangeOf(c.req.header('range'), size) : undefined
    if (part === null) {
      await file.close()
      c.header('Content-Range', `bytes */${size}`)
      throw new HTTPException(416, { message: `This clip has ${size} bytes.` })
    }
    const { start, end } = part ?? { start: 0, end: size }
    if (part) c.header('Content-Range', `bytes ${start}-${end - 1}/${size}`)
    const status = part ? 206 : 200
    const headers = { 'Content-Type': 'video/mp4', 'Content-Length': String(end - start) }
    if (c.req.method === 'HEAD') {
      await file.close()
      return c.body(null, status, headers)
    }
    readers++
    return c.body(streamOf(file, { start, end }, { goneMs, done: () => void readers-- }), status, headers)
  }
}
