/**
 * Plays a plan: pictures of one camera with what is true in them, what the detector found, and how each box looks
 * (pure, the same for the same plan and rate).
 */
import { coverage } from '../../../daemon/lib/boxes.ts'
import type { Box, Look } from '../../../daemon/types.ts'
import {
  blend,
  type CoatSetting,
  createHerd,
  direction,
  type Herd,
  type LookModel,
  lightOf,
  unit,
} from '../embedding.ts'
import type { Enrolment } from '../enrolment.ts'
import { createRandom } from '../random.ts'
import { type DetectorModel, detectAll, drift, type Found, type InView } from './detector.ts'
import { type Pose, picture, visiblePart, wholeBox } from './geometry.ts'
import type { Plan, Visit } from './plan.ts'

export interface CameraModel {
  /** Standard deviation of a picture's time, as a share of the interval. */
  readonly jitter: number
  /** Probability that a picture is lost, and that a second of pictures is. */
  readonly dropped: number
  readonly stalled: number
  /** Of the background's energy: what the whole camera shares; the rest changes from place to place. */
  readonly cameraShare: number
  /** How much more than a photo's light infrared changes a look. */
  readonly infraredShift: number
  /** How much worse than a whole horse a hidden one looks: the noise grows by so much, in shares of what is hidden. */
  readonly hiddenNoise: number
  /** Part of a horse that must be seen for it to be there: below it, it is neither found nor missed. */
  readonly leastVisible: number
}

export interface StallModel {
  readonly look: LookModel
  readonly detector: DetectorModel
  readonly camera: CameraModel
  readonly enrolment: Enrolment
}

export interface Truth {
  readonly horse: number
  readonly box: Box
}

export interface StallFrame {
  readonly visit: number
  readonly seq: number
  /** Since the beginning of the plan, in ms. */
  readonly atMs: number
  readonly truths: readonly Truth[]
  readonly found: readonly Found[]
  /** How a box that was found looks to the embedder. */
  look(found: Found): Look
}

/** What is at hand while a plan is played. */
interface Stage {
  readonly model: StallModel
  readonly plan: Plan
  readonly herd: Herd
}

interface Standing {
  readonly horse: number
  readonly pose: Pose
  readonly whole: Box
}

export function* play(plan: Plan, coats: CoatSetting, fps: number, model: StallModel): Generator<StallFrame> {
  const herd = createHerd(model.look, coats, plan.residents + plan.strangers, plan.seed)
  const stage = { model, plan, herd }
  let seq = 0
  for (const [at, visit] of plan.visits.entries()) {
    for (const inVisitS of moments(visit, fps, model.camera, `${plan.seed}/visit ${at}`)) {
      yield frameAt(stage, at, inVisitS, ++seq)
    }
  }
}

/** When pictures arrive, in seconds since the visit's begin: jittered, some lost, now and then none for a second. */
function moments(visit: Visit, fps: number, camera: CameraModel, seed: string): number[] {
  const random = createRandom(seed, 'pictures', fps)
  const times: number[] = []
  let stalledUntil = 0
  for (let n = 0; n < visit.lengthS * fps; n++) {
    const at = (n + 0.5 + camera.jitter * random.normal()) / fps
    if (random.chance(camera.stalled / fps)) stalledUntil = at + random.between(0.5, 1.5)
    const lost = random.chance(camera.dropped)
    if (at > (times.at(-1) ?? 0) + 0.001 && at >= stalledUntil && !lost) times.push(at)
  }
  return times
}

function frameAt(stage: Stage, visitAt: number, inVisitS: number, seq: number): StallFrame {
  const { model, plan } = stage
  const visit = plan.visits[visitAt] as Visit
  const atS = visit.startS + inVisitS
  const standing = [...visit.actors].map(([horse, actor]): Standing => {
    const pose = actor.poseAt(inVisitS)
    const nod = Math.sin((2 * Math.PI * atS) / (6 + horse) + horse)
    return { horse, pose, whole: wholeBox(pose, plan.sizes[horse] ?? 1, nod) }
  })
  const scene = standing.flatMap((one): InView[] => {
    const visible = visiblePart(one.whole, coversOf(one, standing, plan))
    return visible ? [{ horse: one.horse, visible, lying: one.pose.lying }] : []
  })
  const inSight = scene.filter(({ visible }) => visible.share >= model.camera.leastVisible)
  return {
    visit: visitAt,
    seq,
    atMs: Math.round(atS * 1000),
    truths: inSight.map(({ horse, visible }) => ({ horse, box: visible.box })),
    found: detectAll(model.detector, inSight, visit.light, atS, plan.seed),
    look: (found) => lookAt(stage, visit, atS, found, standing, scene),
  }
}

/** A horse fills its box but for its edges. */
const fillsFrom = 0.08

function coversOf(one: Standing, all: readonly Standing[], { occluders }: Plan): Box[] {
  const things = occluders.filter(({ depth }) => depth > one.pose.depth).map(({ box }) => box)
  const nearer = all.filter(({ pose }) => pose.depth > one.pose.depth)
  return [...things, ...nearer.map(({ whole }) => filled(whole))]
}

function filled([x1, y1, x2, y2]: Box): Box {
  const [dx, dy] = [(x2 - x1) * fillsFrom, (y2 - y1) * fillsFrom]
  return [x1 + dx, y1 + dy, x2 - dx, y2 - dy]
}

function lookAt(
  stage: Stage,
  visit: Visit,
  atS: number,
  found: Found,
  standing: readonly Standing[],
  scene: readonly InView[],
): Look {
  const { look, camera } = stage.model
  const own = standing.find(({ horse }) => horse === found.horse)
  const background = backgroundAt(stage, (found.box[0] + found.box[2]) / 2)
  if (!own) return lookOfThing(stage, visit, atS, found, background)
  const nearer = standing.filter(({ pose }) => pose.depth > own.pose.depth)
  const shares = nearer.map((other) => [coverage(found.box, filled(other.whole)), other] as const)
  const hidden = Math.min(
    1,
    shares.reduce((sum, [share]) => sum + share, 0),
  )
  const visible = scene.find(({ horse }) => horse === own.horse)?.visible.share ?? 0
  const quality = qualityAt(stage, own.horse, atS)
  const of = (one: Standing, factor: number) => {
    const noise = noiseAt(stage, visit, one.horse, atS).map((value) => value * factor)
    const angle = one.pose.heading + (one.pose.lying ? 0.7 : 0)
    const infrared = visit.light === 'infrared'
    const light = lightOf(look, visit.light).map((value) => value * (infrared ? camera.infraredShift : 1))
    return stage.herd.appearance({ horse: one.horse, angle, light, infrared, background, noise })
  }
  const factor = quality.noise * (1 + camera.hiddenNoise * (1 - visible))
  const parts = shares
    .filter(([share]) => share > 0.02)
    .map(([share, other]) => [share, of(other, 1)] as const)
  const vector = unit(blend(look.dim, [[1 - hidden, of(own, factor)], ...parts]))
  return { vector, sharpness: quality.sharpness, infrared: visit.light === 'infrared' }
}

function lookOfThing(
  { model, plan }: Stage,
  visit: Visit,
  atS: number,
  found: Found,
  background: Float32Array,
): Look {
  const { look } = model
  const place = Math.round(found.box[0] / 60)
  const vector = blend(look.dim, [
    [look.identity, direction(createRandom(plan.seed, 'thing looks', place), look.dim)],
    [look.background * 2, background],
    [look.light, lightOf(look, visit.light)],
    [look.noise, direction(createRandom(plan.seed, 'thing', atS.toFixed(3)), look.dim)],
  ])
  return { vector: unit(vector), sharpness: 60, infrared: visit.light === 'infrared' }
}

/** What stands behind a horse: the camera's part, and one that changes across the picture. */
function backgroundAt({ model, plan }: Stage, x: number): Float32Array {
  const { dim } = model.look
  const { cameraShare } = model.camera
  const places = 4
  const at = Math.min(Math.max(x / picture.width, 0), 0.999) * (places - 1)
  const turn = ((at - Math.floor(at)) * Math.PI) / 2
  const place = (index: number) => direction(createRandom(plan.seed, 'place', index), dim)
  return blend(dim, [
    [Math.sqrt(cameraShare), direction(createRandom(plan.seed, 'camera'), dim)],
    [Math.sqrt(1 - cameraShare) * Math.cos(turn), place(Math.floor(at))],
    [Math.sqrt(1 - cameraShare) * Math.sin(turn), place(Math.floor(at) + 1)],
  ])
}

/** How much worse than usual a look is: log-normal, half of it in spells of seconds, which alone a blurred crop shows. */
function qualityAt({ model, plan }: Stage, horse: number, atS: number): { noise: number; sharpness: number } {
  const seed = `${plan.seed}/quality ${horse}`
  const random = createRandom(seed, atS.toFixed(3))
  const spread = model.look.noiseSpread * Math.SQRT1_2
  const slow = spread * drift(seed, atS, 4)
  return {
    noise: Math.exp(slow + spread * random.normal()),
    sharpness: 100 * Math.exp(0.3 * random.normal() - slow),
  }
}

/** The day's appearance, the pose of these seconds, and the chance of this picture. */
function noiseAt({ model, plan }: Stage, visit: Visit, horse: number, atS: number): Float32Array {
  const { dim, sessionShare, poseShare } = model.look
  const seed = `${plan.seed}/noise ${horse}`
  const day = direction(createRandom(seed, 'day', visit.day), dim)
  const poseSeconds = 3
  const knot = Math.floor(atS / poseSeconds)
  const turn = ((atS / poseSeconds - knot) * Math.PI) / 2
  const pose = (index: number) => direction(createRandom(seed, 'pose', index), dim)
  return blend(dim, [
    [Math.sqrt(sessionShare), day],
    [Math.sqrt(poseShare) * Math.cos(turn), pose(knot)],
    [Math.sqrt(poseShare) * Math.sin(turn), pose(knot + 1)],
    [
      Math.sqrt(Math.max(0, 1 - sessionShare - poseShare)),
      direction(createRandom(seed, atS.toFixed(3)), dim),
    ],
  ])
}
