/**
 * What a detector's classes mean in a stable: which are a person, which a horse, which nothing. Pure.
 */
import { keptClasses } from '../../models/convert/layout.ts'
import { shown } from '../../models/convert/weight-source.ts'
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

/** What a detector tells apart, and what of it is looked at. */
export interface Classes {
  readonly count: number
  readonly kept: readonly KeptClass[]
}

/** Two ways of counting the same classes: 80, and 91 with gaps. */
export type CocoCount = 80 | 91

export const coco: Readonly<Record<CocoCount, Classes>> = {
  80: { count: 80, kept: keptClasses },
  91: { count: 91, kept: keptIds },
}

/** What other words mean in a barn. Parts of an animal are none: a head is no box of a horse. */
const words: Readonly<Record<string, readonly string[]>> = {
  person: ['people', 'human', 'man', 'woman', 'child', 'rider', 'groom', 'pedestrian'],
  horse: [
    'pony',
    'foal',
    'mare',
    'stallion',
    'gelding',
    'colt',
    'filly',
    'yearling',
    'donkey',
    'mule',
    'equine',
  ],
  cow: ['cattle', 'bull', 'ox', 'calf'],
  sheep: ['lamb', 'ewe'],
}

const labels: ReadonlyMap<string, string> = new Map([
  ...keptClasses.map(({ label }) => [label, label] as const),
  ...Object.entries(words).flatMap(([label, all]) => all.map((word) => [word, label] as const)),
])

export interface Said {
  /** How many classes the model's outputs have; undefined where they do not tell. */
  readonly told: number | undefined
  /** What its file calls them, by their numbers. */
  readonly names: ReadonlyMap<number, string> | undefined
  /** What networks of its layout were trained on as they are published. */
  readonly usual: CocoCount
}

/** The one rule for all layouts: names where the file has them, else COCO by the count; or what is wrong. */
export function classesOf({ told, names, usual }: Said): Classes | { readonly fault: string } {
  if (names) return namedClasses(told, names)
  const count = told ?? usual
  if (count === 80 || count === 91) return coco[count]
  const help = `only COCO's 80 or 91 are known without: export it with names in its metadata, like {0: 'horse'}`
  return {
    fault: `tells ${count} ${count === 1 ? 'class' : 'classes'} apart and does not name them; ${help}`,
  }
}

function namedClasses(
  told: number | undefined,
  names: ReadonlyMap<number, string>,
): ReturnType<typeof classesOf> {
  // Numbers may have gaps, as COCO's 91 have; the last one has a name.
  const count = Math.max(...names.keys()) + 1
  if (told !== undefined && told !== count) {
    return { fault: `gives scores of ${told} classes and names ${count}` }
  }
  const kept = [...names].flatMap(([index, name]) => {
    const label = labels.get(
      name
        .toLowerCase()
        .replace(/[\s_-]+/g, ' ')
        .trim(),
    )
    return label === undefined ? [] : [{ index, label }]
  })
  if (kept.some(({ label }) => label !== 'person')) return { count, kept }
  return {
    fault: `names nothing that could be a horse: ${shown([...names.values()].slice(0, mostShown).join(', '))}`,
  }
}

const mostShown = 5

/** Of a class by its number; undefined where it is not kept. */
export const labelOf = ({ kept }: Classes, number: number): string | undefined =>
  kept.find(({ index }) => index === number)?.label

/** A small dog is a dog. From this share of the picture on, it is a horse that the detector misjudged. */
const largeShare = 0.03
const onlyWhenLarge = new Set(['dog', 'bear'])

/** What a box with this label is; undefined for what is neither a person nor a horse. */
export function kindOf(label: string, box: Box, picture: Size): Kind | undefined {
  const small = area(box) < largeShare * picture.width * picture.height
  if (small && onlyWhenLarge.has(label)) return undefined
  return label === 'person' ? 'person' : 'horse'
}
