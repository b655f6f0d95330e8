/** The dot product; of unit vectors the cosine. Four sums, for an addition waits for the one before it. */
export function dot(a: Float32Array, b: Float32Array): number {
  const product = (i: number) => (a[i] as number) * (b[i] as number)
  const whole = a.length - (a.length % 4)
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (let i = 0; i < whole; i += 4) {
    s0 += product(i)
    s1 += product(i + 1)
    s2 += product(i + 2)
    s3 += product(i + 3)
  }
  for (let i = whole; i < a.length; i++) s0 += product(i)
  return s0 + s1 + (s2 + s3)
}
