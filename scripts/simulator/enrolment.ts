/**
 * Photos by which a caretaker makes the horses of a barn known: each was walked around with a telephone on some days (pure, the same
 * for the same plan). They are as hard as those of the study that the simulator is fitted to.
 */
import { blend, type CoatSetting, createHerd, direction, type LookModel, unit } from './embedding.ts'
import { beginSession, photoLights } from './photos.ts'
import { createRandom } from './random.ts'
import type { Plan } from './stall/plan.ts'

export interface Enrolment {
  readonly days: number
  /** Of each horse, around it. */
  readonly photosADay: number
  /** Kinds of light that there are by day. */
  readonly lights: number
}

/** Horse -> how its photos look to the embedder. */
export type Photos = ReadonlyMap<number, readonly Float32Array[]>

/** Photos of each resident, on each day from all sides. */
export function enrolmentPhotos(
  { days, photosADay, lights }: Enrolment,
  plan: Plan,
  coats: CoatSetting,
  model: LookModel,
): Photos {
  const herd = createHerd(model, coats, plan.residents + plan.strangers, plan.seed)
  const random = createRandom(plan.seed, 'enrolment photos')
  const kinds = photoLights(model, lights)
  const walkAround = (horse: number): Float32Array[] => {
    const where = { light: random.pick(kinds), background: direction(random, model.dim) }
    const take = beginSession(model, herd, { horse, ...where }, random)
    const first = random.between(0, 2 * Math.PI)
    // Nobody stops at even angles.
    const stop = (at: number) => first + (2 * Math.PI * (at + random.between(-0.5, 0.5))) / photosADay
    return Array.from({ length: photosADay }, (_, at) => take(stop(at)))
  }
  return new Map(
    Array.from({ length: plan.residents }, (_, horse) => [
      horse,
      Array.from({ length: days }, () => walkAround(horse)).flat(),
    ]),
  )
}

/** The same photos by a telephone that shows every horse otherwise than the camera does, and all in the same way. */
export function shownOtherwise(photos: Photos, amount: number): Photos {
  const showOtherwise = (vector: Float32Array) => {
    const shift = direction(createRandom('telephone'), vector.length)
    return unit(
      blend(vector.length, [
        [1, vector],
        [amount, shift],
      ]),
    )
  }
  return new Map([...photos].map(([horse, own]) => [horse, own.map(showOtherwise)]))
}
