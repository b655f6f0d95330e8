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

export function findHorse(deps: HttpDeps, id: HorseId): Horse {
  const horse = deps.horses.get(id)
  if (horse === undefined) throw new BarnboxError('NOT_FOUND', 'There is no such horse.')
  return horse
}

/** A horse by the address of its stream; another stream's horse is not there. */
export function findHorseOf(
  deps: HttpDeps,
  stream: StreamId,
  id: HorseId,
): { camera: CameraView; horse: Horse } {
  const camera = findCamera(deps, stream)
  const horse = findHorse(deps, id)
  if (horse.streamId !== stream) throw new BarnboxError('NOT_FOUND', 'There is no such horse on this camera.')
  return { camera, horse }
}

/** Stores what a person changed and tells everybody who listens. */
export function changeHorse(deps: HttpDeps, id: HorseId, details: HorseDetails, edit: Edit): Horse {
  const horse = deps.horses.updateHorseDetails(id, details, edit)
  deps.facts.publish('horse-changed', { horse, change: 'details' })
  return horse
}
