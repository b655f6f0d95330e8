/**
 * What a detector's classes mean in a stable: which are a person, which a horse, which nothing. Pure.
 */
import { keptClasses } from '../../models/convert/layout.ts'
import { area } from '../lib/boxes.ts'
import type { Box, Kind } from '../types.ts'
import type { Size } from './placement.ts'

/** A column of a network's class scores that is looked at. */
export interface KeptClass {
  readonly index: number
  readonly label: string
}

/** COCO's ids (1 to 90 with gaps): how networks with 91 classes count. Those with 80 leave the gaps out. */
const ids: Readonly<Record<string, number>> = {
  person: 1,
  dog: 18,
  horse: 19,
  sheep: 20,
  cow: 21,
  elephant: 22,
  bear: 23,
  zebra: 24,
}

const keptIds: readonly KeptClass[] = keptClasses.map(({ label }) => ({ index: ids[label] ?? -1, label }))

/** The kept columns of a network with so many classes; undefined for a count that is not COCO's. */
export function keptOf(classes: number): readonly KeptClass[] | undefined {
  if (classes === 80) return keptClasses
  return classes === 91 ? keptIds : undefined
}

/** A small dog is a dog. From this share of the picture on, it is a horse that the detector misjudged. */
const largeShare = 0.03
const onlyWhenLarge = new Set(['dog', 'bear'])

/** What a box with this label is; undefined for what is neither a person nor a horse. */
export function kindOf(label: string, box: Box, picture: Size): Kind | undefined {
  const small = area(box) < largeShare * picture.width * picture.height
  if (small && onlyWhenLarge.has(label)) return undefined
  return label === 'person' ? 'person' : 'horse'
}
