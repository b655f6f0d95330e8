/**
 * Where a box will be: a Kalman filter in seconds over centre, width and height (pure).
 */
import type { Box } from '../types.ts'

/** One coordinate: value, velocity per second, and their covariance. */
interface Axis {
  x: number
  v: number
  pxx: number
  pxv: number
  pvv: number
}

/** The four coordinates cx, cy, w, h of a box. */
export type Motion = readonly [Axis, Axis, Axis, Axis]

// Noise grows with the animal's size in the picture: shares of its box height, as in SORT's descendants
// (ByteTrack: 1/20 for position), with the velocity noise per second at a barn's pace.
const measuredShare = 1 / 20
const acceleratedShare = 1 / 2
// A horse that is hidden has mostly stopped: its velocity halves in this time, so that a lost box does not drift off.
const velocityHalfLifeSeconds = 0.7

function toCentre([x1, y1, x2, y2]: Box): [number, number, number, number] {
  return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]
}

/** A motion that starts at rest in a box, unsure of its velocity. */
export function startMotion(box: Box): Motion {
  const size = Math.max(box[3] - box[1], 1)
  const axis = (x: number): Axis => ({
    x,
    v: 0,
    pxx: (size * measuredShare) ** 2,
    pxv: 0,
    pvv: (size * acceleratedShare) ** 2,
  })
  const [cx, cy, w, h] = toCentre(box)
  return [axis(cx), axis(cy), axis(w), axis(h)]
}

export function boxOf([cx, cy, w, h]: Motion): Box {
  const halfWidth = Math.max(w.x, 1) / 2
  const halfHeight = Math.max(h.x, 1) / 2
  return [cx.x - halfWidth, cy.x - halfHeight, cx.x + halfWidth, cy.x + halfHeight]
}

/** The motion `seconds` later, without a look. */
export function predict(motion: Motion, seconds: number): Motion {
  const size = Math.max(motion[3].x, 1)
  const decay = 0.5 ** (seconds / velocityHalfLifeSeconds)
  // The integral of the decaying velocity over the gap.
  const reach = ((1 - decay) * velocityHalfLifeSeconds) / Math.LN2
  const q = (size * acceleratedShare) ** 2
  const step = (a: Axis): Axis => ({
    x: a.x + a.v * reach,
    v: a.v * decay,
    pxx: a.pxx + 2 * reach * a.pxv + reach * reach * a.pvv + (q * seconds ** 3) / 3,
    pxv: decay * (a.pxv + reach * a.pvv) + (q * seconds ** 2) / 2,
    pvv: decay * decay * a.pvv + q * seconds,
  })
  return [step(motion[0]), step(motion[1]), step(motion[2]), step(motion[3])]
}

/** The motion corrected by a measured box. */
export function correct(motion: Motion, box: Box): Motion {
  const noise = (Math.max(box[3] - box[1], 1) * measuredShare) ** 2
  const measured = toCentre(box)
  const fix = (a: Axis, z: number): Axis => {
    const gainX = a.pxx / (a.pxx + noise)
    const gainV = a.pxv / (a.pxx + noise)
    const off = z - a.x
    return {
      x: a.x + gainX * off,
      v: a.v + gainV * off,
      pxx: (1 - gainX) * a.pxx,
      pxv: (1 - gainX) * a.pxv,
      pvv: a.pvv - gainV * a.pxv,
    }
  }
  return [
    fix(motion[0], measured[0]),
    fix(motion[1], measured[1]),
    fix(motion[2], measured[2]),
    fix(motion[3], measured[3]),
  ]
}
