/**
 * What is believed of what strangers say by ONVIF: few, short, plain values, and no address but that of the device that was
 * asked. Pure.
 */
import type { FoundDevice, OfferedStream } from '../../camera-types.ts'

export const mostDevices = 64
export const mostStreams = 16
const longestText = 60
const longestAddress = 500

type Tree = Readonly<Record<string, unknown>>

const tree = (value: unknown): Tree =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Tree) : {}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((node: unknown, key) => (Object.hasOwn(tree(node), key) ? tree(node)[key] : undefined), value)

/** One line without what could turn it round, or null. */
function plainText(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const line = String(value)
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
  return line === '' ? null : [...line].slice(0, longestText).join('')
}

function plainNumber(value: unknown, most: number): number | null {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && number > 0 && number <= most ? number : null
}

/** What `onvif://www.onvif.org/name/North%20gate` says after a word. */
function scopeOf(scopes: readonly string[], word: string): string | null {
  const prefix = `onvif://www.onvif.org/${word}/`
  const found = scopes.find((one) => one.toLowerCase().startsWith(prefix))?.slice(prefix.length)
  if (found === undefined) return null
  try {
    return plainText(decodeURIComponent(found))
  } catch {
    return plainText(found)
  }
}

const wordsOf = (value: unknown) => {
  const text = typeof value === 'string' ? value : at(value, '_')
  return typeof text === 'string' ? text.slice(0, 8192).split(/\s+/).filter(Boolean) : []
}

/** A device by its answer to the call, which came from `host`: where it says that it is counts for the port alone. */
export function deviceOf(answer: unknown, host: string): FoundDevice {
  const found = at(answer, 'probeMatches', 'probeMatch')
  const match = Array.isArray(found) ? found[0] : found
  const scopes = wordsOf(at(match, 'scopes'))
  const addresses = wordsOf(at(match, 'XAddrs')).flatMap((one) => (URL.canParse(one) ? [new URL(one)] : []))
  const own = addresses.filter(({ protocol }) => protocol === 'http:')
  const { port } = own.find(({ hostname }) => hostname === host) ?? own[0] ?? { port: '' }
  return {
    host,
    port: Number(port) || 80,
    name: scopeOf(scopes, 'name') ?? scopeOf(scopes, 'hardware'),
    maker: scopeOf(scopes, 'mfr') ?? scopeOf(scopes, 'manufacturer') ?? scopeOf(scopes, 'hardware'),
  }
}

/**
 * A stream of the device at `host`, or undefined where its address is none of a stream. The host stands for whichever the
 * device named: a user and a password are sent there.
 */
export function streamOf(profile: unknown, uri: unknown, host: string): OfferedStream | undefined {
  const text = typeof uri === 'string' ? uri.trim() : ''
  if (text.length > longestAddress || !URL.canParse(text)) return undefined
  const { protocol, port, pathname, search, hostname } = new URL(text)
  if (!['rtsp:', 'rtsps:'].includes(protocol) || hostname === '') return undefined
  const encoder = at(profile, 'videoEncoderConfiguration')
  const url = `${protocol}//${host}${port === '' ? '' : `:${port}`}${pathname}${search}`
  return {
    name: plainText(at(profile, 'name')) ?? '',
    url,
    codec: plainText(at(encoder, 'encoding')),
    width: plainNumber(at(encoder, 'resolution', 'width'), 20_000),
    height: plainNumber(at(encoder, 'resolution', 'height'), 20_000),
    fps: plainNumber(at(encoder, 'rateControl', 'frameRateLimit'), 1_000),
  }
}

/** By which a device is asked for one of its profiles. */
export function tokenOf(profile: unknown): string | undefined {
  const token = at(profile, '$', 'token')
  return typeof token === 'string' || typeof token === 'number' ? String(token) : undefined
}

/** Whether a device refused the user, by what the library says of it. */
export const isRefusal = (words: string) => /\b401\b|not ?authorized|unauthorized|authentication/i.test(words)
