/**
 * A way out: a browser on a telephone, through its maker's push service. Messages are encrypted for that browser alone (RFC 8291), so
 * that the service sees when something is told and never what.
 */
import webPush, { type VapidKeys } from 'web-push'
import type { PushAddress, PushDevice, PushDeviceId, PushNote, Severity } from '../presence-types.ts'
import { Later, type Message, Refused, type Sink } from './deliver.ts'

/** What the box shows itself to push services by. */
export interface PushSender {
  readonly keys: VapidKeys
  /** `mailto:` or `https:`. */
  readonly contact: string
  /** So long a service keeps a message for a device that is away. */
  readonly ttlSeconds: number
}

export interface PushParts {
  readonly sender: PushSender
  /** As it is now; undefined once it is gone. */
  readonly device: (id: PushDeviceId) => PushDevice | undefined
  readonly note: (message: Message, language: string) => PushNote
  /** Its service says that there is no such browser any more. */
  readonly gone: (id: PushDeviceId) => void
}

export const pushSinkName = (id: PushDeviceId) => `push:${id}`
export const isPushSink = (name: string) => name.startsWith('push:')

export function pushSink({ id, least }: Pick<PushDevice, 'id' | 'least'>, parts: PushParts): Sink {
  return {
    ...{ name: pushSinkName(id), least },
    async deliver(message, signal) {
      const device = parts.device(id)
      if (!device) throw new Refused('this browser is told nothing any more')
      const { alert, edge } = message
      const urgency = edge === 'cleared' ? 'low' : urgencies[alert.severity]
      const sent = { note: parts.note(message, device.language), urgency, sender: parts.sender }
      const answer = await sendPush(device, sent, signal)
      if (answer.isGone) parts.gone(id)
      if (answer.problem) throw answer.problem
    },
  }
}

const urgencies = { critical: 'high', warning: 'normal', info: 'low' } as const satisfies Record<
  Severity,
  string
>

export interface Sent {
  readonly note: PushNote
  readonly urgency: 'low' | 'normal' | 'high'
  readonly sender: PushSender
}

/** What became of a message; `isGone`: there is no such browser any more. */
export interface PushAnswer {
  readonly isGone: boolean
  /** Null where the service has taken it. */
  readonly problem: Refused | Later | null
}

const timeoutMs = 15_000
/** Of the answers that refuse: a box whose clock is wrong signs what no service believes, until the clock is right. */
const curable = [401, 403, 408, 429]
const taken: PushAnswer = { isGone: false, problem: null }

/** Throws what the network says where the service cannot be reached. */
export async function sendPush(
  { endpoint, p256dh, auth }: PushAddress,
  { note, urgency, sender }: Sent,
  signal: AbortSignal,
): Promise<PushAnswer> {
  const { keys, contact, ttlSeconds } = sender
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  const { method, headers, body } = webPush.generateRequestDetails(
    { endpoint, keys: { p256dh: base64(p256dh), auth: base64(auth) } },
    JSON.stringify(note),
    {
      ...{ vapidDetails: { ...keys, subject: contact }, contentEncoding: 'aes128gcm' },
      // A topic may have 32 characters: an id without its dashes.
      ...{ TTL: ttlSeconds, urgency, topic: note.tag.replaceAll('-', '').slice(0, 32) },
    },
  )
  const texts = Object.entries(headers).filter(([name]) => name !== 'Content-Length')
  const answer = await fetch(endpoint, {
    ...{ method, body, redirect: 'error' },
    headers: texts.map(([name, value]) => [name, String(value)] as [string, string]),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  })
  // Nobody needs the words of a service, however many it has.
  await answer.body?.cancel()
  return judge(answer)
}

function judge({ ok, status, headers }: Response): PushAnswer {
  if (ok) return taken
  const words = `the push service answered ${status}`
  if (status === 404 || status === 410) return { isGone: true, problem: new Refused(words) }
  if (curable.includes(status) || status >= 500)
    return { isGone: false, problem: new Later(words, secondsOf(headers.get('retry-after')) * 1000) }
  return { isGone: false, problem: new Refused(words) }
}

/** Of a date nothing is made: the ladder does as well. */
const secondsOf = (retryAfter: string | null) => (/^\d{1,9}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0)
