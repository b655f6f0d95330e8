/**
 * A detector at work: a network and the decoder of its outputs.
 */
import type { Preprocess } from '../../models/convert/preprocess.ts'
import type { Detection, Picture } from '../types.ts'
import { decoders } from './decoders/all.ts'
import type { Decoder } from './decoders/decoder.ts'
import { detectionsOf } from './decoders/detections.ts'
import { type Net, openNet } from './net.ts'
import type { ModelSource } from './resolve.ts'
import type { RunOn } from './session.ts'
import { openTfjsDetector } from './tfjs.ts'
import { blankPicture, tried } from './trial.ts'

export interface Detector extends AsyncDisposable {
  readonly layout: string
  readonly input: Preprocess
  detect(picture: Picture, threshold: number): Promise<Detection[]>
}

/** A detector that runs in the ONNX runtime. */
export interface NetDetector extends Detector {
  readonly net: Net<Decoder>
}

export async function openDetector(source: ModelSource, threads: number): Promise<Detector> {
  if (source.engine) return openTfjsDetector(source, source.engine, threads)
  return openNetDetector(source, threads)
}

/** Opens it and, where it came as a file, has it look once at nothing: outputs of another shape show now. */
export async function openNetDetector(
  source: ModelSource,
  threads: number,
  on?: RunOn,
): Promise<NetDetector> {
  const net = await openNet(source, { layouts: decoders, crops: false }, threads, on)
  const detector: NetDetector = {
    net,
    layout: net.layout.layout,
    input: net.input,
    async detect(picture, threshold) {
      const { outputs, placement } = await net.run(picture)
      const found = net.layout.decode(outputs, net.input, threshold)
      return detectionsOf(found, placement, net.layout.sameAnimal)
    },
    [Symbol.asyncDispose]: () => net[Symbol.asyncDispose](),
  }
  if (source.files) return detector
  return tried(source, detector, () => detector.detect(blankPicture(net), 1))
}
