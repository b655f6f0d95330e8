/**
 * A way out: a POST of JSON to an address of the owner's, signed with what both sides know (HMAC-SHA256 of the body, in hex).
 */
import { createHmac } from 'node:crypto'
import type { Severity } from '../presence-types.ts'
import { Refused, type Sink } from './deliver.ts'
import { eventOf } from './event.ts'

export interface Webhook {
  readonly name: string
  readonly url: string
  readonly secret: string | undefined
  readonly least: Severity
}

const timeoutMs = 15_000
/** Of the answers that say that trying again is of no use: what people cure (rights, an address) and what passes by itself. */
const curable = [401, 403, 404, 408, 429]
const isFinal = (status: number) => status >= 400 && status < 500 && !curable.includes(status)

export function webhookSink({ name, url, secret, least }: Webhook): Sink {
  return {
    name: `webhook:${name}`,
    least,
    async deliver(message, signal) {
      const body = JSON.stringify(eventOf(message))
      const headers: Record<string, string> = {
        'content-type': 'application/json',
        'user-agent': 'barnbox',
        'barnbox-event': message.id,
      }
      if (secret !== undefined)
        headers['barnbox-signature'] = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
      const answer = await fetch(url, {
        ...{ method: 'POST', body, headers, redirect: 'error' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      await answer.body?.cancel()
      if (answer.ok) return
      const words = `it answered ${answer.status}`
      throw isFinal(answer.status) ? new Refused(words) : new Error(words)
    },
  }
}
