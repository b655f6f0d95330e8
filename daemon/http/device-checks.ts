/**
 * What a browser says of itself when it wants to be told of alerts.
 */
import { z } from 'zod'
import { type PushDeviceId, severities } from '../presence-types.ts'

const base64url = (bytes: number, what: string) =>
  z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9_-]+={0,2}$/, `must be ${what} in base64url`)
    .refine((text) => Buffer.from(text, 'base64url').length === bytes, `must be ${what} in base64url`)

export const deviceParams = z.object({
  deviceId: z.uuid('is not the id of a device').transform((text) => text.toLowerCase() as PushDeviceId),
})

/** As browsers write a subscription, with what it was made with and what is to be told. */
export const deviceBody = z.strictObject({
  endpoint: z.string().min(10).max(1000),
  keys: z.strictObject({
    p256dh: base64url(65, 'a point of P-256'),
    auth: base64url(16, '16 bytes'),
  }),
  key: z.string().max(200).describe('The box’s key that it was made with'),
  least: z.enum(severities).optional().describe('What is less severe is not told; as before when absent'),
})

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
]

/** `Chrome, Android`: so that people know their devices apart. */
export function deviceName(userAgent: string): string {
  const first = (known: typeof browsers) => known.find(([sign]) => sign.test(userAgent))?.[1]
  return [first(browsers), first(systems)].filter((one) => one !== undefined).join(', ') || 'Browser'
}
