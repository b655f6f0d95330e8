/**
 * What the records of the ring say, and back. A file begins with a head (whose it is, by what models, which time its monotonic clock
 * means); behind it is what was seen, or pictures. What is read is held against a schema: a disk may have made anything of it.
 */
import { z } from 'zod'
import type { SeenBy, SeenFrame, SeenLook, SeenState } from '../replay-types.ts'
import type { Box, EmbedderKind, StreamId } from '../types.ts'
import { type Framed, frame, magic, unframe } from './framing.ts'

export const classes = ['seen', 'pictures'] as const
export type RingClass = (typeof classes)[number]

export interface Head {
  readonly streamId: StreamId
  /** One pipeline's life: with another all tracklets begin anew. */
  readonly life: string
  /** One moment on both clocks. */
  readonly utcMs: number
  readonly monoMs: number
  readonly by: SeenBy
}

/** A picture that was kept of an analysed frame. */
export interface KeptPicture {
  readonly streamId: StreamId
  readonly takenMs: number
  readonly sceneMs: number
  readonly jpeg: Uint8Array
}

export type Kept =
  | { readonly kind: 'frame'; readonly frame: SeenFrame }
  | { readonly kind: 'state'; readonly state: SeenState }
  | { readonly kind: 'picture'; readonly picture: KeptPicture }

const ms = z.number().min(-1e15).max(1e15)
const side = z.number().int().min(1).max(16_384)
const pixel = z.number().min(-65_536).max(65_536)
const box = z.tuple([pixel, pixel, pixel, pixel])
const share = z.number().min(0).max(1)
const word = z.string().min(1).max(300)

const embedderSchema = z.object({
  id: word,
  dim: z.number().int().min(1).max(4096),
  name: word,
  preprocess: z.record(z.string(), z.unknown()).nullable(),
  licence: z.string().max(300).nullable(),
})

const headSchema = z.object({
  stream: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/),
  life: word,
  utc: z.number().min(1_577_836_800_000).max(1e14),
  mono: ms,
  by: z.object({
    detector: word,
    threshold: share,
    embedder: embedderSchema.nullable(),
    sameAbove: share,
    margin: share,
  }),
})

const frameSchema = z.object({
  t: ms,
  s: ms,
  w: side,
  h: side,
  d: z.array(z.tuple([box, share, z.enum(['horse', 'person']), word])).max(1000),
  l: z.array(z.tuple([box, z.number().min(0).max(1e9), z.boolean().nullable()])).max(1000),
})
const stateSchema = z.object({ t: ms, c: z.enum(['connecting', 'live', 'silent', 'down']) })
const pictureSchema = z.object({ t: ms, s: ms, p: z.literal(true) })

/** Eighths of a pixel are finer than any detector. */
const eighths = ([x1, y1, x2, y2]: Box): Box => [
  Math.round(x1 * 8) / 8,
  Math.round(y1 * 8) / 8,
  Math.round(x2 * 8) / 8,
  Math.round(y2 * 8) / 8,
]

export function writeHead({ streamId, life, utcMs, monoMs, by }: Head): Buffer {
  return Buffer.concat([magic, frame({ stream: streamId, life, utc: utcMs, mono: monoMs, by })])
}

/** Vectors are kept in 16 bits a number: a cosine is 0.0001 off by that, far less than two looks of one moment differ. */
export function writeFrame({ takenMs, sceneMs, width, height, detections, looks }: SeenFrame): Buffer {
  const tails = looks.map(({ look }) => new Uint8Array(new Float16Array(look.vector).buffer))
  const json = {
    ...{ t: takenMs, s: sceneMs, w: width, h: height },
    d: detections.map(({ box, score, kind, label }) => [eighths(box), score, kind, label]),
    l: looks.map(({ box, look }) => [eighths(box), look.sharpness, look.infrared ?? null]),
  }
  return frame(json, Buffer.concat(tails))
}

export const writeState = ({ takenMs, state }: SeenState): Buffer => frame({ t: takenMs, c: state })

export const writePicture = ({ takenMs, sceneMs }: SeenFrame, jpeg: Uint8Array): Buffer =>
  frame({ t: takenMs, s: sceneMs, p: true }, jpeg)

export interface RingText {
  readonly head: Head
  readonly kept: readonly Kept[]
  /** Records that were whole and make no sense. */
  readonly refused: number
  /** The file ends in the middle of a record, or is spoilt from some place on. */
  readonly isTorn: boolean
}

/** What stands in a file; undefined where not even its head can be read. */
export function readRing(file: Uint8Array): RingText | undefined {
  const { records, isWhole } = unframe(file)
  const [first, ...rest] = records
  const head = first && headOf(first)
  if (!head) return undefined
  const kept = rest.map((record) => keptOf(record, head))
  const sound = kept.filter((one) => one !== undefined)
  return { head, kept: sound, refused: kept.length - sound.length, isTorn: !isWhole }
}

function headOf({ json }: Framed): Head | undefined {
  const { success, data } = headSchema.safeParse(json)
  if (!success) return undefined
  const { stream, life, utc, mono, by } = data
  return { streamId: stream as StreamId, life, utcMs: utc, monoMs: mono, by }
}

function keptOf(record: Framed, head: Head): Kept | undefined {
  const { streamId } = head
  const state = stateSchema.safeParse(record.json)
  if (state.success) return { kind: 'state', state: { streamId, takenMs: state.data.t, state: state.data.c } }
  const picture = pictureSchema.safeParse(record.json)
  if (picture.success) {
    const { t: takenMs, s: sceneMs } = picture.data
    return { kind: 'picture', picture: { streamId, takenMs, sceneMs, jpeg: record.tail } }
  }
  const frame = frameOf(record, head)
  return frame && { kind: 'frame', frame }
}

function frameOf({ json, tail }: Framed, { streamId, by }: Head): SeenFrame | undefined {
  const { success, data } = frameSchema.safeParse(json)
  if (!success) return undefined
  const { t: takenMs, s: sceneMs, w: width, h: height, d, l } = data
  const vectors = vectorsOf(tail, l.length, by.embedder)
  if (!vectors) return undefined
  const detections = d.map(([box, score, kind, label]) => ({ box, score, kind, label }))
  const looks = l.map(([box, sharpness, infrared], at): SeenLook => {
    const vector = vectors[at] as Float32Array
    return { box, look: { vector, sharpness, ...(infrared !== null && { infrared }) } }
  })
  return { streamId, takenMs, sceneMs, width, height, detections, looks }
}

/** So many unit vectors, or undefined where that is not what there is. */
function vectorsOf(
  tail: Uint8Array,
  count: number,
  embedder: EmbedderKind | null,
): Float32Array[] | undefined {
  const dim = embedder?.dim ?? 0
  if (tail.length !== count * dim * Float16Array.BYTES_PER_ELEMENT) return undefined
  // Sixteen bits must lie on an even address.
  const all = new Float16Array(new Uint8Array(tail).buffer)
  const vectors: Float32Array[] = []
  for (let at = 0; at < count; at++) {
    const vector = new Float32Array(all.subarray(at * dim, (at + 1) * dim))
    let squares = 0
    for (const value of vector) squares += value * value
    const length = Math.sqrt(squares)
    // Written of unit vectors, they are nearly so; what compares them wants them exactly so.
    if (!(Math.abs(length - 1) < 0.01)) return undefined
    for (let n = 0; n < dim; n++) vector[n] = (vector[n] ?? 0) / length
    vectors.push(vector)
  }
  return vectors
}
