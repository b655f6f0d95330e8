/**
 * Where the tokens of a Swin's windows lie, and what a window's attention adds to its scores. Pure arithmetic; a place
 * is y * side + x.
 */

/**
 * The places in the order of the windows: window after window, row by row in each. The map is rolled by `shift` up and
 * left first, so shifted windows at the far sides hold tokens from both ends.
 */
export function windowOrder(side: number, window: number, shift: number): Int32Array {
  const order = new Int32Array(side * side)
  const across = side / window
  for (let k = 0; k < order.length; k++) {
    const [y, x] = rolledPlace(k, across, window)
    order[k] = ((y + shift) % side) * side + ((x + shift) % side)
  }
  return order
}

/** Row and column, in the rolled map, of the k-th token in the order of the windows. */
function rolledPlace(k: number, across: number, window: number): [y: number, x: number] {
  const inside = k % (window * window)
  const which = (k - inside) / (window * window)
  const y = Math.floor(which / across) * window + Math.floor(inside / window)
  return [y, (which % across) * window + (inside % window)]
}

/** For each token of `to` where it stands in `from`. Both name places of one map. */
export function gatherIndex(from: Int32Array, to: Int32Array): Int32Array {
  const standing = new Int32Array(from.length)
  from.forEach((place, k) => {
    standing[place] = k
  })
  return to.map((place) => standing[place] ?? 0)
}

/** For the tokens of a map of half the side, in their order: the four places each is made of, even rows first. */
export function merging(order: Int32Array, side: number): Int32Array {
  const four = new Int32Array(order.length * 4)
  order.forEach((place, k) => {
    const y = 2 * Math.floor(place / side)
    const x = 2 * (place % side)
    ;[
      [y, x],
      [y + 1, x],
      [y, x + 1],
      [y + 1, x + 1],
    ].forEach(([row = 0, column = 0], i) => {
      four[4 * k + i] = row * 2 * side + column
    })
  })
  return four
}

export interface BiasShape {
  readonly side: number
  readonly window: number
  readonly shift: number
  readonly heads: number
}

/** Added where two tokens of a shifted window are no neighbours in the picture: their share becomes nothing. */
const apart = -100

/**
 * [windows, heads, tokens, tokens]: the learnt bias by relative position, and the mask of shifted windows. Without a
 * shift all windows are alike and there is one.
 */
export function attentionBias(table: Float32Array, { side, window, shift, heads }: BiasShape): Float32Array {
  const tokens = window * window
  const windows = shift ? (side / window) ** 2 : 1
  const regions = shift ? regionsOf(side, window, shift) : undefined
  const bias = new Float32Array(windows * heads * tokens * tokens)
  let to = 0
  for (let w = 0; w < windows; w++) {
    for (let head = 0; head < heads; head++) {
      for (let a = 0; a < tokens; a++) {
        for (let c = 0; c < tokens; c++) {
          const masked = regions && regions[w * tokens + a] !== regions[w * tokens + c]
          bias[to++] = (table[relativePlace(a, c, window) * heads + head] ?? 0) + (masked ? apart : 0)
        }
      }
    }
  }
  return bias
}

function relativePlace(a: number, c: number, window: number): number {
  const dy = Math.floor(a / window) - Math.floor(c / window) + window - 1
  return dy * (2 * window - 1) + (a % window) - (c % window) + window - 1
}

/** Which piece of the picture each token belongs to, in the order of the shifted windows. */
function regionsOf(side: number, window: number, shift: number): Int32Array {
  const region = (t: number) => (t < side - window ? 0 : t < side - shift ? 1 : 2)
  const across = side / window
  return Int32Array.from({ length: side * side }, (_, k) => {
    const [y, x] = rolledPlace(k, across, window)
    return region(y) * 3 + region(x)
  })
}
