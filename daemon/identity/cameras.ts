/**
 * What of a look is its camera's (pure): the stall behind the horse, the lens, the colours. Where several cameras know their
 * horses together it is taken away, so that a horse is more like itself at another camera than like others at this one.
 */
import type { StreamId } from '../types.ts'
import { addTo, meanOf, minus, scaled } from './vectors.ts'

/** A look, the light it was taken in, and where. */
export interface Placeable {
  readonly vector: Float32Array
  readonly infrared?: boolean | undefined
  /** At which camera; null or undefined for a photo. */
  readonly camera?: StreamId | null | undefined
}

/** The vector of a look without what is its camera's. */
export type WithoutCamera = (look: Placeable) => Float32Array

const asItIs: WithoutCamera = ({ vector }) => vector

/**
 * What it takes to believe that one of them differs from the others: what several animals show at a camera is sooner the
 * camera's than all of theirs. With less doubt of the animals those of a camera look alike; with more a lone one like nobody.
 */
const doubts = { animal: 1, camera: 0.3, night: 0.3 } as const
/** Turns until the parts hardly change. */
const turns = 12

/**
 * Learnt from animals, each by its looks. What they all show at a camera is the camera's; an animal that is known at
 * several says most. Nothing is taken away where all looks are of one camera.
 */
export function learnCameras(animals: readonly (readonly Placeable[])[]): WithoutCamera {
  const cameras = new Set(animals.flatMap((own) => own.flatMap(({ camera }) => camera ?? [])))
  if (cameras.size < 2) return asItIs
  const shifts = fit(animals.flatMap((own, animal) => cellsOf(own, animal)))
  return ({ vector, camera }) => {
    const shift = shifts.get(keyOf(camera))
    return shift ? minus(vector, shift) : vector
  }
}

/** What an animal looks like at a camera in one light, on the mean. */
interface Cell {
  readonly vector: Float32Array
  readonly weight: number
  /** What it is made of, by name: the animal, the camera, and the night. */
  readonly parts: readonly Part[]
}

type Part = `${keyof typeof doubts} ${string}`

const keyOf = (camera: Placeable['camera']): Part => `camera ${camera ?? ''}`

function cellsOf(own: readonly Placeable[], animal: number): Cell[] {
  const groups = Map.groupBy(own, ({ camera, infrared }) => `${keyOf(camera)} ${infrared ? 'night' : ''}`)
  return [...groups.values()].map((looks) => {
    const [first] = looks
    const parts: Part[] = [`animal ${animal}`, keyOf(first?.camera)]
    if (first?.infrared) parts.push('night ')
    // A look more says the less, the more there are.
    const weight = looks.length / (looks.length + 1)
    return { vector: meanOf(looks.map(({ vector }) => vector)), weight, parts }
  })
}

/**
 * How far each part lies from what all have in common: the sum of a cell's parts is to be the cell, and each is drawn
 * to nothing. Ridge regression, each part in turn (Gauss and Seidel).
 */
function fit(cells: readonly Cell[]): ReadonlyMap<Part, Float32Array> {
  const all = meanOf(
    cells.map(({ vector }) => vector),
    cells.map(({ weight }) => weight),
  )
  // What no part explains yet.
  const rests = cells.map(({ vector }) => minus(vector, all))
  const members = new Map<Part, number[]>()
  cells.forEach(({ parts }, at) => {
    for (const part of parts) members.set(part, [...(members.get(part) ?? []), at])
  })
  const fitted = new Map<Part, Float32Array>()
  for (let turn = 0; turn < turns; turn++) {
    for (const [part, own] of members) {
      const before = fitted.get(part) ?? new Float32Array(all.length)
      const sum = new Float32Array(all.length)
      let weights: number = doubts[part.split(' ')[0] as keyof typeof doubts]
      for (const at of own) {
        const { weight } = cells[at] as Cell
        addTo(sum, rests[at] as Float32Array, weight)
        addTo(sum, before, weight)
        weights += weight
      }
      const now = scaled(sum, 1 / weights)
      for (const at of own) {
        addTo(rests[at] as Float32Array, before, 1)
        addTo(rests[at] as Float32Array, now, -1)
      }
      fitted.set(part, now)
    }
  }
  return fitted
}
