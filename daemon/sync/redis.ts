/**
 * Tells BarnHand's Redis where each horse is, as BarnHand's tracker notes it there. The only importer of `@redis/client`. Only the newest
 * state of a horse is ever kept, once a second at most it is written, and nothing waits for it.
 */
import { createClient, ErrorReply } from '@redis/client'
import { sleep } from '../lib/abort.ts'
import { BarnboxError, type ErrorCode } from '../lib/errors.ts'
import { ladderMs } from '../lib/ladder.ts'
import type { Log } from '../lib/log.ts'
import type { RedisView } from '../sync-types.ts'
import type { Analysed, Clock, HorseId, SeenBox } from '../types.ts'
import { bboxOf, type Told } from './barnhand.ts'

export interface MirrorParts {
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** The row that a horse has in BarnHand's table: one without is not told. */
  readonly told: (id: HorseId) => Told | undefined
  /** Whether residents may be told. */
  readonly isOfficial: boolean
  readonly clock: Clock
  readonly log: Log
  readonly random?: () => number
  /** For tests, that do not wait as long. */
  readonly answerWithinMs?: number
}

export interface Mirror extends AsyncDisposable {
  /** Notes a frame; never waits. */
  readonly see: (frame: Analysed) => void
  readonly view: () => RedisView
}

const keptSeconds = 300
const everyMs = 1000
/** The time of writing is all that a state has: one that could not be written for so long would lie. */
const freshMs = 5000
const answerMs = 3000

interface Seen {
  readonly box: SeenBox
  readonly monoMs: number
}

export function startMirror(parts: MirrorParts, signal: AbortSignal): Mirror {
  const { told, clock, isOfficial, log, random = Math.random } = parts
  const newest = new Map<HorseId, Seen>()
  const keys = new Map<HorseId, string>()
  let view: RedisView = { state: 'connecting', fault: null, written: 0, dropped: 0 }
  const turn = (next: Partial<RedisView>) => (view = { ...view, ...next })
  const drop = (count: number) => turn({ dropped: view.dropped + count })
  /** Everything that waits, taken: what is not written then is given up. */
  const take = () => {
    const oldest = clock.monoMs() - freshMs
    const found = [...newest].flatMap(([id, { box, monoMs }]) => {
      const row = told(id)
      return row && monoMs >= oldest
        ? [{ id, key: keyOf(row), state: stateOf(row, box, clock.utcMs(), isOfficial) }]
        : []
    })
    drop(newest.size - found.length)
    newest.clear()
    return found
  }
  const flush = async (client: Client) => {
    const states = take()
    // A horse that is gone must not come back by what BarnHand still finds of it.
    const gone = [...keys].filter(([id]) => told(id) === undefined)
    const writing = states.map(({ key, state }) =>
      client.set(key, JSON.stringify(state), { expiration: { type: 'EX', value: keptSeconds } }),
    )
    const removing = gone.map(([, key]) => client.del(key))
    try {
      await all(states.length + gone.length === 0 ? [client.ping()] : [...writing, ...removing])
    } catch (error) {
      drop(states.length)
      throw error
    }
    for (const { id, key } of states) keys.set(id, key)
    for (const [id] of gone) keys.delete(id)
    turn({ state: 'connected', fault: null, written: view.written + states.length })
  }
  const keepGoing = async () => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await using client = await connect(parts)
        for (; !signal.aborted; await sleep(everyMs, signal)) {
          await within(parts, flush(client.is))
          failures = 0
        }
      } catch (thrown) {
        if (signal.aborted) return
        const { code, message } = failureOf(thrown)
        if (view.fault?.code !== code)
          log.warn({ code, reason: message }, 'Redis is not told where horses are')
        turn({ state: 'waiting', fault: { code, detail: message } })
        await sleep(ladderMs(++failures, random), signal)
      }
    }
  }
  const running = keepGoing()
  return {
    see({ streamId, boxes }) {
      const monoMs = clock.monoMs()
      for (const box of boxes) {
        const row = box.horseId && told(box.horseId)
        // A box lies in the picture of the camera that saw it, and the key names the horse's own.
        if (box.horseId && row?.horse.streamId === streamId) newest.set(box.horseId, { box, monoMs })
      }
    },
    view: () => view,
    [Symbol.asyncDispose]: () => running,
  }
}

const keyOf = ({ streamId, trackingId }: Told) => `horse:${streamId}:${trackingId}:state`

/** What BarnHand writes there, and nothing else: no name, colour or number. */
function stateOf({ streamId, trackingId, horse }: Told, box: SeenBox, utcMs: number, isOfficial: boolean) {
  return {
    ...{ horse_id: trackingId, stream_id: streamId, last_updated: utcMs / 1000, bbox: bboxOf(box.box) },
    ...{ confidence: box.score, total_detections: horse.detections },
    ...{ is_official: isOfficial && horse.officialMs !== null, features: [...(horse.vector ?? [])] },
    ...{ behavioral_state: {}, tracking_confidence: box.certainty ?? 0 },
  }
}

type Way = Pick<MirrorParts, 'url' | 'username' | 'password' | 'answerWithinMs'>

const probeKey = 'horse:barnbox-check:barnbox_horse_0:state'

/** Writes a state where no stream is, and takes it away again. Throws a `REDIS_...` error. */
export async function checkRedis(parts: Way): Promise<void> {
  try {
    await using client = await connect(parts)
    const { is } = client
    await within(parts, is.ping())
    await within(parts, is.set(probeKey, '{}', { expiration: { type: 'EX', value: 1 } }))
    await within(parts, is.del(probeKey))
  } catch (thrown) {
    throw failureOf(thrown)
  }
}

type Client = ReturnType<typeof clientOf>

function clientOf({ url, username, password, answerWithinMs = answerMs }: Way) {
  return createClient({
    ...{ url, ...(username !== undefined && { username }), ...(password !== undefined && { password }) },
    // What cannot be written now is given up: nothing is queued, and whoever connects again is we.
    ...{ disableOfflineQueue: true, disableClientInfo: true, maintNotifications: 'disabled' },
    socket: { connectTimeout: answerWithinMs, socketTimeout: 0, reconnectStrategy: false },
  })
}

async function connect(parts: Way): Promise<{ is: Client } & AsyncDisposable> {
  const is = clientOf(parts)
  let lost: unknown
  is.on('error', (error: unknown) => {
    lost = error
  })
  const end = async () => {
    if (is.isOpen) is.destroy()
  }
  try {
    await within(parts, is.connect())
  } catch (error) {
    await end()
    throw lost ?? error
  }
  return { is, [Symbol.asyncDispose]: end }
}

/** The first that is refused, once all are answered: none is left without an ear. */
async function all(answers: readonly Promise<unknown>[]): Promise<void> {
  for (const answer of await Promise.allSettled(answers))
    if (answer.status === 'rejected') throw answer.reason
}

/** A Redis that hangs is one that is gone. */
async function within<T>(
  { answerWithinMs = answerMs }: Pick<Way, 'answerWithinMs'>,
  work: Promise<T>,
): Promise<T> {
  const done = new AbortController()
  const late = sleep(answerWithinMs, done.signal).then(() => {
    throw new BarnboxError('REDIS_UNREACHABLE', `no answer within ${answerWithinMs} ms`)
  })
  late.catch(() => {})
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
  }
}

const byReply: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(NOAUTH|WRONGPASS|NOPERM|DENIED|ERR AUTH|ERR invalid password)/i, 'REDIS_REFUSED'],
  [/^(OOM|MISCONF)/, 'REDIS_FULL'],
  [/^READONLY/, 'REDIS_READ_ONLY'],
  [/^(LOADING|MASTERDOWN|BUSY|CLUSTERDOWN|TRYAGAIN)/, 'REDIS_UNREACHABLE'],
]

const certificateCodes =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|INVALID_CA|ERR_SSL_)/

function failureOf(error: unknown): BarnboxError {
  if (error instanceof BarnboxError) return error
  const { code, message } = Object(error) as { code?: unknown; message?: unknown }
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error)
  const found = byReply.find(([form]) => form.test(text))?.[1]
  const other = error instanceof ErrorReply ? 'REDIS_FAILED' : 'REDIS_UNREACHABLE'
  const isCertificate = typeof code === 'string' && certificateCodes.test(code)
  return new BarnboxError(found ?? (isCertificate ? 'REDIS_CERTIFICATE' : other), text, { cause: error })
}
