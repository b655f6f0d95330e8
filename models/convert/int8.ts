/**
 * Weights as whole numbers from -63 to 63, one scale for each output: a quarter of the bytes, and most CPUs multiply
 * them about twice as fast.
 */

/**
 * Seven bits of the eight: processors without VNNI add two products of an unsigned byte and a weight in 16 bits, where
 * 2 x 255 x 127 runs over and 2 x 255 x 63 does not (onnxruntime calls it `reduce_range`). So the answer is one on all.
 */
const highestWhole = 63

export interface Quantised {
  /** [in, out]: the layout that the runtime multiplies by. */
  readonly values: Int8Array
  readonly scales: Float32Array
}

/** `rows` is [out, in], as linear layers are stored. A row of zeros keeps scale 1: its products are 0 by any. */
export function quantise(rows: Float32Array, outputs: number): Quantised {
  const inputs = rows.length / outputs
  const values = new Int8Array(rows.length)
  const scales = new Float32Array(outputs)
  for (let out = 0; out < outputs; out++) {
    const row = rows.subarray(out * inputs, (out + 1) * inputs)
    let highest = 0
    for (const value of row) highest = Math.max(highest, Math.abs(value))
    const scale = Math.fround(highest / highestWhole) || 1
    scales[out] = scale
    for (let i = 0; i < inputs; i++) {
      // The scale's rounding may take the highest value to 63.000001 and no further.
      values[i * outputs + out] = Math.round((row[i] ?? 0) / scale)
    }
  }
  return { values, scales }
}
