/**
 * RTSP as text: answers, the description of a stream, and how one says who one is. What cameras say is a stranger's word: short,
 * or not taken. Pure.
 */
import { createHash } from 'node:crypto'

export interface RtspAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}

const MOST_HEAD = 16_384
const MOST_BODY = 65_536

export type Read =
  | { readonly kind: 'packet'; readonly channel: number; readonly bytes: Uint8Array; readonly used: number }
  | { readonly kind: 'answer'; readonly answer: RtspAnswer; readonly used: number }
  /** A call of the camera, which is not answered. */
  | { readonly kind: 'call'; readonly used: number }
  | { readonly kind: 'more' }
  | { readonly kind: 'nonsense' }

const DOLLAR = 0x24

/** What stands first in what has come over the connection. */
export function readFirst(bytes: Buffer): Read {
  if (bytes.length < 4) return { kind: 'more' }
  if (bytes[0] === DOLLAR) {
    const used = 4 + bytes.readUInt16BE(2)
    if (bytes.length < used) return { kind: 'more' }
    return { kind: 'packet', channel: bytes[1] ?? 0, bytes: bytes.subarray(4, used), used }
  }
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return { kind: bytes.length > MOST_HEAD ? 'nonsense' : 'more' }
  const [first = '', ...lines] = bytes.toString('utf8', 0, end).split('\r\n')
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const [, name = '', value = ''] = /^([\w-]+)\s*:\s*(.*)$/.exec(line) ?? []
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value])
  }
  const length = Number(headers.get('content-length')?.[0] ?? 0)
  if (!(length >= 0 && length <= MOST_BODY)) return { kind: 'nonsense' }
  const used = end + 4 + length
  if (bytes.length < used) return { kind: 'more' }
  const status = /^RTSP\/1\.\d (\d{3})/.exec(first)?.[1]
  if (status === undefined)
    return /^[A-Z_]+ \S+ RTSP\/1\.\d$/.test(first) ? { kind: 'call', used } : { kind: 'nonsense' }
  const body = bytes.toString('utf8', end + 4, used)
  return { kind: 'answer', answer: { status: Number(status), headers, body }, used }
}

export interface VideoTrack {
  /** Where it is set up. */
  readonly control: string
  readonly clockRate: number
}

/** The first video of a description (SDP); undefined where there is none. */
export function videoOf({ body, headers }: RtspAnswer, url: string): VideoTrack | undefined {
  const sections = body.split(/^(?=m=)/m)
  const video = sections.find((one) => one.startsWith('m=video'))
  if (video === undefined) return undefined
  const base = headers.get('content-base')?.[0] ?? headers.get('content-location')?.[0] ?? url
  const control = /^a=control:(\S+)/m.exec(video)?.[1] ?? '*'
  const rate = Number(/^a=rtpmap:\d+ [^/\s]+\/(\d+)/m.exec(video)?.[1] ?? 90_000)
  const clockRate = rate > 0 && rate <= 1e9 ? rate : 90_000
  if (control === '*') return { control: base, clockRate }
  if (/^rtsps?:/i.test(control)) return { control, clockRate }
  return { control: `${base.replace(/\/$/, '')}/${control.replace(/^\//, '')}`, clockRate }
}

export interface Login {
  readonly username: string
  readonly password: string
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

/** The header by which one says who one is, as the camera wants it (RFC 2617); undefined where it wants something else. */
export function authorization(
  challenges: readonly string[],
  { username, password }: Login,
  { method, uri }: { readonly method: string; readonly uri: string },
): string | undefined {
  const digest = challenges.find((one) => /^digest\s/i.test(one))
  if (digest === undefined) {
    if (!challenges.some((one) => /^basic\b/i.test(one))) return undefined
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  }
  const field = (name: string) =>
    new RegExp(`[\\s,]${name}=(?:"([^"]*)"|([^\\s,]+))`, 'i')
      .exec(digest)
      ?.slice(1)
      .find((one) => one !== undefined)
  const algorithm = field('algorithm')
  if (algorithm !== undefined && algorithm.toUpperCase() !== 'MD5') return undefined
  const [realm = '', nonce = ''] = [field('realm'), field('nonce')]
  const who = md5(`${username}:${realm}:${password}`)
  const what = md5(`${method}:${uri}`)
  const told = `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}"`
  if (!/\bauth\b/.test(field('qop') ?? '')) return `${told}, response="${md5(`${who}:${nonce}:${what}`)}"`
  const [count, own] = ['00000001', md5(nonce).slice(0, 16)]
  const response = md5(`${who}:${nonce}:${count}:${own}:auth:${what}`)
  return `${told}, qop=auth, nc=${count}, cnonce="${own}", response="${response}"`
}
