/**
 * What came of each visit of a horse: the question of open-set identification ("which of the known ones is this, if any?") is a horse's whole
 * stay before the camera, and its answer what was shown for it longest.
 */
import type { Plan } from '../stall/plan.ts'
import type { Shown } from '../system.ts'
import type { Names, Watched } from './product.ts'

/** What is shown for each truth of each picture; undefined where no box shows it. */
export type ShownRows = readonly (readonly (Shown | undefined)[])[]

export type Absence = 'seconds' | 'minutes' | 'hours' | 'restart'

/** The rest came back under another identity; `wrong` are those of them that were under it for longer than they were nobody. */
export interface Returns {
  readonly same: number
  readonly nobody: number
  readonly wrong: number
  readonly all: number
}

export interface Visits {
  /** Visits of known horses, and those of them that were under the horse's name; of strangers, and those under any name. */
  readonly known: number
  readonly knownNamed: number
  readonly strangers: number
  readonly strangersNamed: number
  /** Visits of a horse that had an identity before: under that, under none at all, and all of them. */
  readonly returns: Readonly<Record<Absence, Returns>>
}

/** Scores the visits from `fromVisit` on; those before it only say which identity a horse had. */
export function visitsOf(
  plan: Plan,
  watched: readonly Watched[],
  shown: ShownRows,
  names: Names,
  fromVisit: number,
): Visits {
  const answers = { known: 0, knownNamed: 0, strangers: 0, strangersNamed: 0 }
  const none = { same: 0, nobody: 0, wrong: 0, all: 0 }
  const returns = { seconds: { ...none }, minutes: { ...none }, hours: { ...none }, restart: { ...none } }
  const past = createPast(names)
  for (const [visit, indices] of Map.groupBy(watched.keys(), (index) => watched[index]?.visit ?? -1)) {
    const stays = staysIn(indices, watched, shown, names)
    for (const [horse, stay] of visit < fromVisit ? [] : stays) {
      const answer = longest(stay)
      const isKnown = horse < plan.residents
      answers[isKnown ? 'known' : 'strangers']++
      if (isKnown ? answer === nameOf(horse) : isName(answer))
        answers[isKnown ? 'knownNamed' : 'strangersNamed']++
      const before = past.of(horse)
      if (before === undefined) continue
      const one = returns[absence(plan, before.visit, visit)]
      const identity = longest(stay, (id) => id !== nobody)
      one.all++
      if (identity === undefined) one.nobody++
      else if (identity === before.identity) one.same++
      else if (answer === identity) one.wrong++
    }
    past.add(visit, stays)
  }
  return { ...answers, returns }
}

/** Identity, name or `nobody` -> for how long it was shown, in ms. */
type Stay = ReadonlyMap<string, number>

const nobody = 'nobody'
const nameOf = (horse: number) => `name ${horse}`
const isName = (answer: string | undefined) => answer?.startsWith('name ') === true

/** What each horse of a visit was called, and for how long; identities of one name are one. A horse that no box showed has an empty map. */
function staysIn(indices: readonly number[], watched: readonly Watched[], shown: ShownRows, names: Names) {
  const stays = new Map<number, Map<string, number>>()
  for (const index of indices) {
    const one = watched[index]
    one?.horses.forEach((horse, row) => {
      const stay = stays.get(horse) ?? new Map<string, number>()
      stays.set(horse, stay)
      const box = shown[index]?.[row]
      if (!box) return
      const named = names.get(box.horse ?? '')
      const answer = named === undefined ? (box.horse ?? nobody) : nameOf(named)
      stay.set(answer, (stay.get(answer) ?? 0) + one.standsMs)
    })
  }
  return stays
}

function longest(stay: Stay, counts: (answer: string) => boolean = () => true): string | undefined {
  return [...stay].filter(([answer]) => counts(answer)).sort((a, b) => b[1] - a[1])[0]?.[0]
}

/**
 * The identity that each horse had so far: its name, or else the one that it was shown under longest, if that one showed mostly this horse: a
 * stranger that was only called by another's name had none to come back under.
 */
function createPast(names: Names) {
  const named = new Set(names.values())
  const identities = new Map<string, Map<number, number>>()
  const lastVisit = new Map<number, number>()
  const identityOf = (horse: number) => {
    if (named.has(horse)) return nameOf(horse)
    return [...mostlyOf(identities)].find(([id, shown]) => shown === horse && !isName(id))?.[0]
  }
  return {
    add(visit: number, stays: ReadonlyMap<number, Stay>) {
      for (const [horse, stay] of stays) {
        lastVisit.set(horse, visit)
        for (const [id, ms] of stay) {
          if (id === nobody) continue
          const times = identities.get(id) ?? new Map<number, number>()
          identities.set(id, times.set(horse, (times.get(horse) ?? 0) + ms))
        }
      }
    },
    of(horse: number): { readonly identity: string; readonly visit: number } | undefined {
      const [identity, visit] = [identityOf(horse), lastVisit.get(horse)]
      return identity === undefined || visit === undefined ? undefined : { identity, visit }
    },
  }
}

/** Of the time that something was shown: what must be of one horse for a caretaker to call it by that name. */
const mostly = 0.5

/** The horse that each identity showed mostly, by how long it showed any; those that did so longest come first. */
export function mostlyOf(times: ReadonlyMap<string, ReadonlyMap<number, number>>): Map<string, number> {
  const longest = [...times].flatMap(([id, own]) => {
    const all = [...own.values()].reduce((a, b) => a + b, 0)
    const [horse, ms] = [...own].sort((a, b) => b[1] - a[1])[0] ?? [-1, 0]
    return ms >= mostly * all ? [{ id, horse, ms }] : []
  })
  return new Map(longest.sort((a, b) => b.ms - a.ms).map(({ id, horse }) => [id, horse]))
}

function absence(plan: Plan, last: number, now: number): Absence {
  const between = plan.visits.slice(last + 1, now + 1)
  if (between.some(({ gap }) => gap === 'restart')) return 'restart'
  const before = plan.visits[last]
  const seconds = (plan.visits[now]?.startS ?? 0) - (before ? before.startS + before.lengthS : 0)
  return seconds < 60 ? 'seconds' : seconds < 3600 ? 'minutes' : 'hours'
}

/** Several plans together. */
export function addVisits(all: readonly Visits[]): Visits {
  const sum = (of: (one: Visits) => number) => all.reduce((total, one) => total + of(one), 0)
  const returns = (absence: Absence): Returns => ({
    same: sum((one) => one.returns[absence].same),
    nobody: sum((one) => one.returns[absence].nobody),
    wrong: sum((one) => one.returns[absence].wrong),
    all: sum((one) => one.returns[absence].all),
  })
  return {
    known: sum(({ known }) => known),
    knownNamed: sum(({ knownNamed }) => knownNamed),
    strangers: sum(({ strangers }) => strangers),
    strangersNamed: sum(({ strangersNamed }) => strangersNamed),
    returns: {
      seconds: returns('seconds'),
      minutes: returns('minutes'),
      hours: returns('hours'),
      restart: returns('restart'),
    },
  }
}
