/**
 * Looks at boxes, each asked for by itself: between two of them others have their turn, and one that fails spoils
 * itself only.
 */
import { asBarnboxError, type BarnboxError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Box, Look, Picture } from '../types.ts'
import type { Pool } from './pool.ts'

export interface Looks {
  /** In order; undefined where a box shows nothing, where its look failed, and everywhere without an embedder. */
  embed(
    key: string,
    picture: Picture,
    boxes: readonly Box[],
    crops?: readonly boolean[],
  ): Promise<(Look | undefined)[]>
  /** Why there are no looks at all; null while there are. */
  readonly fault: string | null
}

/** So many failed looks in a row are no bad boxes but a bad embedder. */
const mostFailed = 5
/** Failures that follow one another within this time are told of once. */
const spellMs = 60_000

export function createLooks(pool: Pool, log: Log): Looks {
  const { embedder, about } = pool.ready
  let failed = 0
  let lastMs = Number.NEGATIVE_INFINITY
  let lastError: BarnboxError | undefined

  const succeed = () => {
    if (failed >= mostFailed) log.info({ embedder: about.embedder }, 'looks succeed again')
    failed = 0
  }
  const fail = (error: BarnboxError) => {
    failed++
    lastError = error
    const nowMs = performance.now()
    if (nowMs - lastMs > spellMs) log.error({ code: error.code, err: error }, 'a look failed')
    lastMs = nowMs
  }
  const take = (settled: PromiseSettledResult<(Look | undefined)[]>): Look | undefined => {
    if (settled.status === 'fulfilled') {
      const [look] = settled.value
      if (look) succeed()
      return look
    }
    const error = asBarnboxError(settled.reason)
    // Not the embedder's fault: there is nobody to ask, or nothing to look at.
    if (pool.closed || error.kind === 'input') throw error
    fail(error)
    return undefined
  }
  return {
    async embed(key, picture, boxes, crops = []) {
      if (embedder === null) return boxes.map(() => undefined)
      const asked = boxes.map((box, index) =>
        pool.ask(key, 'embed', { picture, boxes: [box], crops: [crops[index] ?? false] }),
      )
      // All are waited for, also when one has failed: the picture is looked at until then.
      return (await Promise.allSettled(asked)).map(take)
    },
    get fault() {
      if (about.embedderFault) return about.embedderFault.message
      return failed < mostFailed || !lastError ? null : `the embedder fails: ${lastError.message}`
    },
  }
}
