/**
 * All layouts of detectors, and which of them a model is.
 */
import { centernet } from './centernet.ts'
import type { Decoder, Port } from './decoder.ts'
import { detrBoxes } from './detr-boxes.ts'
import { detrLogits } from './detr-logits.ts'
import { rfDetr } from './rf-detr.ts'
import { yolo } from './yolo.ts'
import { yoloEnd } from './yolo-end.ts'
import { yolox } from './yolox.ts'

export const decoders: readonly Decoder[] = [centernet, yolox, rfDetr, detrLogits, detrBoxes, yolo, yoloEnd]

/** The decoder of a layout by name. */
export const decoderNamed = (layout: string) => decoders.find((one) => one.layout === layout)

/** The decoder that fits a model's inputs and outputs; undefined where none does. */
export const decoderFor = (inputs: readonly Port[], outputs: readonly Port[]) =>
  decoders.find((one) => one.matches(inputs, outputs))

const told = (ports: readonly Port[]) =>
  ports.map(({ name, type, shape }) => `${name} ${type} [${shape.join(', ')}]`).join(', ') || 'nothing'

/** What a model has, for whoever wonders why it is refused. */
export const seenPorts = (inputs: readonly Port[], outputs?: readonly Port[]) =>
  `takes ${told(inputs)}${outputs ? ` and gives ${told(outputs)}` : ''}`
