/**
 * The vision workers as one: requests in, answers out.
 */
import { aborted } from '../lib/abort.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { VisionClient } from './client.ts'
import { createCrew, type Pace, type Workers } from './crew.ts'
import { createDesk, type Desk } from './desk.ts'
import type { Ready } from './protocol.ts'

export interface Pool extends Pick<Desk, 'ask' | 'waiting' | 'inHand' | 'closed'>, AsyncDisposable {
  /** What the first worker has loaded, and so all of them. */
  readonly ready: Ready
  readonly workers: Workers
}

export interface PoolDeps {
  readonly wanted: number
  /** Given what the first worker has loaded, another one like it. */
  open(first?: Ready): VisionClient
  /** Told once, when only a restart helps: `VISION_STUCK` or `VISION_ENDED`. */
  onFatal(error: BarnboxError): void
  readonly log: Log
  /** Gives up the start. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Resolves when the first worker has loaded the models; it converts them where needed, so that the others, which follow
 * by themselves, find them made. Rejects with why the first could not, `INTERNAL` where the signal aborted before.
 */
export async function startPool(
  { wanted, open, onFatal, log, signal }: PoolDeps,
  pace?: Pace,
): Promise<Pool> {
  const first = open()
  let ready: Ready
  try {
    ready = await unlessStopped(first.ready, signal)
  } catch (thrown) {
    await first[Symbol.asyncDispose]()
    const error = asBarnboxError(thrown)
    // Its thread never ends, and holds the process: nothing but a kill is left.
    if (error.code === 'VISION_STUCK') onFatal(error)
    if (error.code !== 'VISION_DIED') throw error
    throw new BarnboxError('VISION_ENDED', 'the vision worker ended while it loaded', { cause: error })
  }
  const desk = createDesk()
  const giveUp = (error: BarnboxError) => {
    onFatal(error)
    desk.close(error)
  }
  const check = (other: Ready) => {
    checkSame(ready, other)
    tellElsewhere(ready, other, log)
  }
  const { join, leave } = desk
  const crew = createCrew(first, { wanted, open: () => open(ready), check, join, leave, giveUp, log }, pace)
  return {
    ready,
    get workers() {
      return crew.workers
    },
    get waiting() {
      return desk.waiting
    },
    get inHand() {
      return desk.inHand
    },
    get closed() {
      return desk.closed
    },
    ask: desk.ask,
    async [Symbol.asyncDispose]() {
      desk.close(new BarnboxError('INTERNAL', 'vision has been stopped'))
      await crew[Symbol.asyncDispose]()
    },
  }
}

async function unlessStopped(ready: Promise<Ready>, signal: AbortSignal | undefined): Promise<Ready> {
  const loaded = await (signal ? Promise.race([aborted(signal), ready]) : ready)
  if (loaded) return loaded
  throw new BarnboxError('INTERNAL', 'vision has been stopped')
}

/** Vectors of different embedders must not meet: a model that was exchanged on the disk waits for a restart. */
function checkSame(first: Ready, other: Ready): void {
  if (first.embedder === null || first.embedder.id === other.embedder?.id) return
  const { code, message } = other.about.embedderFault ?? {
    code: 'MODEL_BROKEN',
    message: 'the embedder is another one than at the start; restart barnbox',
  }
  throw new BarnboxError(code, message)
}

/** A GPU may have no memory left for one more worker: it works all the same, on the CPU. */
function tellElsewhere(first: Ready, other: Ready, log: Log): void {
  for (const part of ['detector', 'embedder'] as const) {
    const on = other.about.running[part]
    if (!on || on.provider === first.about.running[part]?.provider) continue
    log.warn({ part, provider: on.provider, reason: on.fallback }, 'a further worker fell back to the CPU')
  }
}
