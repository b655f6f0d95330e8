/**
 * Arithmetic of embeddings (pure): sums, means, directions.
 */
import { dot } from '../lib/dot.ts'

/** `sum += weight x vector`, in place: four at a time, which takes half as long. */
export function addTo(sum: Float32Array, vector: Float32Array, weight: number): void {
  const at = (i: number) => (sum[i] as number) + weight * (vector[i] as number)
  const whole = sum.length - (sum.length % 4)
  for (let i = 0; i < whole; i += 4) {
    sum[i] = at(i)
    sum[i + 1] = at(i + 1)
    sum[i + 2] = at(i + 2)
    sum[i + 3] = at(i + 3)
  }
  for (let i = whole; i < sum.length; i++) sum[i] = at(i)
}

export function scaled(vector: Float32Array, factor: number): Float32Array {
  const result = new Float32Array(vector.length)
  addTo(result, vector, factor)
  return result
}

export function minus(a: Float32Array, b: Float32Array): Float32Array {
  const result = new Float32Array(a)
  addTo(result, b, -1)
  return result
}

/** Rounding: what is off by less is of unit length. */
const unitTolerance = 1e-6

/** Brought to unit length; the vector itself where it has that, and where it is nothing. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector))
  if (Math.abs(length - 1) < unitTolerance || !(length > 1e-9)) return vector
  return scaled(vector, 1 / length)
}

/** The weighted mean; without weights each counts the same. There must be at least one. */
export function meanOf(vectors: readonly Float32Array[], weights?: readonly number[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0)
  let all = 0
  vectors.forEach((vector, at) => {
    const weight = weights?.[at] ?? 1
    addTo(sum, vector, weight)
    all += weight
  })
  return all > 0 ? scaled(sum, 1 / all) : sum
}

/** `factor x vector - other`. */
export function scaledMinus(vector: Float32Array, factor: number, other: Float32Array): Float32Array {
  const result = new Float32Array(vector.length)
  for (let i = 0; i < result.length; i++) result[i] = factor * (vector[i] as number) - (other[i] as number)
  return result
}

/** Directions taken away in one turn. */
const together = 3

/** What is left of a vector at right angles to orthonormal directions: three a turn, which takes half as long as one by one. */
export function without(vector: Float32Array, directions: readonly Float32Array[]): Float32Array {
  const rest = new Float32Array(vector)
  const lengths = directions.map((direction) => dot(vector, direction))
  const whole = directions.length - (directions.length % together)
  for (let at = 0; at < whole; at += together) {
    const [a, b, c] = directions.slice(at) as [Float32Array, Float32Array, Float32Array]
    const [x, y, z] = lengths.slice(at) as [number, number, number]
    for (let i = 0; i < rest.length; i++)
      rest[i] = (rest[i] as number) - x * (a[i] as number) - y * (b[i] as number) - z * (c[i] as number)
  }
  for (let at = whole; at < directions.length; at++)
    addTo(rest, directions[at] as Float32Array, -(lengths[at] as number))
  return rest
}

/** Turns of the iteration, which need not be exact: from anywhere, and from where it ended before. */
const turns = { afresh: 8, onwards: 3 } as const

/**
 * Up to `count` orthonormal directions in which vectors differ most from nothing: orthogonal iteration. `before` are those of nearly the
 * same vectors, from which fewer turns lead there.
 */
export function principal(
  vectors: readonly Float32Array[],
  count: number,
  before: readonly Float32Array[] = [],
): Float32Array[] {
  if (vectors.length === 0 || count <= 0) return []
  const goesOn = before.length === count
  let directions = orthonormal(goesOn ? before : spreadOver(vectors, count))
  for (let turn = goesOn ? turns.onwards : turns.afresh; turn > 0; turn--) {
    const sums = directions.map((direction) => {
      const sum = new Float32Array(direction.length)
      for (const vector of vectors) addTo(sum, vector, dot(vector, direction))
      return sum
    })
    directions = orthonormal(sums)
  }
  return directions
}

/** Any start will do that is not at right angles to all of them. */
function spreadOver(vectors: readonly Float32Array[], count: number): Float32Array[] {
  const step = Math.max(1, Math.floor(vectors.length / count))
  return vectors.filter((_, at) => at % step === 0).slice(0, count)
}

/** Gram-Schmidt, twice over for its rounding; a direction that the others span already is left out. */
function orthonormal(vectors: readonly Float32Array[]): Float32Array[] {
  const done: Float32Array[] = []
  for (const vector of vectors) {
    const rest = without(unit(vector), done)
    if (dot(rest, rest) > 1e-8) done.push(unit(without(unit(rest), done)))
  }
  return done
}
