/**
 * Photos that people enrol horses by, one after the other: looked at, stored, and told to whoever holds horses in memory.
 */
import { asBarnboxError, BarnboxError } from './lib/errors.ts'
import { keepPhoto, knownPhoto, lookAtPhoto, type PhotoOf, type SeenPhoto } from './pipeline/photo.ts'
import type { Registry } from './registry/registry.ts'
import type { StoredVector } from './registry/vectors.ts'
import type { Enrolled, Facts, ScopeOf } from './types.ts'
import type { Vision } from './vision/vision.ts'

/** What looks at photos. */
export interface PhotoSight {
  readonly vision: Pick<Vision, 'embedder' | 'embedderFault' | 'photo' | 'detect' | 'embed' | 'thumbnail'>
  /** Those who know horses in memory learn a vector that is stored now. */
  learn(vector: StoredVector): void
}

export interface EnrolDeps {
  /** As it is now: another one takes its place when the models are exchanged. Undefined while there is none. */
  readonly sight: () => PhotoSight | undefined
  readonly registry: Registry
  readonly scopeOf: ScopeOf
  readonly tell: (fact: Facts['horse-changed']) => void
}

/** Takes a photo of a horse. Throws `PHOTO_REFUSED`, `NOT_A_PICTURE`, and `MODEL_MISSING` where nobody can look. */
export type Enrol = (photo: Uint8Array, of: Omit<PhotoOf, 'fingerprint'>) => Promise<Enrolled>

export function createEnrol(deps: EnrolDeps): Enrol {
  // One at a time: a photo is some megabytes of pixels, and the cameras want the models too.
  let turn: Promise<unknown> = Promise.resolve()
  return (photo, of) => {
    const done = turn.then(() => {
      const fingerprint = deps.registry.photos.fingerprintOf(photo)
      return enrol(photo, { ...of, fingerprint }, deps)
    })
    turn = done.catch(() => {})
    return done
  }
}

const bookOf = ({ registry, scopeOf }: EnrolDeps) => ({ ...registry, scopeOf })

/** While one photo is looked at; more are no exchange. */
const mostExchanges = 3

async function enrol(photo: Uint8Array, of: PhotoOf, deps: EnrolDeps): Promise<Enrolled> {
  const known = knownPhoto(of, bookOf(deps))
  if (known) return known
  for (let exchanges = 0; exchanges < mostExchanges; exchanges++) {
    const sight = mustSee(deps.sight())
    const { vision } = sight
    try {
      const seen = await lookAtPhoto(photo, vision)
      if (deps.sight()?.vision === vision) return keep(seen, of, sight, deps)
    } catch (thrown) {
      if (deps.sight()?.vision === vision) throw asBarnboxError(thrown)
    }
    // The models were exchanged meanwhile, and vectors of two embedders never meet: the new ones look again.
  }
  throw new BarnboxError(
    'MODEL_MISSING',
    'Nobody can look at photos now: the models are exchanged again and again.',
  )
}

function mustSee(sight: PhotoSight | undefined): PhotoSight {
  const fault = sight ? sight.vision.embedderFault : 'the models are not loaded'
  if (sight && fault === null) return sight
  throw new BarnboxError('MODEL_MISSING', `Nobody can look at photos now: ${fault}.`)
}

function keep(seen: SeenPhoto, of: PhotoOf, sight: PhotoSight, deps: EnrolDeps): Enrolled {
  const { embedder } = sight.vision
  if (!embedder) throw new BarnboxError('MODEL_MISSING', 'there is no embedder')
  const { enrolled, stored } = keepPhoto(seen, of, embedder, bookOf(deps))
  if (stored) sight.learn(stored)
  const { horse, isNew, hasNewAvatar } = enrolled
  if (isNew || hasNewAvatar) deps.tell({ horse, change: isNew ? 'new' : 'avatar' })
  return enrolled
}
