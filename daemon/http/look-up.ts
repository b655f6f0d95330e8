/**
 * Finds what an address names, or throws `NOT_FOUND` in words.
 */
import { BarnboxError } from '../lib/errors.ts'
import type { CameraView, Horse, HorseId, StreamId } from '../types.ts'
import type { Edit, HorseDetails, HttpDeps } from './deps.ts'

export function findCamera(deps: HttpDeps, id: StreamId): CameraView {
  const camera = deps.cameras().find((one) => one.id === id)
  if (camera === undefined) throw new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)
  return camera
}

/** What people call a camera; its id where the config has it no more. */
export function cameraName(deps: Pick<HttpDeps, 'cameras'>, id: StreamId): string {
  return deps.cameras().find((one) => one.id === id)?.name ?? id
}

export function findHorse(deps: HttpDeps, id: HorseId): Horse {
  const horse = deps.horses.get(id)
  if (horse === undefined) throw new BarnboxError('NOT_FOUND', 'There is no such horse.')
  return horse
}

/** A horse by the address of a stream where it is known, or of its own, whose camera may be gone; another's is not there. */
export function findHorseOf(deps: HttpDeps, stream: StreamId, id: HorseId): Horse {
  const horse = findHorse(deps, id)
  if (horse.streamId !== stream) findCamera(deps, stream)
  if (deps.scopeOf(horse.streamId) !== deps.scopeOf(stream))
    throw new BarnboxError('NOT_FOUND', 'There is no such horse on this camera.')
  return horse
}

/** Stores what a person changed and tells everybody who listens. */
export function changeHorse(deps: HttpDeps, id: HorseId, details: HorseDetails, edit: Edit): Horse {
  const horse = deps.horses.updateHorseDetails(id, details, edit)
  deps.facts.publish('horse-changed', { horse, change: 'details' })
  return horse
}
