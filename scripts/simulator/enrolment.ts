/**
 * Photos by which a caretaker makes the horses of a barn known: each was walked around with a telephone on some days (pure, the same
 * for the same plan). They are as hard as those of the study that the simulator is fitted to.
 */
import { type CoatSetting, createHerd, direction, type LookModel, lightOf } from './embedding.ts'
import { beginSession } from './photos.ts'
import { createRandom } from './random.ts'
import type { Plan } from './stall/plan.ts'

export interface Enrolment {
  /** Photos of each horse, and on how many days they were taken. */
  readonly photos: number
  readonly days: number
  /** Kinds of light that there are by day. */
  readonly lights: number
}

/** Horse -> how its photos look to the embedder. */
export type Photos = ReadonlyMap<number, readonly Float32Array[]>

/** Photos of each resident, on each day from all sides. */
export function enrolmentPhotos(
  { photos, days, lights }: Enrolment,
  plan: Plan,
  coats: CoatSetting,
  model: LookModel,
): Photos {
  const herd = createHerd(model, coats, plan.residents + plan.strangers, plan.seed)
  const random = createRandom(plan.seed, 'enrolment photos')
  const each = photos / days
  const walkAround = (horse: number): Float32Array[] => {
    const light = lightOf(model, `photo ${random.below(lights)}`)
    const background = direction(random, model.dim)
    const take = beginSession(model, herd, { horse, light, background }, random)
    const first = random.between(0, 2 * Math.PI)
    return Array.from({ length: each }, (_, at) => take(first + (2 * Math.PI * at) / each))
  }
  return new Map(
    Array.from({ length: plan.residents }, (_, horse) => [
      horse,
      Array.from({ length: days }, () => walkAround(horse)).flat(),
    ]),
  )
}
