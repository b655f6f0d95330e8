/**
 * A weights file as its readers see it: pieces at positions, so that a large file is never in memory as a whole. The
 * file comes from strangers: every piece is checked against its size, and what it says is shown cut and harmless.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { BarnboxError } from '../../daemon/lib/errors.ts'

export interface WeightSource {
  readonly name: string
  readonly size: number
  /** Refuses what does not lie in the file as a whole. The bytes are for reading only. */
  read(offset: number, length: number): Uint8Array
}

/** One tensor of a file; its values are read when asked for. */
export interface Weight {
  readonly shape: readonly number[]
  /** As the file calls it: `float32`, `int64`, ... */
  readonly type: string
  /** Refuses a tensor that is not of floating point, or whose bytes are not what was written. */
  floats(): Float32Array
}

export function isWeight(value: unknown): value is Weight {
  return typeof value === 'object' && value !== null && 'floats' in value
}

/** The file is opened for each piece: nothing has to be closed, and the system keeps what was just read. */
export function fileSource(file: string): WeightSource {
  const size = sizeOf(file)
  const read = (offset: number, length: number) => {
    checkRange(file, size, offset, length)
    // Not from Node's pool, so that floats are aligned.
    const bytes = Buffer.allocUnsafeSlow(length)
    const handle = openSync(file, 'r')
    try {
      for (let at = 0; at < length; ) {
        const count = readSync(handle, bytes, at, length - at, offset + at)
        if (count === 0) throw refused(file, 'has become shorter while it was read')
        at += count
      }
    } finally {
      closeSync(handle)
    }
    return bytes
  }
  return { name: file, size, read }
}

export function memorySource(name: string, bytes: Uint8Array): WeightSource {
  const read = (offset: number, length: number) => {
    checkRange(name, bytes.length, offset, length)
    return bytes.subarray(offset, offset + length)
  }
  return { name, size: bytes.length, read }
}

function sizeOf(file: string): number {
  try {
    const stat = statSync(file)
    if (!stat.isFile()) throw new Error('not a file')
    return stat.size
  } catch (cause) {
    throw new BarnboxError('MODEL_MISSING', `the weights file ${file} cannot be read`, {
      context: { file },
      cause,
    })
  }
}

function checkRange(name: string, size: number, offset: number, length: number): void {
  const isInside = isCount(offset) && isCount(length) && offset + length <= size
  if (!isInside) throw refused(name, `ends before something it points to (cut short?)`)
}

/** What stands in files as an offset, a length or a count. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

export function refused(name: string, what: string, cause?: unknown): BarnboxError {
  return new BarnboxError('MODEL_BROKEN', `${name}: ${what}`, { context: { file: name, what }, cause })
}

/** The entries of a JSON object that are texts. */
export function textsOf(json: unknown): Map<string, string> {
  const entries = typeof json === 'object' && json !== null ? Object.entries(json) : []
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

const mostShown = 80

/** Text out of a file for a message: one line, not long, nothing a terminal obeys. */
export function shown(text: string): string {
  const plain = text.slice(0, mostShown + 1).replace(/[^\x20-\x7e]/g, '?')
  return plain.length > mostShown ? `${plain.slice(0, mostShown)}...` : plain
}

/** Little-endian floats, as every machine we run on has them; copied only where they are not aligned. */
export function asFloats(bytes: Uint8Array): Float32Array {
  const own = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Float32Array(own.buffer, own.byteOffset, own.byteLength / 4)
}
