/**
 * What every decoder is: one layout of outputs, known by its names and shapes, read into boxes of the network's
 * input. What the boxes mean in a stable, and where they lie in the picture, is the same for all: `detections.ts`.
 */
import type { Preprocess } from '../../../models/convert/preprocess.ts'
import type { Box } from '../../types.ts'
import type { Classes, CocoCount, KeptClass } from '../classes.ts'
import type { Size } from '../placement.ts'

/** An input or output of a model; a string stands for a dimension that is chosen at run time. */
export interface Port {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

export interface Tensor {
  readonly data: ArrayLike<number | bigint>
  readonly dims: readonly number[]
}

export type Tensors = Readonly<Record<string, Tensor>>

/** A box in pixels of the network's input. It may be anything that a network can say: not yet checked. */
export interface Found {
  readonly box: Box
  readonly score: number
  readonly label: string
}

/** A kind of model, known by its ports. */
export interface Layout {
  readonly layout: string
  /** What a model of this layout usually takes; a catalogue entry says it better. */
  readonly usual: Omit<Preprocess, 'width' | 'height'>
  /** The side of the input where the model leaves it open. */
  readonly usualSide: number
  /** The layout can be told from the ports alone; says no to what it is not sure of. */
  matches(inputs: readonly Port[], outputs: readonly Port[]): boolean
}

export interface Decoder extends Layout {
  /** Boxes of one kind that overlap by more are one animal. */
  readonly sameAnimal: number
  /** What networks of this layout know as they are published. */
  readonly usualClasses: CocoCount
  /** How many classes its ports have room for; undefined where they do not tell. */
  classes(outputs: readonly Port[]): number | undefined
  /** Everything from `threshold` on. Throws at outputs of another shape. */
  decode(outputs: Tensors, view: View, threshold: number): Found[]
}

/** The size of picture that the network saw, and what it tells apart there. */
export interface View extends Size {
  readonly classes: Classes
}

/** Overlap of a network that leaves the choice among its boxes to us: between YOLOX's demo (.45) and its tests (.65). */
export const manyBoxes = 0.6
/** Overlap of a network that gives one box an animal, but may call it cow and horse at once. */
export const oneBox = 0.8

/** Whether a port may have this shape: `null` takes any size, an open dimension takes any number. */
export function mayBe(port: Port | undefined, shape: readonly (number | null)[]): boolean {
  if (port?.shape.length !== shape.length) return false
  return shape.every((size, i) => {
    const given = port.shape[i]
    // The runtime tells an open dimension as a string or, without a name, as -1.
    return size === null || given === size || typeof given === 'string' || given === -1
  })
}

/** A dimension that is told; undefined where it is open. */
export function sizeOf(port: Port | undefined, dim: number): number | undefined {
  const size = port?.shape[dim]
  return typeof size === 'number' && size > 0 ? size : undefined
}

/** What is left behind the columns that stand before the classes. */
export const columnsAfter = (ahead: number, columns: number | undefined) =>
  columns === undefined ? undefined : columns - ahead

/** The input that takes the picture: the one with four dimensions. */
export const imageInput = (inputs: readonly Port[]) => inputs.find(({ shape }) => shape.length === 4)

export const portNamed = (ports: readonly Port[], name: string) => ports.find((port) => port.name === name)

/** The best kept class of one row of scores. */
export function bestOf(
  kept: readonly KeptClass[],
  scoreAt: (index: number) => number,
): { label: string; score: number } {
  let [label, score] = ['', Number.NEGATIVE_INFINITY]
  for (const one of kept) {
    const value = scoreAt(one.index)
    if (value > score) {
      score = value
      label = one.label
    }
  }
  return { label, score }
}

export const sigmoid = (value: number) => 1 / (1 + Math.exp(-value))

export function fromCentre(cx: number, cy: number, width: number, height: number): Box {
  return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]
}
