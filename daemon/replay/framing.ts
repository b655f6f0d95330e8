/**
 * Records in a file that is only ever added to: each with its length and its sum, so that a file that was cut off anywhere, or spoilt,
 * is read up to the last record that is whole.
 */
import { crc32 } from 'node:zlib'

/** What every file begins with; another layout has another number. */
export const magic = Buffer.from('barnbox-ring-1\n')
/** More is no record: a length that was spoilt must not be believed. */
const largestRecord = 16_000_000
/** Length and sum of what follows, then the length of the JSON in it. */
const headBytes = 12

/** A small thing in JSON, and what is not text behind it. */
export interface Framed {
  readonly json: unknown
  readonly tail: Uint8Array
}

export function frame(json: unknown, tail: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(JSON.stringify(json))
  const framed = Buffer.concat([Buffer.alloc(headBytes), text, tail])
  framed.writeUInt32LE(framed.length, 0)
  framed.writeUInt32LE(text.length, 8)
  framed.writeUInt32LE(crc32(framed.subarray(8)), 4)
  return framed
}

export interface Unframed {
  readonly records: readonly Framed[]
  /** Nothing was left over behind the last whole record. */
  readonly isWhole: boolean
}

/** The whole records of a file, in order. */
export function unframe(file: Uint8Array): Unframed {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const records: Framed[] = []
  if (!bytes.subarray(0, magic.length).equals(magic)) return { records, isWhole: false }
  let at = magic.length
  while (at < bytes.length) {
    const record = recordAt(bytes, at)
    if (!record) return { records, isWhole: false }
    records.push(record.framed)
    at += record.length
  }
  return { records, isWhole: true }
}

function recordAt(bytes: Buffer, at: number): { framed: Framed; length: number } | undefined {
  if (bytes.length - at < headBytes) return undefined
  const length = bytes.readUInt32LE(at)
  const textLength = bytes.readUInt32LE(at + 8)
  const isFitting = length <= Math.min(largestRecord, bytes.length - at) && textLength <= length - headBytes
  if (length < headBytes || !isFitting) return undefined
  const body = bytes.subarray(at + 8, at + length)
  if (crc32(body) !== bytes.readUInt32LE(at + 4)) return undefined
  const text = body.subarray(4, 4 + textLength)
  try {
    const json: unknown = JSON.parse(text.toString('utf8'))
    return { framed: { json, tail: body.subarray(4 + textLength) }, length }
  } catch {
    return undefined
  }
}
