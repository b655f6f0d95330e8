/**
 * What one horse does during a visit: a row of poses in time, made before the visit is played (pure).
 */
import type { Random } from '../random.ts'
import { heightAt, type Pose, picture } from './geometry.ts'

interface Moment extends Pose {
  readonly at: number
}

/** A place to stand, and how. */
export type Spot = Pick<Pose, 'x' | 'depth'>

export interface Actor {
  /** Seconds since the visit's begin up to which its doings are written. */
  readonly until: number
  readonly spot: Spot
  stand(seconds: number): void
  lie(seconds: number): void
  walk(to: Spot): void
  /** Stands facing the camera: at its narrowest. */
  face(seconds: number): void
  poseAt(seconds: number): Pose
}

/** A walking horse covers so many of its heights in a second: 1.5 m/s at a height of 1.6 m, not hurrying. */
const pace = 0.8
const turnSeconds = 1.2
/** A horse that stands shifts its weight and turns a little about so often. */
const shiftEverySeconds = 14

export function createActor(random: Random, start: Spot, from = 0): Actor {
  const moments: Moment[] = [{ ...start, heading: side(random), lying: false, at: from }]
  const last = () => moments[moments.length - 1] as Moment
  const go = (seconds: number, change: Partial<Pose>) =>
    void moments.push({ ...last(), ...change, at: last().at + seconds })
  const turn = (heading: number) => go(turnSeconds, { heading })
  const actor: Actor = {
    get until() {
      return last().at
    },
    get spot() {
      return { x: last().x, depth: last().depth }
    },
    stand(seconds) {
      const end = last().at + seconds
      while (last().at < end) {
        go(Math.min(random.waiting(shiftEverySeconds) + 1, end - last().at), {})
        if (end - last().at < turnSeconds) break
        const { x, depth, heading } = last()
        const shifted = { x: x + random.between(-25, 25), depth: clamp(depth + random.between(-0.03, 0.03)) }
        go(turnSeconds, {
          ...shifted,
          heading: random.chance(0.25) ? side(random) : heading + random.between(-0.4, 0.4),
        })
      }
    },
    lie(seconds) {
      go(2, { lying: true })
      go(seconds, {})
      go(2, { lying: false })
    },
    walk(to) {
      const { x, depth } = last()
      const distance = Math.hypot(to.x - x, (to.depth - depth) * 500)
      if (distance < 1) return
      turn(to.x > x ? random.between(-0.3, 0.3) : Math.PI + random.between(-0.3, 0.3))
      go(distance / (pace * heightAt((depth + to.depth) / 2)), to)
    },
    face(seconds) {
      turn(Math.PI / 2 + random.between(-0.15, 0.15))
      go(seconds, {})
    },
    poseAt: (seconds) => poseAt(moments, seconds),
  }
  return actor
}

/** Most horses stand so that a camera in the aisle sees a side of them; some show front or rear. */
function side(random: Random): number {
  const base = random.pick([0, 0, Math.PI, Math.PI, Math.PI / 2, -Math.PI / 2])
  return base + random.between(-0.5, 0.5)
}

function clamp(depth: number): number {
  return Math.min(Math.max(depth, 0), 1)
}

function poseAt(moments: readonly Moment[], seconds: number): Pose {
  const next = moments.findIndex(({ at }) => at > seconds)
  const after = moments[next < 0 ? moments.length - 1 : next] as Moment
  const before = moments[Math.max((next < 0 ? moments.length : next) - 1, 0)] as Moment
  const span = after.at - before.at
  const share = span > 0 ? Math.min(Math.max((seconds - before.at) / span, 0), 1) : 0
  const between = (a: number, b: number) => a + (b - a) * share
  return {
    x: between(before.x, after.x),
    depth: between(before.depth, after.depth),
    heading: between(before.heading, after.heading),
    lying: share < 0.5 ? before.lying : after.lying,
  }
}

/** A spot in the open, by chance. */
export function someSpot(random: Random): Spot {
  return { x: random.between(170, picture.width - 170), depth: random.uniform() }
}

/** A spot out of the picture. */
export function outside(random: Random): Spot {
  return { x: random.chance(0.5) ? -320 : picture.width + 320, depth: random.uniform() }
}
