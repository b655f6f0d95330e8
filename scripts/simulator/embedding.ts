/**
 * Looks of horses that are not there (pure, the same for the same seed): what an embedder makes of a crop is
 * identity + view + light + background + noise, brought to unit length (vision reference, section 9 A).
 */
import { createRandom, type Random } from './random.ts'

/** How strongly each part shows in a look, and how much of it horses share. Fitted: decision 0012. */
export interface LookModel {
  readonly dim: number
  /** Amplitudes of the parts. */
  readonly identity: number
  readonly view: number
  readonly light: number
  readonly background: number
  readonly noise: number
  /** Of the identity's energy: what all horses share, and what those of one coat share on top. */
  readonly horseShare: number
  readonly coatShare: number
  /** Of the view's energy: what all horses seen from there share. */
  readonly viewShare: number
  /** Of the noise's energy: what lasts for a session (mud, rug, tack), and what lasts for seconds (a pose). The rest is of one picture. */
  readonly sessionShare: number
  readonly poseShare: number
  /** How much worse some pictures are than others: the noise's amplitude is log-normal with this deviation. */
  readonly noiseSpread: number
  /** How much of the coat's part infrared light leaves. */
  readonly infraredCoat: number
}

export type CoatSetting = 'easy' | 'mixed' | 'alike'
export type Light = 'day' | 'lamp' | 'infrared'

/** Coats and how frequent they are: most horses are bay. */
const coats: readonly [name: string, share: number][] = [
  ['bay', 0.5],
  ['chestnut', 0.2],
  ['black', 0.1],
  ['grey', 0.1],
  ['pinto', 0.1],
]

interface Portrait {
  readonly coat: Float32Array
  readonly own: Float32Array
  /** Two harmonics of the angle it is seen from. */
  readonly views: readonly Float32Array[]
}

/** What a look is taken of. */
export interface Shot {
  readonly horse: number
  /** From where it is seen, in radians: 0 and pi are its sides. */
  readonly angle: number
  /** Parts of unit length that the picture brings. */
  readonly light: Float32Array
  readonly infrared: boolean
  readonly background: Float32Array
  /** Unit length, or a little off: `noiseOf`. */
  readonly noise: Float32Array
}

export interface Herd {
  readonly size: number
  /** Before it is brought to unit length: parts of several horses in one crop are added up. */
  appearance(shot: Shot): Float32Array
}

/** A random direction: as good as unit length in as many dimensions. */
export function direction(random: Random, dim: number): Float32Array {
  const vector = new Float32Array(dim)
  const scale = 1 / Math.sqrt(dim)
  for (let at = 0; at < dim; at++) vector[at] = random.normal() * scale
  return vector
}

/** `sum of weight x vector`. */
export function blend(dim: number, parts: readonly (readonly [number, Float32Array])[]): Float32Array {
  const sum = new Float32Array(dim)
  for (const part of parts) {
    const weight = part[0]
    const vector = part[1]
    for (let at = 0; at < dim; at++) sum[at] = (sum[at] as number) + weight * (vector[at] as number)
  }
  return sum
}

export function unit(vector: Float32Array): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  const scale = 1 / Math.sqrt(sum)
  return vector.map((value) => value * scale)
}

/** The direction that a light gives every look. */
export function lightOf(model: LookModel, kind: string): Float32Array {
  return direction(createRandom('light', kind), model.dim)
}

/** Horses with coats as the setting says: each its own, as life mixes them, or all bay. */
export function createHerd(
  model: LookModel,
  setting: CoatSetting,
  size: number,
  seed: string | number,
): Herd {
  const { dim } = model
  const random = createRandom(seed, 'herd')
  const horse = direction(createRandom('horse'), dim)
  const shared = [0, 1, 2, 3].map((harmonic) => direction(createRandom('view', harmonic), dim))
  const coat = new Map<string, Float32Array>()
  const portraits = Array.from({ length: size }, (_, at): Portrait => {
    const name = setting === 'easy' ? `own ${at}` : setting === 'alike' ? 'bay' : coatOf(random.uniform())
    if (!coat.has(name)) coat.set(name, direction(createRandom(seed, 'coat', name), dim))
    const views = shared.map((vector) =>
      blend(dim, [
        [Math.sqrt(model.viewShare), vector],
        [Math.sqrt(1 - model.viewShare), direction(random, dim)],
      ]),
    )
    return { coat: coat.get(name) as Float32Array, own: direction(random, dim), views }
  })
  const ownShare = 1 - model.horseShare - model.coatShare
  return {
    size,
    appearance({ horse: index, angle, light, infrared, background, noise }) {
      const portrait = portraits[index]
      if (!portrait) throw new RangeError(`there is no horse ${index}`)
      const coatLeft = infrared ? model.infraredCoat : 1
      // cos and sin of the angle and its double: each harmonic pair has energy 1, both together 2.
      const turns = [Math.cos(angle), Math.sin(angle), Math.cos(2 * angle), Math.sin(2 * angle)]
      return blend(dim, [
        [model.identity * Math.sqrt(model.horseShare), horse],
        [model.identity * Math.sqrt(model.coatShare) * coatLeft, portrait.coat],
        [model.identity * Math.sqrt(ownShare), portrait.own],
        ...portrait.views.map(
          (vector, at) => [(model.view * (turns[at] as number)) / Math.SQRT2, vector] as const,
        ),
        [model.light, light],
        [model.background, background],
        [model.noise, noise],
      ])
    },
  }
}

function coatOf(chance: number): string {
  let sum = 0
  for (const [name, share] of coats) {
    sum += share
    if (chance < sum) return name
  }
  return 'bay'
}
