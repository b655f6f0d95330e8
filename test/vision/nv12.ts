/**
 * RGB pictures as a camera's frames: NV12 in shared memory, BT.601 limited range.
 */
import type { Picture } from '../../daemon/types.ts'

export function toNv12({ width, height, pixels }: Picture): Picture {
  const out = new Uint8Array(new SharedArrayBuffer(width * height * 1.5))
  const mean = (x: number, y: number, channel: number) => {
    const at = (dx: number, dy: number) => pixels[((y + dy) * width + x + dx) * 3 + channel] ?? 0
    return (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4
  }
  for (let i = 0; i < width * height; i++) {
    const [r = 0, g = 0, b = 0] = pixels.subarray(i * 3, i * 3 + 3)
    out[i] = Math.round(16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255)
  }
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const [r, g, b] = [mean(x, y, 0), mean(x, y, 1), mean(x, y, 2)]
      const to = width * height + (y / 2) * width + x
      out[to] = Math.round(128 + (-37.797 * r - 74.203 * g + 112 * b) / 255)
      out[to + 1] = Math.round(128 + (112 * r - 93.786 * g - 18.214 * b) / 255)
    }
  }
  return { format: 'nv12', width, height, pixels: out }
}

/** A picture whose every pixel is `colorAt`. */
export function paint(
  width: number,
  height: number,
  colorAt: (x: number, y: number) => readonly [number, number, number],
): Picture {
  const pixels = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) pixels.set(colorAt(i % width, Math.floor(i / width)), i * 3)
  return { format: 'rgb24', width, height, pixels }
}
