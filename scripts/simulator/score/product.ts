/**
 * What a caretaker notices: horses counted twice, wrong names, how long a name takes, strangers called by a name,
 * whether a horse that comes back is known again (vision reference, section 5: product metrics).
 */
import type { Plan } from '../stall/plan.ts'
import type { Shown, Told } from '../system.ts'
import type { Scene } from './mot.ts'
import { bestPairs, enough } from './pairs.ts'
import { addVisits, mostlyOf, type ShownRows, type Visits, visitsOf } from './visits.ts'

/** A picture: what was true, what was shown, and for how long it stood. */
export interface Watched {
  readonly visit: number
  readonly atMs: number
  readonly standsMs: number
  readonly horses: readonly number[]
  readonly shown: readonly Shown[]
  readonly scene: Scene
}

/** Identity -> the horse that the caretaker named it for. */
export type Names = ReadonlyMap<string, number>

export interface Product {
  readonly created: number
  readonly trueHorses: number
  /** Time that horses were seen since they were named, in ms: all, the named ones, the strangers. */
  readonly seenMs: number
  readonly knownMs: number
  readonly strangerMs: number
  /** Of these: under a name that is not theirs, under their own, strangers under any name. */
  readonly wrongMs: number
  readonly rightMs: number
  readonly strangerNamedMs: number
  /** Seconds from a named horse's coming to its right name; a visit's whole length where it never came. */
  readonly nameAfterS: readonly number[]
  /** What came of each visit since the naming. */
  readonly visits: Visits
}

/** What is shown for each truth of a picture; undefined where no box shows it. */
export function shownFor({ scene, shown }: Pick<Watched, 'scene' | 'shown'>): (Shown | undefined)[] {
  const worth = scene.alike.map((row) => row.map((value) => (value < enough ? 0 : value)))
  const found = new Map(bestPairs(worth))
  return scene.truths.map((_, row) => shown[found.get(row) ?? -1])
}

/** What a caretaker can tell of the barn's horses after some time: which of them each identity is, and each tracklet. */
export function tellOf(watched: readonly Watched[], residents: number): Told {
  const by = (of: (shown: Shown) => string | null | undefined) => {
    const times = new Map<string, Map<number, number>>()
    for (const one of watched) {
      shownFor(one).forEach((shown, row) => {
        const id = shown && of(shown)
        const horse = one.horses[row] ?? -1
        if (!id || horse >= residents) return
        const own = times.get(id) ?? new Map<number, number>()
        times.set(id, own.set(horse, (own.get(horse) ?? 0) + one.standsMs))
      })
    }
    return mostlyOf(times)
  }
  return { names: by(({ horse }) => horse), tracklets: by(({ tracklet }) => tracklet) }
}

/** Scores the pictures of a plan, those before `namedFrom` (an index) only for what they say of returns. */
export function productOf(
  plan: Plan,
  watched: readonly Watched[],
  names: Names,
  namedFrom: number,
  created: number,
): Product {
  const shown = watched.map((one) => shownFor(one))
  const sums = { seenMs: 0, knownMs: 0, strangerMs: 0, wrongMs: 0, rightMs: 0, strangerNamedMs: 0 }
  watched.forEach((one, index) => {
    if (index < namedFrom) return
    one.horses.forEach((horse, row) => {
      const named = names.get(shown[index]?.[row]?.horse ?? '')
      const known = horse < plan.residents
      sums.seenMs += one.standsMs
      sums[known ? 'knownMs' : 'strangerMs'] += one.standsMs
      if (named === undefined) return
      sums[named === horse ? 'rightMs' : 'wrongMs'] += one.standsMs
      if (!known) sums.strangerNamedMs += one.standsMs
    })
  })
  return {
    created,
    trueHorses: new Set(watched.flatMap(({ horses }) => horses)).size,
    ...sums,
    nameAfterS: namingTimes(plan, watched, shown, names, namedFrom),
    visits: visitsOf(plan, watched, shown, names, watched[namedFrom]?.visit ?? 0),
  }
}

function namingTimes(
  plan: Plan,
  watched: readonly Watched[],
  shown: ShownRows,
  names: Names,
  namedFrom: number,
): number[] {
  const came = new Map<string, { fromMs: number; visit: number; namedMs: number | undefined }>()
  watched.forEach((one, index) => {
    if (index < namedFrom) return
    one.horses.forEach((horse, row) => {
      if (horse >= plan.residents) return
      const key = `${one.visit}/${horse}`
      const visitor = came.get(key) ?? { fromMs: one.atMs, visit: one.visit, namedMs: undefined }
      came.set(key, visitor)
      if (names.get(shown[index]?.[row]?.horse ?? '') === horse) visitor.namedMs ??= one.atMs
    })
  })
  return [...came.values()].map(({ fromMs, visit, namedMs }) =>
    namedMs === undefined ? (plan.visits[visit]?.lengthS ?? 0) : (namedMs - fromMs) / 1000,
  )
}

/** Several plans together. */
export function addProducts(all: readonly Product[]): Product {
  const sum = (of: (one: Product) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    created: sum(({ created }) => created),
    trueHorses: sum(({ trueHorses }) => trueHorses),
    seenMs: sum(({ seenMs }) => seenMs),
    knownMs: sum(({ knownMs }) => knownMs),
    strangerMs: sum(({ strangerMs }) => strangerMs),
    wrongMs: sum(({ wrongMs }) => wrongMs),
    rightMs: sum(({ rightMs }) => rightMs),
    strangerNamedMs: sum(({ strangerNamedMs }) => strangerNamedMs),
    nameAfterS: all.flatMap(({ nameAfterS }) => nameAfterS),
    visits: addVisits(all.map(({ visits }) => visits)),
  }
}
