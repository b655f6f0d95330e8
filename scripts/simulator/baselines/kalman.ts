/**
 * The filter of SORT and its descendants, per coordinate and in pictures: constant velocity, one step a picture.
 */

export interface Axis {
  x: number
  v: number
  pxx: number
  pxv: number
  pvv: number
}

/** Variances of one coordinate. */
export interface AxisNoise {
  readonly position: number
  readonly velocity: number
  readonly measured: number
}

export function predictAxis(a: Axis, { position, velocity }: Pick<AxisNoise, 'position' | 'velocity'>): Axis {
  return {
    x: a.x + a.v,
    v: a.v,
    pxx: a.pxx + 2 * a.pxv + a.pvv + position,
    pxv: a.pxv + a.pvv,
    pvv: a.pvv + velocity,
  }
}

export function correctAxis(a: Axis, measured: number, noise: number): Axis {
  const gainX = a.pxx / (a.pxx + noise)
  const gainV = a.pxv / (a.pxx + noise)
  const off = measured - a.x
  return {
    x: a.x + gainX * off,
    v: a.v + gainV * off,
    pxx: (1 - gainX) * a.pxx,
    pxv: (1 - gainX) * a.pxv,
    pvv: a.pvv - gainV * a.pxv,
  }
}
