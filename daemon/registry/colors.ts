/**
 * The colour of a horse's box, badge and label (pure).
 */

// Dark enough for white text (contrast >= 4.5), far enough apart to tell neighbours by; the hue walks by the
// golden angle beyond them.
const palette = [
  '#B3261E',
  '#1565C0',
  '#2E7D32',
  '#7B1FA2',
  '#9A5B00',
  '#00707C',
  '#AD1457',
  '#4E5BA6',
  '#5D6B00',
  '#6D4C41',
]
const goldenAngle = 137.508

/** The colour of the n-th horse of a stream (from 1), `#RRGGBB`. White text on it is readable. */
export function horseColor(number: number): string {
  const known = palette[number - 1]
  return known ?? hslToHex((number * goldenAngle) % 360, 0.7, 0.28)
}

function hslToHex(hue: number, saturation: number, lightness: number): string {
  const amplitude = saturation * Math.min(lightness, 1 - lightness)
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12
    const value = lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1))
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0')
  }
  return `#${channel(0)}${channel(8)}${channel(4)}`.toUpperCase()
}
