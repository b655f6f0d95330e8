/**
 * An embedder at work: parts of pictures in, vectors of unit length out.
 */
import type { Preprocess } from '../../models/convert/preprocess.ts'
import { BarnboxError } from '../lib/errors.ts'
import type { ModelKind, Picture } from '../types.ts'
import { type EmbedderLayout, embedderLayouts, unitVector } from './embedders.ts'
import { type Net, openNet } from './net.ts'
import type { Rect } from './pixels.ts'
import type { ModelSource } from './resolve.ts'
import type { RunOn } from './session.ts'
import { blankPicture, checkNumbers, tried } from './trial.ts'

export interface Embedder extends AsyncDisposable {
  readonly kind: ModelKind
  readonly layout: string
  readonly input: Preprocess
  readonly net: Net<EmbedderLayout>
  /** The part lies within the picture; in nv12 its sides are even. */
  embed(picture: Picture, part: Rect): Promise<Float32Array>
}

export const wholeOf = ({ width, height }: Picture): Rect => ({ x1: 0, y1: 0, x2: width, y2: height })

/** Opens it and has it look once at nothing: how long its vectors are is only known then. */
export async function openEmbedder(source: ModelSource, threads: number, on?: RunOn): Promise<Embedder> {
  const net = await openNet(source, { layouts: embedderLayouts, crops: true }, threads, on)
  const embed = async (picture: Picture, part: Rect): Promise<Float32Array> => {
    const { outputs } = await net.run(picture, part)
    // A copy: the runtime owns the memory of its outputs.
    const vector = unitVector(net.layout.read(outputs))
    if (vector.length === dim) return vector
    const message = `the embedder gave a vector of ${vector.length} numbers, not ${dim}`
    throw new BarnboxError('VECTOR_KIND', message, {
      context: { model: source.id, length: vector.length, dim },
    })
  }
  const blank = blankPicture(net)
  let dim = 0
  return tried(
    source,
    {
      get kind() {
        return { id: source.id, dim }
      },
      layout: net.layout.layout,
      input: net.input,
      net,
      embed,
      [Symbol.asyncDispose]: () => net[Symbol.asyncDispose](),
    },
    async () => {
      const { outputs } = await net.run(blank, wholeOf(blank))
      dim = unitVector(net.layout.read(checkNumbers(outputs))).length
    },
  )
}
