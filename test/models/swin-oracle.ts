/**
 * A Swin transformer computed the slow way in float64, as the papers draw it: maps are rolled, windows are cut out, the
 * mask is looked up token by token. It shares nothing with the converter but the names of the tensors.
 */
import type { SwinShape } from '../../models/convert/swin-weights.ts'
import type { Tensors } from './swin-files.ts'

/** Rows of numbers, one for each token of a square map, row by row. */
type Rows = Float64Array[]

const means = [0.485, 0.456, 0.406]
const deviations = [0.229, 0.224, 0.225]

/** The feature before it is brought to unit length; ImageNet's normalisation. */
export function slowSwin(shape: SwinShape, tensors: Tensors, pixels: Uint8Array): Float64Array {
  const get = (key: string) => tensors.get(key)?.data ?? new Float32Array()
  const norm = (rows: Rows, key: string) =>
    rows.map((row) => layerNorm(row, get(`${key}.weight`), get(`${key}.bias`)))
  const linear = (rows: Rows, key: string) =>
    rows.map((row) => matrix(row, get(`${key}.weight`), get(`${key}.bias`)))
  let side = shape.window * 8
  let x = norm(
    patches(pixels, side, get('patch_embed.proj.weight'), get('patch_embed.proj.bias')),
    'patch_embed.norm',
  )
  shape.depths.forEach((depth, stage) => {
    if (stage > 0) {
      side /= 2
      const four = norm(merged(x, side), `layers.${stage}.downsample.norm`)
      x = linear(four, `layers.${stage}.downsample.reduction`)
    }
    for (let block = 0; block < depth; block++) {
      const key = `layers.${stage}.blocks.${block}`
      const shift = block % 2 && side > shape.window ? shape.window >> 1 : 0
      const qkv = linear(norm(x, `${key}.norm1`), `${key}.attn.qkv`)
      const table = get(`${key}.attn.relative_position_bias_table`)
      const mixed = attention(qkv, table, {
        side,
        window: shape.window,
        shift,
        heads: shape.heads[stage] ?? 1,
      })
      x = sum(x, linear(mixed, `${key}.attn.proj`))
      const hidden = linear(norm(x, `${key}.norm2`), `${key}.mlp.fc1`).map((row) => row.map(gelu))
      x = sum(x, linear(hidden, `${key}.mlp.fc2`))
    }
  })
  const last = norm(x, 'norm')
  return (last[0] as Float64Array).map(
    (_, i) => last.reduce((total, row) => total + (row[i] ?? 0), 0) / last.length,
  )
}

const sum = (a: Rows, b: Rows) => a.map((row, t) => row.map((value, i) => value + (b[t]?.[i] ?? 0)))

function patches(pixels: Uint8Array, side: number, weight: Float32Array, bias: Float32Array): Rows {
  return Array.from({ length: side * side }, (_, t) => {
    const input = new Float64Array(48)
    for (let c = 0; c < 3; c++) {
      for (let k = 0; k < 16; k++) {
        const y = Math.floor(t / side) * 4 + (k >> 2)
        const x = (t % side) * 4 + (k & 3)
        const value = (pixels[(y * side * 4 + x) * 3 + c] ?? 0) / 255
        input[c * 16 + k] = (value - (means[c] ?? 0)) / (deviations[c] ?? 1)
      }
    }
    return matrix(input, weight, bias)
  })
}

function merged(x: Rows, side: number): Rows {
  return Array.from({ length: side * side }, (_, t) => {
    const at = (dy: number, dx: number) => [
      ...(x[(2 * Math.floor(t / side) + dy) * 2 * side + 2 * (t % side) + dx] ?? []),
    ]
    return Float64Array.from([...at(0, 0), ...at(1, 0), ...at(0, 1), ...at(1, 1)])
  })
}

function matrix(row: Float64Array, weight: Float32Array, bias: Float32Array): Float64Array {
  const inputs = row.length
  const out = new Float64Array(weight.length / inputs)
  for (let o = 0; o < out.length; o++) {
    let total = bias[o] ?? 0
    for (let i = 0; i < inputs; i++) total += (row[i] ?? 0) * (weight[o * inputs + i] ?? 0)
    out[o] = total
  }
  return out
}

function layerNorm(row: Float64Array, weight: Float32Array, bias: Float32Array): Float64Array {
  const mean = row.reduce((a, b) => a + b, 0) / row.length
  const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / row.length
  return row.map(
    (value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * (weight[i] ?? 0) + (bias[i] ?? 0),
  )
}

interface Place {
  readonly side: number
  readonly window: number
  readonly shift: number
  readonly heads: number
}

/** Each token asks all tokens of its window in the rolled map. */
function attention(qkv: Rows, table: Float32Array, { side, window, shift, heads }: Place): Rows {
  const region = (t: number) => (shift === 0 || t < side - window ? 0 : t < side - shift ? 1 : 2)
  const place = (y: number, x: number) => ((y + shift) % side) * side + ((x + shift) % side)
  const out: Rows = qkv.map((row) => new Float64Array(row.length / 3))
  for (let t = 0; t < side * side; t++) {
    const [y, x] = [Math.floor(t / side), t % side]
    const others = Array.from({ length: window * window }, (_, k) => {
      const [oy, ox] = [y - (y % window) + Math.floor(k / window), x - (x % window) + (k % window)]
      const isApart = region(oy) !== region(y) || region(ox) !== region(x)
      const bias = (y - oy + window - 1) * (2 * window - 1) + x - ox + window - 1
      return { row: qkv[place(oy, ox)] as Float64Array, bias, isApart }
    })
    const own = qkv[place(y, x)] as Float64Array
    const to = out[place(y, x)] as Float64Array
    const depth = to.length / heads
    for (let head = 0; head < heads; head++) {
      const first = head * depth
      const scores = others.map(({ row, bias, isApart }) => {
        let dot = 0
        for (let i = first; i < first + depth; i++) dot += (own[i] ?? 0) * (row[to.length + i] ?? 0)
        return dot / Math.sqrt(depth) + (table[bias * heads + head] ?? 0) - (isApart ? 100 : 0)
      })
      const highest = Math.max(...scores)
      const shares = scores.map((score) => Math.exp(score - highest))
      const total = shares.reduce((a, b) => a + b, 0)
      others.forEach(({ row }, k) => {
        const share = (shares[k] ?? 0) / total
        for (let i = first; i < first + depth; i++)
          to[i] = (to[i] ?? 0) + share * (row[2 * to.length + i] ?? 0)
      })
    }
  }
  return out
}

const gelu = (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2))

/** Abramowitz and Stegun 7.1.5 near 0 (a series), 7.1.14 (a continued fraction) beyond. */
function erf(x: number): number {
  const a = Math.abs(x)
  if (a > 3) {
    let fraction = a
    for (let n = 60; n > 0; n--) fraction = a + n / 2 / fraction
    return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * fraction))
  }
  let term = a
  let total = a
  for (let n = 1; n < 80; n++) {
    term *= (-a * a) / n
    total += term / (2 * n + 1)
  }
  return (Math.sign(x) * 2 * total) / Math.sqrt(Math.PI)
}
