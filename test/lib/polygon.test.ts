/** Polygons held against geometry done another way, on a small grid where edges often touch. */
import fc from 'fast-check'
import t from 'tap'
import {
  areaOf,
  contains,
  mostCorners,
  onGrid,
  type Point,
  polygonFault,
  smallestArea,
} from '../../daemon/lib/polygon.ts'

/** Points of a grid of so many steps: few, so that three often lie on a line and two on each other. */
const pointOn = (steps: number) =>
  fc.tuple(fc.integer({ min: 0, max: steps }), fc.integer({ min: 0, max: steps }))

const share = (steps: number, [x, y]: Point): Point => onGrid([x / steps, y / steps])

type Whole = readonly [number, number]

/**
 * How often the outline goes round a point: the angles by which one turns who looks from there at each corner after the
 * other. Not for points on the outline.
 */
function windingNumber(corners: readonly Whole[], [px, py]: Whole): number {
  let turns = 0
  corners.forEach(([ax, ay], at) => {
    const [bx, by] = corners[(at + 1) % corners.length] as Whole
    const angle = Math.atan2(
      (ax - px) * (by - py) - (ay - py) * (bx - px),
      (ax - px) * (bx - px) + (ay - py) * (by - py),
    )
    turns += angle / (2 * Math.PI)
  })
  return Math.round(turns)
}

const isOnStretch = ([ax, ay]: Whole, [bx, by]: Whole, [px, py]: Whole) =>
  (bx - ax) * (py - ay) === (by - ay) * (px - ax) && (px - ax) * (px - bx) <= 0 && (py - ay) * (py - by) <= 0

/** The share of one stretch at which it meets another, by solving for it; all of both ends tried for parallel ones. */
function haveCommon(a: Whole, b: Whole, c: Whole, d: Whole): boolean {
  const [rx, ry, sx, sy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]]
  const det = rx * sy - ry * sx
  if (det === 0) return [c, d].some((p) => isOnStretch(a, b, p)) || [a, b].some((p) => isOnStretch(c, d, p))
  const t = (c[0] - a[0]) * sy - (c[1] - a[1]) * sx
  const u = (c[0] - a[0]) * ry - (c[1] - a[1]) * rx
  const within = (share: number) => (det > 0 ? share >= 0 && share <= det : share <= 0 && share >= det)
  return within(t) && within(u)
}

/** Simple by the book: no two corners are one, no corner lies on another edge, no two edges apart meet. */
function isSimple(corners: readonly Whole[]): boolean {
  const n = corners.length
  const edge = (at: number) => [corners[at % n] as Whole, corners[(at + 1) % n] as Whole] as const
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (j !== i && j !== (i + 1) % n && isOnStretch(...edge(i), corners[j] as Whole)) return false
      if (i !== j && corners[i]?.join() === corners[j]?.join()) return false
      const isBeside = j === i || j === (i + 1) % n || i === (j + 1) % n
      if (!isBeside && haveCommon(...edge(i), ...edge(j))) return false
    }
  }
  return true
}

t.test('a point is within by the winding number too', (t) => {
  let within = 0
  fc.assert(
    fc.property(fc.array(pointOn(12), { minLength: 3, maxLength: 9 }), pointOn(12), (corners, point) => {
      fc.pre(isSimple(corners))
      fc.pre(!corners.some((a, at) => isOnStretch(a, corners[(at + 1) % corners.length] as Whole, point)))
      const expected = windingNumber(corners, point) !== 0
      within += Number(expected)
      return (
        contains(
          corners.map((one) => share(12, one)),
          share(12, point),
        ) === expected
      )
    }),
    { numRuns: 4000 },
  )
  t.ok(within > 200, `${within} were within`)
  t.end()
})

t.test('what crosses or touches itself is refused, and nothing else is', (t) => {
  const counts = { simple: 0, crossing: 0 }
  fc.assert(
    fc.property(fc.array(pointOn(10), { minLength: 3, maxLength: 8 }), (corners) => {
      const fault = polygonFault(corners.map((one) => share(10, one)))
      const simple = isSimple(corners)
      counts[simple ? 'simple' : 'crossing']++
      return simple ? fault === undefined : fault === 'crossing'
    }),
    { numRuns: 4000 },
  )
  t.ok(counts.simple > 400 && counts.crossing > 400, JSON.stringify(counts))
  t.end()
})

t.test('an area is the same whichever way round, and by counting', (t) => {
  // Pick: twice the area is twice the points within and those on the outline, less two.
  const counted = (corners: readonly Whole[]) => {
    let twice = -2
    for (let x = 0; x <= 8; x++)
      for (let y = 0; y <= 8; y++) {
        const isOn = corners.some((a, at) =>
          isOnStretch(a, corners[(at + 1) % corners.length] as Whole, [x, y]),
        )
        if (isOn) twice += 1
        else if (windingNumber(corners, [x, y]) !== 0) twice += 2
      }
    return twice / 2
  }
  fc.assert(
    fc.property(fc.array(pointOn(8), { minLength: 3, maxLength: 7 }), (corners) => {
      fc.pre(isSimple(corners))
      const shares = corners.map((one) => share(8, one))
      const area = areaOf(shares)
      return Math.abs(area * 64 - counted(corners)) < 1e-9 && area === areaOf(shares.toReversed())
    }),
    { numRuns: 1000 },
  )
  t.end()
})

t.test('stalls side by side: each point of the wall between is in one of them', (t) => {
  const left: Point[] = [
    [0, 0],
    [0.3, 0],
    [0.5, 1],
    [0, 1],
  ]
  const right: Point[] = [
    [0.3, 0],
    [1, 0],
    [1, 1],
    [0.5, 1],
  ]
  for (let step = 0; step < 1000; step++) {
    const wall = onGrid([0.3 + (0.2 * step) / 1000, step / 1000])
    t.equal(Number(contains(left, wall)) + Number(contains(right, wall)), 1, wall.join())
  }
  t.end()
})

t.test('the limits', (t) => {
  const square = (side: number): Point[] => [
    [0, 0],
    [side, 0],
    [side, side],
    [0, side],
  ]
  t.equal(polygonFault(square(1)), undefined, 'all of the picture')
  t.equal(polygonFault(square(Math.sqrt(smallestArea))), undefined)
  t.equal(polygonFault(square(0.0199)), 'tooSmall')
  t.equal(polygonFault(square(1).slice(2)), 'fewCorners')
  t.equal(polygonFault([]), 'fewCorners')
  const round = (n: number): Point[] =>
    Array.from({ length: n }, (_, at) =>
      onGrid([0.5 + 0.4 * Math.cos((2 * Math.PI * at) / n), 0.5 + 0.4 * Math.sin((2 * Math.PI * at) / n)]),
    )
  t.equal(polygonFault(round(mostCorners)), undefined)
  t.equal(polygonFault(round(mostCorners + 1)), 'manyCorners')
  for (const wrong of [1.0001, -0.0001, Number.NaN, Number.POSITIVE_INFINITY])
    t.equal(polygonFault([...square(0.5).slice(1), [wrong, 0.2]]), 'outside', String(wrong))
  t.end()
})
