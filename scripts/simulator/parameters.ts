/**
 * All numbers of the simulator and of the bench, from `parameters.json`.
 */
import type { Rules } from '../../daemon/identity/identity.ts'
import type { CoatSetting, LookModel } from './embedding.ts'
import type { Enrolment } from './enrolment.ts'
import parameters from './parameters.json' with { type: 'json' }
import type { PhotoSet } from './photos.ts'
import type { DetectorModel } from './stall/detector.ts'
import type { Gap, PlanRules } from './stall/plan.ts'
import type { CameraModel, StallModel } from './stall/stall.ts'

export type Range = readonly [least: number, most: number]

interface Parameters {
  readonly look: LookModel
  readonly photos: PhotoSet
  /** What the simulator must measure on itself to be as hard as life. */
  readonly hardness: Readonly<Record<'top1' | 'cosineRight' | 'cosineWrong', Range>>
  /** Horses with a marked coat each: how much less they share. */
  readonly easy: Pick<LookModel, 'horseShare' | 'coatShare'>
  readonly camera: CameraModel
  readonly detector: DetectorModel
  readonly plan: PlanRules
  /** `otherwise`: how far photos of another kind than the camera's pictures are off; assumed to be as far as infrared is. */
  readonly enrolment: Pick<Enrolment, 'days' | 'photosADay'> & { readonly otherwise: number }
  /** What the daemon is told of the simulated embedder: found on the tuning seeds. */
  readonly rules: Rules
  /** Plans that parameters were chosen on, and those that are only scored. */
  readonly seeds: { readonly tuning: readonly string[]; readonly scoring: readonly string[] }
}

export const { look, photos, hardness, easy, camera, detector, plan, enrolment, rules, seeds } =
  checked(parameters)

/** The parts that play a stall with such coats. */
export function stallModel(coats: CoatSetting): StallModel {
  return {
    look: coats === 'easy' ? { ...look, ...easy } : look,
    enrolment: { ...enrolment, lights: photos.lights },
    detector,
    camera,
  }
}

/** JSON knows neither pairs nor words; the rest the compiler has checked. */
function checked(json: typeof parameters): Parameters {
  const pair = (values: readonly number[]): Range => {
    const [least, most] = values
    if (least === undefined || most === undefined || values.length !== 2)
      throw new RangeError(`no range: ${values}`)
    return [least, most]
  }
  const { top1, cosineRight, cosineWrong } = json.hardness
  const numbered = ({ name, count }: { name: string; count: number }) =>
    Array.from({ length: count }, (_, at) => `${name}-${at}`)
  return {
    ...json,
    hardness: { top1: pair(top1), cosineRight: pair(cosineRight), cosineWrong: pair(cosineWrong) },
    plan: {
      ...json.plan,
      residents: pair(json.plan.residents),
      visitSeconds: pair(json.plan.visitSeconds),
      gaps: json.plan.gaps as Gap[],
    },
    seeds: { tuning: numbered(json.seeds.tuning), scoring: numbered(json.seeds.scoring) },
  }
}
