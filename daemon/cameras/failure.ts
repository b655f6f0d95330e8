/**
 * Why a camera gives no picture, in plain words that hold no secret. Pure.
 */

import type { ErrorCode } from '../lib/errors.ts'
import { redact } from '../lib/redact.ts'
import type { FaultReason } from '../types.ts'
import { encode, SOCKET_TIMEOUT_US } from './arguments.ts'

export type Fault =
  | 'unreachable'
  | 'refused'
  | 'not-found'
  | 'no-video'
  | 'not-a-video'
  | 'decoder'
  | 'silent'
  | 'ended'

export interface Failure {
  readonly fault: Fault
  readonly code: ErrorCode
  /** What a person can do something about. */
  readonly reason: FaultReason
  readonly detail: string
}

/** Where nothing is known that says more. */
const REASONS: Record<Fault, FaultReason> = {
  unreachable: 'timeout',
  refused: 'password',
  'not-found': 'path',
  'no-video': 'no-video',
  'not-a-video': 'not-rtsp',
  decoder: 'codec',
  silent: 'silent',
  ended: 'ended',
}

const CODES: Record<Fault, ErrorCode> = {
  unreachable: 'CAMERA_UNREACHABLE',
  refused: 'CAMERA_REFUSED',
  'not-found': 'CAMERA_NOT_FOUND',
  'no-video': 'CAMERA_NO_VIDEO',
  'not-a-video': 'CAMERA_NO_VIDEO',
  decoder: 'CAMERA_DECODER',
  silent: 'CAMERA_SILENT',
  ended: 'CAMERA_UNREACHABLE',
}

/**
 * What ffmpeg and GStreamer say of hardware that cannot decode; the most telling first, for one failure is said several
 * times. That line is what is shown.
 */
const DECODER: readonly RegExp[] = [
  /No VA display found|Failed to initialise VAAPI|(?:Cannot|Failed to) open .*\/dev\/dri/i,
  /Cannot load lib(?:cuda|nvcuvid)|dynamically load CUDA|CUDA_ERROR/i,
  /Could not find a valid device|can't configure decoder/i,
  /No support for codec|Unknown decoder '\w+_v4l2m2m'/i,
  /no element "/i,
  /Unrecognized hwaccel|No such filter: '(?:scale_\w+|hwdownload)'/i,
  /No decoder surfaces left|hwaccel initialisation returned error|Failed setup for format/i,
  /Device creation failed|Device setup failed|No device available for decoder/i,
  /Impossible to convert between the formats supported by the filter/i,
]

/** First match wins: a refused connection also ends in general complaints. */
const KNOWN: readonly [pattern: RegExp, fault: Fault, reason: FaultReason, detail: string][] = [
  [/\b401\b/, 'refused', 'password', 'the camera refused the user name or password (401)'],
  [/\b403\b/, 'refused', 'forbidden', 'the camera forbids this user its stream (403)'],
  [/\b404\b/, 'not-found', 'path', 'the camera has no stream at this path (404)'],
  [/\b453\b/, 'refused', 'busy', 'the camera has no bandwidth left for one more viewer (453)'],
  [/\b461\b/, 'refused', 'transport', 'the camera does not offer this transport: try tcp or udp (461)'],
  [/\b503\b/, 'unreachable', 'busy', 'the camera cannot serve its stream now (503)'],
  [
    /Connection refused/i,
    'unreachable',
    'closed',
    'connection refused: nothing listens on this address and port',
  ],
  [
    /No route to host|Network is unreachable|Host is unreachable/i,
    'unreachable',
    'no-way',
    'no way to the camera',
  ],
  [
    /Name or service not known|Temporary failure in name|resolve hostname/i,
    'unreachable',
    'no-host',
    'unknown host name',
  ],
  [
    /Connection timed out|Operation timed out/i,
    'unreachable',
    'timeout',
    'the camera does not answer (timeout)',
  ],
  [
    /Connection reset|Broken pipe|server closed the connection/i,
    'unreachable',
    'broken-off',
    'the camera broke the connection',
  ],
  [
    /Timeout while waiting for server|Could not (?:receive|send) message/i,
    'unreachable',
    'mute',
    'the camera takes the connection but does not answer',
  ],
  [
    /Could not receive any UDP packets/i,
    'unreachable',
    'transport',
    'nothing comes over udp: try transport tcp',
  ],
  [/(?:Failed|Could not) (?:to )?connect/i, 'unreachable', 'closed', 'no connection to the camera'],
  [/Error in the pull function|tls|ssl/i, 'unreachable', 'tls', 'no secure connection (TLS) with the camera'],
  [
    /matches no streams|does not contain any stream/i,
    'no-video',
    'no-video',
    'the stream has no video in it',
  ],
  [
    /Delayed linking failed|reason not-linked/i,
    'not-a-video',
    'codec',
    'the stream is not of the kind that codec names',
  ],
  [
    /Decoder \(codec .*\) not found|Unknown decoder/i,
    'not-a-video',
    'codec',
    'this ffmpeg cannot decode the video',
  ],
  [
    /Could not find codec parameters|Invalid data found/i,
    'not-a-video',
    'not-rtsp',
    'what comes is not a video',
  ],
]

const LONGEST_DETAIL = 200
/** ffmpeg calls an answer that never came invalid data: after so long it was the silence that ended it. */
const MUTE_AFTER_MS = SOCKET_TIMEOUT_US / 1_000

/** The failure that ffmpeg's complaints tell of; `ended` when they say nothing known. */
export function classify(
  complaints: readonly string[],
  hide: (text: string) => string,
  ranForMs = 0,
): Failure {
  // Without its prefix a line shows neither an address in memory nor a number that looks like an answer's.
  const bare = complaints.map(withoutPrefix)
  const decoders = decoderFailure(bare, hide)
  if (decoders) return decoders
  const said = bare.map((line) => line.replace(/\w+:\/\/\S+/g, ''))
  for (const [pattern, fault, reason, detail] of KNOWN) {
    if (!said.some((line) => pattern.test(line))) continue
    if (fault === 'not-a-video' && ranForMs >= MUTE_AFTER_MS) {
      return failure('unreachable', 'the camera takes the connection but does not answer', 'mute')
    }
    return failure(fault, detail, reason)
  }
  const last = bare.at(-1)
  return failure(
    'ended',
    last ? `the stream ended: ${hide(last).slice(0, LONGEST_DETAIL)}` : 'the camera ended the stream',
  )
}

/** A line of ffmpeg's log without who said it, and how bad it is. */
export function withoutPrefix(line: string): string {
  return line.replace(/^(?:\[[^\]]*\]\s*)+/, '')
}

function decoderFailure(complaints: readonly string[], hide: (text: string) => string): Failure | undefined {
  for (const pattern of DECODER) {
    const line = complaints.find((one) => pattern.test(one))
    if (!line) continue
    const element = /no element "([\w-]+)"/.exec(line)?.[1]
    if (!element) return failure('decoder', hide(line).slice(0, LONGEST_DETAIL))
    const origin = element.startsWith('nv') ? ": it is part of a Jetson's JetPack" : ''
    return failure('decoder', `GStreamer has no ${element} here${origin}`)
  }
  return undefined
}

export function failure(fault: Fault, detail: string, reason: FaultReason = REASONS[fault]): Failure {
  return { fault, code: CODES[fault], reason, detail }
}

/** Redaction that also knows this camera's password, raw and as it stands in the address. */
export function createHide(password: string | undefined): (text: string) => string {
  // One or two letters would blot out innocent text, and addresses are covered anyway.
  if (password === undefined || password.length < 3) return redact
  return (text) => redact(text).replaceAll(password, '***').replaceAll(encode(password), '***')
}
