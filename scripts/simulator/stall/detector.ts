/**
 * What a detector makes of a scene (pure): misses in spells, boxes that tremble, scores that sink in the dark, things
 * that are no horses.
 */
import { iou } from '../../../daemon/lib/boxes.ts'
import type { Box } from '../../../daemon/types.ts'
import type { Light } from '../embedding.ts'
import { createRandom, type Random } from '../random.ts'
import { clip, picture, type Visible } from './geometry.ts'

/** A horse as it can be seen at a moment. */
export interface InView {
  readonly horse: number
  readonly visible: Visible
  readonly lying: boolean
}

export interface Found {
  readonly box: Box
  readonly score: number
  /** The horse it is of; null for a thing that is no horse. */
  readonly horse: number | null
}

export interface DetectorModel {
  /** Weaker boxes are not given out. */
  readonly threshold: number
  /** Mean score of a horse that stands in the open, as log odds, by light. */
  readonly clear: Readonly<Record<Light, number>>
  /** Of the log odds: what comes and goes in seconds, and what is of one picture. */
  readonly slow: number
  readonly quick: number
  readonly spellSeconds: number
  /** Log odds lost by lying, and by being hidden altogether. */
  readonly lying: number
  readonly hidden: number
  /** Standard deviation of a box's edge, as shares of its side: within seconds, and from picture to picture. */
  readonly edgeSlow: number
  readonly edgeQuick: number
  /** Things that stand there and look like a horse now and then, and their mean log odds. */
  readonly things: number
  readonly thing: number
  /** Probability of a box of nothing, and of a second box on a part of a horse, in one picture. */
  readonly ghost: number
  readonly part: number
  /** Of two boxes that overlap more than this the weaker one is dropped. */
  readonly nms: number
}

/** A value that comes and goes: standard normal at any moment, forgotten within about `seconds`. */
export function drift(seed: string, atS: number, seconds: number): number {
  const knot = Math.floor(atS / seconds)
  const share = atS / seconds - knot
  const [before, after] = [createRandom(seed, knot).normal(), createRandom(seed, knot + 1).normal()]
  return Math.cos((share * Math.PI) / 2) * before + Math.sin((share * Math.PI) / 2) * after
}

export function detectAll(
  model: DetectorModel,
  scene: readonly InView[],
  light: Light,
  atS: number,
  seed: string,
): Found[] {
  const random = createRandom(seed, 'picture', atS.toFixed(3))
  const found = scene.flatMap((one) => detectOne(model, one, light, atS, seed, random))
  for (let thing = 0; thing < model.things; thing++) {
    const place = createRandom(seed, 'thing', thing)
    const odds = model.thing + drift(`${seed}/thing ${thing}`, atS, model.spellSeconds)
    const box = someBox(place)
    if (sigmoid(odds) >= model.threshold)
      found.push({
        box: tremble(model, box, `${seed}/thing ${thing}`, atS, random),
        score: sigmoid(odds),
        horse: null,
      })
  }
  if (random.chance(model.ghost))
    found.push({ box: someBox(random), score: random.between(model.threshold, 0.6), horse: null })
  return suppress(found, model.nms)
}

function detectOne(
  model: DetectorModel,
  { horse, visible, lying }: InView,
  light: Light,
  atS: number,
  seed: string,
  random: Random,
): Found[] {
  const own = `${seed}/horse ${horse}`
  const odds =
    model.clear[light] -
    (lying ? model.lying : 0) -
    model.hidden * (1 - visible.share) ** 2 +
    model.slow * drift(`${own}/score`, atS, model.spellSeconds) +
    model.quick * random.normal()
  const box = tremble(model, visible.box, own, atS, random)
  const found: Found[] = sigmoid(odds) < model.threshold ? [] : [{ box, score: sigmoid(odds), horse }]
  if (random.chance(model.part)) {
    const half = random.chance(0.5) ? box[0] + (box[2] - box[0]) * 0.45 : box[2] - (box[2] - box[0]) * 0.45
    const part: Box =
      half < (box[0] + box[2]) / 2 ? [box[0], box[1], half, box[3]] : [half, box[1], box[2], box[3]]
    found.push({ box: part, score: random.between(model.threshold, 0.55), horse })
  }
  return found
}

function tremble(model: DetectorModel, box: Box, seed: string, atS: number, random: Random): Box {
  const [w, h] = [box[2] - box[0], box[3] - box[1]]
  const moved = box.map((edge, at) => {
    // A side that lies at the border of the picture stays there.
    if (edge <= 0 || (at % 2 === 0 ? edge >= picture.width : edge >= picture.height)) return edge
    const off = model.edgeSlow * drift(`${seed}/edge ${at}`, atS, 1) + model.edgeQuick * random.normal()
    return edge + off * (at % 2 === 0 ? w : h)
  })
  return clip(moved as unknown as Box)
}

function someBox(random: Random): Box {
  const [x, y] = [random.between(0, picture.width - 260), random.between(150, picture.height - 260)]
  return [x, y, x + random.between(90, 250), y + random.between(90, 250)]
}

function suppress(found: readonly Found[], most: number): Found[] {
  const kept: Found[] = []
  for (const one of [...found].sort((a, b) => b.score - a.score)) {
    const double = kept.some((other) => iou(other.box, one.box) > most)
    if (!double) kept.push(one)
  }
  return kept
}

function sigmoid(odds: number): number {
  return 1 / (1 + Math.exp(-odds))
}
