/**
 * Why a camera gives no picture, in plain words that hold no secret. Pure.
 */
import type { ErrorCode } from '../lib/errors.ts'
import { redact } from '../lib/redact.ts'
import { encode, SOCKET_TIMEOUT_US } from './arguments.ts'

export type Fault = 'unreachable' | 'refused' | 'not-found' | 'not-a-video' | 'silent' | 'ended'

export interface Failure {
  readonly fault: Fault
  readonly code: ErrorCode
  readonly detail: string
}

const CODES: Record<Fault, ErrorCode> = {
  unreachable: 'CAMERA_UNREACHABLE',
  refused: 'CAMERA_REFUSED',
  'not-found': 'CAMERA_NOT_FOUND',
  'not-a-video': 'CAMERA_NO_VIDEO',
  silent: 'CAMERA_SILENT',
  ended: 'CAMERA_UNREACHABLE',
}

/** First match wins: a refused connection also ends in general complaints. */
const KNOWN: readonly [pattern: RegExp, fault: Fault, detail: string][] = [
  [/\b401\b/, 'refused', 'the camera refused the user name or password (401)'],
  [/\b403\b/, 'refused', 'the camera forbids this user its stream (403)'],
  [/\b404\b/, 'not-found', 'the camera has no stream at this path (404)'],
  [/\b453\b/, 'refused', 'the camera has no bandwidth left for one more viewer (453)'],
  [/\b461\b/, 'refused', 'the camera does not offer this transport: try tcp or udp (461)'],
  [/\b503\b/, 'unreachable', 'the camera cannot serve its stream now (503)'],
  [/Connection refused/i, 'unreachable', 'connection refused: nothing listens on this address and port'],
  [/No route to host|Network is unreachable|Host is unreachable/i, 'unreachable', 'no way to the camera'],
  [
    /Name or service not known|Temporary failure in name|resolve hostname/i,
    'unreachable',
    'unknown host name',
  ],
  [/Connection timed out|Operation timed out/i, 'unreachable', 'the camera does not answer (timeout)'],
  [/Connection reset|Broken pipe/i, 'unreachable', 'the camera broke the connection'],
  [/Error in the pull function|tls|ssl/i, 'unreachable', 'no secure connection (TLS) with the camera'],
  [/matches no streams|does not contain any stream/i, 'not-a-video', 'the stream has no video in it'],
  [/Decoder \(codec .*\) not found|Unknown decoder/i, 'not-a-video', 'this ffmpeg cannot decode the video'],
  [/Could not find codec parameters|Invalid data found/i, 'not-a-video', 'what comes is not a video'],
]

/** ffmpeg calls an answer that never came invalid data: after so long it was the silence that ended it. */
const MUTE_AFTER_MS = SOCKET_TIMEOUT_US / 1_000

/** The failure that ffmpeg's complaints tell of; `ended` when they say nothing known. */
export function classify(
  complaints: readonly string[],
  hide: (text: string) => string,
  ranForMs = 0,
): Failure {
  // Without its prefix a line shows neither an address in memory nor a number that looks like an answer's.
  const said = complaints.map((line) => line.replace(/^(?:\[[^\]]*\]\s*)+/, '').replace(/\w+:\/\/\S+/g, ''))
  for (const [pattern, fault, detail] of KNOWN) {
    if (!said.some((line) => pattern.test(line))) continue
    if (fault === 'not-a-video' && ranForMs >= MUTE_AFTER_MS) {
      return failure('unreachable', 'the camera takes the connection but does not answer')
    }
    return failure(fault, detail)
  }
  const last = complaints.at(-1)?.replace(/^(?:\[[^\]]*\]\s*)+/, '')
  return failure(
    'ended',
    last ? `the stream ended: ${hide(last).slice(0, 200)}` : 'the camera ended the stream',
  )
}

export function failure(fault: Fault, detail: string): Failure {
  return { fault, code: CODES[fault], detail }
}

/** Redaction that also knows this camera's password, raw and as it stands in the address. */
export function createHide(password: string | undefined): (text: string) => string {
  // One or two letters would blot out innocent text, and addresses are covered anyway.
  if (password === undefined || password.length < 3) return redact
  return (text) => redact(text).replaceAll(password, '***').replaceAll(encode(password), '***')
}
