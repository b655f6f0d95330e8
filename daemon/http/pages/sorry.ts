/**
 * Errors of pages, as pages. What is not the asker's affair goes the way of all errors.
 */
import type { ErrorHandler } from 'hono'
import { sorryPage } from '../../../web/pages/sorry.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { Assets } from '../assets.ts'
import { pageOf } from '../back.ts'
import { statusOf } from '../errors.ts'
import { refusedFor } from '../refused.ts'
import { frameOf } from './board.ts'

export function sorry(assets: Assets): ErrorHandler {
  return (error, c) => {
    if (!(error instanceof BarnboxError) || error.kind !== 'input') throw error
    const frame = frameOf(c, assets)
    const { gone, stale } = frame.words.record.problems
    const said = { NOT_FOUND: [gone, 404], STALE: [stale, 409] } as const
    const [words, status] =
      error.code === 'NOT_FOUND' || error.code === 'STALE'
        ? said[error.code]
        : ([refusedFor(c, error, {}), statusOf(error)] as const)
    return c.html(sorryPage(frame, words, pageOf(c.req.header('referer'))), status)
  }
}
