/**
 * A form with one file in it, read as it comes: it may be larger than all memory, so nothing of it is held. Hono's own reader holds all.
 */
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { sleep } from '../lib/abort.ts'
import { BarnboxError } from '../lib/errors.ts'

/** A browser says what the file is before it comes. */
const MOST_HEAD_BYTES = 8 * 1024
/** A line over which nothing has come for so long is dead. */
const SILENCE_MS = 60_000

/** Requests that may take longer than others, for somebody known sends a file. */
const patient = new WeakSet<object>()
export const isPatient = (request: object) => patient.has(request)

const broken = (why: string) => new BarnboxError('BAD_REQUEST', why)

/**
 * Hands the file on as it comes. Whatever becomes of it, the rest is read to its end: a browser that is still sending shows no answer. Throws
 * what `take` throws, and `BAD_REQUEST`.
 */
export async function takeFile(
  c: Context,
  take: (file: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  // Absent where no socket is (in-process requests).
  const { incoming } = Object(c.env) as Partial<HttpBindings>
  if (incoming) patient.add(incoming)
  const reader = c.req.raw.body?.getReader()
  if (!reader) throw broken('There is no file in the form.')
  const chunks = readAll(reader)
  try {
    await take(fileIn(chunks, c.req.header('content-type') ?? ''))
  } finally {
    await drain(chunks, reader)
  }
}

/** Whoever sends no more is not waited for. */
async function drain(chunks: AsyncIterable<Uint8Array>, reader: ReadableStreamDefaultReader): Promise<void> {
  try {
    for await (const _ of chunks);
  } catch {
    await reader.cancel().catch(() => undefined)
  }
}

/** Whoever stops asking does not end it. */
function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncIterable<Uint8Array> {
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const heard = new AbortController()
    try {
      const read = reader.read().catch(() => 'late' as const)
      const late = sleep(SILENCE_MS, heard.signal).then(() => 'late' as const)
      const answer = await Promise.race([read, late])
      if (answer === 'late') throw broken('The file broke off.')
      return answer.done ? { done: true, value: undefined } : { done: false, value: answer.value }
    } finally {
      heard.abort()
    }
  }
  return { [Symbol.asyncIterator]: () => ({ next }) }
}

/** The one file of a form (RFC 7578). Throws `BAD_REQUEST` for what is none, or breaks off. */
export async function* fileIn(
  chunks: AsyncIterable<Uint8Array>,
  contentType: string,
): AsyncGenerator<Uint8Array> {
  const boundary = /^multipart\/form-data\s*;.*?\bboundary="?([\w'()+,./:=?-]{1,70})"?/i.exec(
    contentType,
  )?.[1]
  if (boundary === undefined) throw broken('There is no file in the form.')
  const mark = Buffer.from(`\r\n--${boundary}`)
  // As if a line had ended before the first mark too.
  let held = Buffer.from('\r\n')
  let isInFile = false
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk])
    if (!isInFile) {
      const end = held.indexOf('\r\n\r\n')
      const isForm = held.subarray(0, mark.length).equals(mark.subarray(0, held.length))
      if (!isForm || (end === -1 && held.length > MOST_HEAD_BYTES)) throw broken('The form cannot be read.')
      if (end === -1) continue
      held = held.subarray(end + 4)
      isInFile = true
    }
    const end = held.indexOf(mark)
    const sure = end === -1 ? Math.max(0, held.length - mark.length + 1) : end
    if (sure > 0) yield held.subarray(0, sure)
    if (end !== -1) return
    held = held.subarray(sure)
  }
  throw broken('The file broke off.')
}
