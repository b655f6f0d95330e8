/**
 * The fields of a protobuf message, by their places in a file: what is not of interest is passed over unread.
 */
import { isCount, type WeightSource } from './weight-source.ts'

/** A field's value; of bytes, without their length. */
export interface Field {
  readonly number: number
  /** Its bytes were written with their length: text, bytes or a message. */
  readonly isLong: boolean
  readonly start: number
  readonly end: number
}

/** What protobuf calls the ways in which a value is written. */
const wire = { varint: 0, eightBytes: 1, lengthGiven: 2, fourBytes: 5 } as const

/** A model has a few, one for each function more, and a graph one for each node and constant; millions mean harm. */
const mostFields = 100_000
const mostNumber = 2 ** 29 - 1
/** A field's number and its length. */
const headBytes = 20

/** Those of the message that lies there; undefined, and nothing more, where none does. */
export function* fieldsOf(source: WeightSource, from: number, end: number): Iterable<Field | undefined> {
  let at = from
  for (let count = 0; at < end; count++) {
    const field = count < mostFields ? readField(source, at, end) : undefined
    yield field
    if (field === undefined) return
    at = field.end
  }
}

function readField(source: WeightSource, from: number, end: number): Field | undefined {
  const head = source.read(from, Math.min(headBytes, end - from))
  const tag = readVarint(head, 0)
  if (!tag) return undefined
  const number = Math.floor(tag.value / 8)
  const place = placeOf(head, tag.value % 8, tag.next)
  if (!place || number < 1 || number > mostNumber) return undefined
  const [start, stop] = [from + place.start, from + place.end]
  return isCount(stop) && stop <= end ? { number, isLong: place.isLong, start, end: stop } : undefined
}

function placeOf(head: Uint8Array, kind: number, at: number): Omit<Field, 'number'> | undefined {
  if (kind === wire.eightBytes) return { isLong: false, start: at, end: at + 8 }
  if (kind === wire.fourBytes) return { isLong: false, start: at, end: at + 4 }
  const varint = kind === wire.varint || kind === wire.lengthGiven ? readVarint(head, at) : undefined
  if (!varint) return undefined
  const { value, next } = varint
  return kind === wire.varint
    ? { isLong: false, start: at, end: next }
    : { isLong: true, start: next, end: next + value }
}

const mostVarintBytes = 10

function readVarint(bytes: Uint8Array, from: number): { value: number; next: number } | undefined {
  let value = 0
  for (let i = 0; i < mostVarintBytes; i++) {
    const byte = bytes[from + i]
    if (byte === undefined) return undefined
    value += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) return { value, next: from + i + 1 }
  }
  return undefined
}
