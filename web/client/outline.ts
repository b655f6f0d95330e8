/**
 * An outline while it is drawn: what a tap, a key or a button makes of it. Pure.
 */
export type Point = readonly [x: number, y: number]

export interface Outline {
  readonly corners: readonly Point[]
  /** While it is open a tap goes on with it, afterwards it bends its nearest side. */
  readonly isClosed: boolean
  /** The corner that buttons and keys are about; -1 without one. */
  readonly chosen: number
}

export const MOST = 16
export const FEWEST = 3
/** How far a key, and one with Shift, moves a corner. */
export const STEP = 0.005
export const FAR = 0.05

const share = (value: number) => Number(Math.min(1, Math.max(0, value)).toFixed(4))
const inside = ([x, y]: Point): Point => [share(x), share(y)]

export const outlineOf = (corners: readonly Point[]): Outline => ({
  corners,
  isClosed: corners.length >= FEWEST,
  chosen: corners.length - 1,
})

export const canClose = ({ corners, isClosed }: Outline) => !isClosed && corners.length >= FEWEST

export const closed = (outline: Outline): Outline =>
  canClose(outline) ? { ...outline, isClosed: true } : outline

/** A corner is put somewhere else. */
export const put = (outline: Outline, at: number, point: Point): Outline => ({
  ...outline,
  corners: outline.corners.map((corner, other) => (other === at ? inside(point) : corner)),
})

export function removed({ corners, isClosed }: Outline, at: number): Outline {
  const left = corners.filter((_, other) => other !== at)
  return {
    corners: left,
    isClosed: isClosed && left.length >= FEWEST,
    chosen: Math.min(at, left.length - 1),
  }
}

function inserted(outline: Outline, at: number, point: Point): Outline {
  const { corners } = outline
  if (corners.length >= MOST) return outline
  return { ...outline, corners: [...corners.slice(0, at), inside(point), ...corners.slice(at)], chosen: at }
}

/** How far a point is from the stretch between two others. */
function distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay]
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)
  const at = Math.min(1, Math.max(0, along))
  return Math.hypot(x - ax - at * dx, y - ay - at * dy)
}

/** The picture was tapped there. */
export function tapped(outline: Outline, point: Point): Outline {
  const { corners, isClosed } = outline
  if (!isClosed) return inserted(outline, corners.length, point)
  const far = corners.map((corner, at) =>
    distance(point, corner, corners[(at + 1) % corners.length] ?? corner),
  )
  return inserted(outline, far.indexOf(Math.min(...far)) + 1, point)
}

/** One more corner was asked for without a place: beside the chosen one, from where keys take it on. */
export function added(outline: Outline): Outline {
  const { corners, isClosed, chosen } = outline
  const last = corners[isClosed ? chosen : corners.length - 1]
  const next = corners[(chosen + 1) % corners.length]
  if (last === undefined || next === undefined) return inserted(outline, corners.length, [0.5, 0.5])
  if (isClosed) return inserted(outline, chosen + 1, [(last[0] + next[0]) / 2, (last[1] + next[1]) / 2])
  return inserted(outline, corners.length, [last[0] + (last[0] > 0.5 ? -FAR : FAR), last[1]])
}
