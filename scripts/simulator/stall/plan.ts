/**
 * The days of one camera, planned before they are played (pure): who comes when, after what gap, in what light.
 */
import type { Light } from '../embedding.ts'
import { createRandom, type Random } from '../random.ts'
import { type Actor, createActor, outside, type Spot, someSpot } from './actor.ts'
import type { Occluder } from './geometry.ts'

/** How long nobody was there before a visit; `restart`: ten minutes in which the box was started anew. */
export type Gap = 'none' | 'seconds' | 'minutes' | 'hours' | 'restart'

export const gapSeconds: Readonly<Record<Gap, number>> = {
  none: 0,
  seconds: 5,
  minutes: 600,
  hours: 8 * 3600,
  restart: 600,
}

export interface Visit {
  readonly gap: Gap
  /** Since the beginning of the plan, in seconds. */
  readonly startS: number
  readonly lengthS: number
  readonly light: Light
  /** Grows with every eight hours: mud, rug and tack are others then. */
  readonly day: number
  /** Whether the caretaker still learns who is who: no strangers yet. */
  readonly enrolment: boolean
  readonly actors: ReadonlyMap<number, Actor>
}

export interface Plan {
  readonly seed: string
  /** Horses of this camera; they are the first of the herd, the strangers follow. */
  readonly residents: number
  readonly strangers: number
  readonly sizes: readonly number[]
  readonly occluders: readonly Occluder[]
  readonly visits: readonly Visit[]
}

/** How much happens. Probabilities are of one visit unless said otherwise. */
export interface PlanRules {
  readonly residents: readonly [fewest: number, most: number]
  /** Visits of each resident before the caretaker names them. */
  readonly enrolments: number
  /** The gaps before the visits that follow, in an order that chance decides. */
  readonly gaps: readonly Gap[]
  readonly visitSeconds: readonly [shortest: number, longest: number]
  /** Weights of 1, 2, 3 and 4 horses in a view. */
  readonly together: readonly number[]
  readonly strangerComes: number
  /** After a gap of seconds another horse stands where one stood. */
  readonly replaced: number
  /** Two horses meet behind the door and part again. */
  readonly swap: number
}

export function makePlan(rules: PlanRules, seed: string): Plan {
  const random = createRandom(seed, 'plan')
  const residents = rules.residents[0] + random.below(rules.residents[1] - rules.residents[0] + 1)
  const doorLeft = random.between(300, 800)
  const occluders: Occluder[] = [
    { box: [doorLeft, 0, doorLeft + random.between(150, 230), 720], depth: 0.4 },
    { box: [random.between(900, 1150), 420, 1280, 720], depth: 0.75 },
  ]
  const visits: Visit[] = []
  const cast = new Cast(rules, residents, random)
  const gaps: Gap[] = [
    ...cast.enrolments().map((_, at): Gap => (at === 0 ? 'none' : 'minutes')),
    ...random.shuffled(rules.gaps),
  ]
  const lights: readonly Light[] = ['day', 'lamp', 'infrared']
  let [startS, day] = [0, 0]
  for (const [at, gap] of gaps.entries()) {
    if (gap === 'hours') day++
    startS += gapSeconds[gap]
    const enrolment = at < cast.enrolments().length
    const horses = enrolment ? (cast.enrolments()[at] ?? []) : cast.next(gap)
    const lengthS = Math.round(random.between(...rules.visitSeconds))
    const last = visits.at(-1)
    const left = gap === 'seconds' && last ? spotsOf(last) : []
    const actors = act(horses, left, lengthS, occluders[0] as Occluder, rules, random)
    visits.push({ gap, startS, lengthS, light: lights[day % 3] as Light, day, enrolment, actors })
    startS += lengthS
  }
  const sizes = Array.from({ length: residents + cast.strangers }, () => random.between(0.8, 1.1))
  return { seed, residents, strangers: cast.strangers, sizes, occluders, visits }
}

/** Who is in which visit. */
class Cast {
  readonly #rules: PlanRules
  readonly #residents: number
  readonly #random: Random
  readonly #enrolments: number[][] = []
  #before: number[] = []
  strangers = 0

  constructor(rules: PlanRules, residents: number, random: Random) {
    this.#rules = rules
    this.#residents = residents
    this.#random = random
    for (let round = 0; round < rules.enrolments; round++) {
      const rest = random.shuffled(Array.from({ length: residents }, (_, at) => at))
      while (rest.length > 0) this.#enrolments.push(rest.splice(0, this.#howMany()))
    }
  }

  enrolments(): readonly (readonly number[])[] {
    return this.#enrolments
  }

  /** The horses of the next visit, after the enrolments. */
  next(gap: Gap): number[] {
    const random = this.#random
    const everybody = Array.from({ length: this.#residents }, (_, at) => at)
    const stays = gap === 'seconds' && this.#before.length > 0
    const horses = stays ? [...this.#before] : random.shuffled(everybody).slice(0, this.#howMany())
    if (stays && random.chance(this.#rules.replaced)) {
      const others = everybody.filter((one) => !horses.includes(one))
      if (others.length > 0) horses[0] = random.pick(others)
    }
    if (!stays && random.chance(this.#rules.strangerComes)) {
      // Half of them have been here before.
      const known = this.strangers > 0 && random.chance(0.5)
      const stranger = this.#residents + (known ? random.below(this.strangers) : this.strangers++)
      if (horses.length > 3) horses.pop()
      horses.push(stranger)
    }
    this.#before = horses
    return horses
  }

  #howMany(): number {
    const { together } = this.#rules
    const chance = this.#random.uniform() * together.reduce((a, b) => a + b, 0)
    let sum = 0
    const passed = together.filter((weight) => {
      sum += weight
      return sum <= chance
    })
    return Math.min(passed.length + 1, this.#residents)
  }
}

function spotsOf({ actors, lengthS }: Visit): Spot[] {
  return [...actors.values()].map((actor) => actor.poseAt(lengthS))
}

/** The doings of a visit's horses. Where horses stood before, horses stand (maybe others). */
function act(
  horses: readonly number[],
  left: readonly Spot[],
  lengthS: number,
  door: Occluder,
  rules: PlanRules,
  random: Random,
): Map<number, Actor> {
  const actors = horses.map((_, at) => {
    const stood = left[at]
    const seen = stood && stood.x > 0 && stood.x < 1280
    if (seen) return createActor(random, stood)
    const enters = random.chance(0.5)
    const actor = createActor(random, enters ? outside(random) : someSpot(random))
    if (enters) actor.walk(someSpot(random))
    return actor
  })
  if (actors.length > 1 && random.chance(rules.swap)) meet(actors.slice(0, 2), door, lengthS, random)
  for (const actor of actors) while (actor.until < lengthS) doSomething(actor, door, random)
  return new Map(horses.map((horse, at) => [horse, actors[at] as Actor]))
}

function doSomething(actor: Actor, door: Occluder, random: Random): void {
  const chance = random.uniform()
  if (chance < 0.5) actor.stand(random.between(5, 35))
  else if (chance < 0.75) actor.walk(someSpot(random))
  else if (chance < 0.83) actor.lie(random.between(15, 40))
  else if (chance < 0.92) hide(actor, door, random.between(1, 8), random)
  else leaveAndReturn(actor, random)
}

const middle = ({ box }: Occluder) => (box[0] + box[2]) / 2

function hide(actor: Actor, door: Occluder, seconds: number, random: Random): void {
  actor.walk({ x: middle(door), depth: random.between(0, door.depth - 0.1) })
  actor.face(seconds)
  actor.walk(someSpot(random))
}

function leaveAndReturn(actor: Actor, random: Random): void {
  actor.walk(outside(random))
  actor.stand(random.between(3, 12))
  actor.walk(someSpot(random))
}

/** Two horses go behind the door, wait until both are there, and come out: each on its own side, or exchanged. */
function meet(pair: readonly Actor[], door: Occluder, lengthS: number, random: Random): void {
  const depths = [random.between(0, 0.12), random.between(0.18, 0.3)]
  pair.forEach((actor, at) => {
    actor.stand(random.between(lengthS * 0.2, lengthS * 0.4))
    actor.walk({ x: middle(door), depth: depths[at] ?? 0 })
  })
  const both = Math.max(...pair.map(({ until }) => until))
  const swapped = random.chance(0.5)
  pair.forEach((actor, at) => {
    actor.face(both - actor.until + random.between(1, 5))
    const right = (at === 0) === swapped
    const x = right ? door.box[2] + random.between(150, 350) : door.box[0] - random.between(150, 350)
    actor.walk({ x: Math.min(Math.max(x, 150), 1130), depth: depths[at] ?? 0 })
  })
}
