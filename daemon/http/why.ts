/**
 * What a sighting was decided from, with the horses as they are called now: for the API and for the page of a horse.
 */
import { type Called, type NearView, type WhyView, whyWords } from '../../web/pages/why.ts'
import type { Words } from '../../web/words/en.ts'
import type { HorseId, StoredSighting } from '../types.ts'
import type { Likely, NearLook } from '../why-types.ts'
import { lookUrl } from './api/sighting-json.ts'
import type { HttpDeps } from './deps.ts'

type Known = { readonly horseId: HorseId }

export interface Explained {
  readonly words: string
  readonly why: WhyOf | null
}

/** As the page shows it, with the ids that the API tells. */
export interface WhyOf extends WhyView {
  readonly best: (Called & Known & { readonly probability: number }) | null
  readonly second: (Called & Known & { readonly probability: number }) | null
  readonly nearest: readonly (NearView & Known)[]
  readonly ofSecond: (NearView & Known) | null
}

export function explain(
  deps: Pick<HttpDeps, 'why' | 'horses'>,
  sighting: StoredSighting,
  words: Words,
): Explained {
  const why = whyOf(deps, sighting)
  return { words: whyWords(words, sighting.decision, why), why }
}

function whyOf({ why, horses }: Pick<HttpDeps, 'why' | 'horses'>, { id }: StoredSighting): WhyOf | null {
  const stored = why(id)
  if (!stored) return null
  // A horse that was merged is called as the one it is now.
  const call = (given: HorseId) => {
    const horse = horses.get(given)
    return { horseId: horse?.id ?? given, number: horse?.number ?? null, name: horse?.name ?? null }
  }
  const likely = (one: Likely | null) => one && { ...call(one.horseId), probability: one.probability }
  const near = ({ horseId, lookId, takenMs, similarity }: NearLook) => {
    return { ...call(horseId), picture: lookUrl(lookId), takenMs, similarity }
  }
  const { atMs, lookId, looks, best, second, nearest, ofSecond } = stored
  return {
    ...{ atMs, looks, picture: lookUrl(lookId) },
    ...{ best: likely(best), second: likely(second) },
    nearest: nearest.map(near),
    ofSecond: ofSecond && near(ofSecond),
  }
}
