/**
 * A detector at work: a network and the decoder of its outputs.
 */

import { onnxMetadata } from '../../models/convert/onnx-metadata.ts'
import type { Preprocess } from '../../models/convert/preprocess.ts'
import { fileSource } from '../../models/convert/weight-source.ts'
import type { Detection, Picture } from '../types.ts'
import { parseNames } from './class-names.ts'
import { type Classes, classesOf } from './classes.ts'
import { decoders } from './decoders/all.ts'
import type { Decoder, Found, Tensors } from './decoders/decoder.ts'
import { detectionsOf } from './decoders/detections.ts'
import { type Net, openNet, otherModel } from './net.ts'
import type { ModelSource } from './resolve.ts'
import { brokenModel, type RunOn } from './session.ts'
import { openTfjsDetector } from './tfjs.ts'
import { blankPicture, checkNumbers, tried } from './trial.ts'

export interface Detector extends AsyncDisposable {
  readonly layout: string
  readonly input: Preprocess
  detect(picture: Picture, threshold: number): Promise<Detection[]>
}

/** A detector that runs in the ONNX runtime. */
export interface NetDetector extends Detector {
  readonly net: Net<Decoder>
  /** What is in the outputs of its network, in pixels of the network's input. */
  find(outputs: Tensors, threshold: number): Found[]
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
  const classes = await closing(net, () => classesIn(source, net))
  const view = { ...net.input, classes }
  const detector: NetDetector = {
    net,
    find: (outputs, threshold) => net.layout.decode(outputs, view, threshold),
    layout: net.layout.layout,
    input: net.input,
    async detect(picture, threshold) {
      const { outputs, placement } = await net.run(picture)
      return detectionsOf(detector.find(outputs, threshold), placement, net.layout.sameAnimal)
    },
    [Symbol.asyncDispose]: () => net[Symbol.asyncDispose](),
  }
  if (source.files) return detector
  return tried(source, detector, async () => {
    const { outputs } = await net.run(blankPicture(net))
    return detector.find(checkNumbers(outputs), 1)
  })
}

/** What the model tells apart. An engine's wrapper says nothing: the model that it was built of does. */
function classesIn(source: ModelSource, net: Net<Decoder>): Classes {
  const { file } = source.original ?? source
  const said = source.files ? undefined : onnxMetadata(fileSource(file))?.get('names')
  const names = said === undefined ? undefined : parseNames(said)
  if (said !== undefined && !names) throw brokenModel(source.file, 'has classes whose names cannot be read')
  const { layout, outputs } = net
  const found = classesOf({ told: layout.classes(outputs), names, usual: layout.usualClasses })
  if ('fault' in found) throw brokenModel(source.file, found.fault)
  if (source.classes === undefined || source.classes === found.count) return found
  throw otherModel(source, `tells ${found.count} classes apart, not ${source.classes}`)
}

async function closing<Answer>(net: AsyncDisposable, work: () => Answer): Promise<Answer> {
  try {
    return work()
  } catch (error) {
    await net[Symbol.asyncDispose]()
    throw error
  }
}
