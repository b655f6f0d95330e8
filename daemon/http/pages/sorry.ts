/**
 * Errors as pages, where a person asked: words in the person's language and a way back, not a line of JSON.
 */
import type { Context, ErrorHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { sorryPage } from '../../../web/pages/sorry.ts'
import type { Words } from '../../../web/words/en.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { Assets } from '../assets.ts'
import { pageOf } from '../back.ts'
import { bareFrame, spokenTo } from '../language.ts'
import { refusedFor } from '../refused.ts'
import { frameOf } from './board.ts'

/** A browser that opens a page or sends a form. */
function isPerson(c: Context): boolean {
  const says = (name: string, text: string) => (c.req.header(name) ?? '').includes(text)
  const isForm =
    says('content-type', 'application/x-www-form-urlencoded') || says('content-type', 'form-data')
  return (
    !c.req.path.startsWith('/api/') && (says('accept', 'text/html') || (c.req.method === 'POST' && isForm))
  )
}

/** By what status it is said, where nothing is known that says more. */
function byStatus({ problems }: Words['record'], status: number): string {
  const said: Readonly<Record<number, string>> = {
    403: problems.forbidden,
    404: problems.nothing,
    500: problems.broken,
    503: problems.later,
  }
  return said[status] ?? problems.other
}

/** What is said, and what more there is in English. */
function wordsFor(c: Context, error: Error, status: number): readonly [words: string, more: string | null] {
  const { record } = spokenTo(c).words
  if (error instanceof BarnboxError && error.kind === 'input') {
    if (error.code === 'NOT_FOUND') return [record.problems.gone, null]
    if (error.code === 'STALE') return [record.problems.stale, null]
    return [refusedFor(c, error, {}), null]
  }
  // The words of a bug are for the log; that there is nothing needs no more.
  const isTold = status !== 404 && status !== 500
  return [byStatus(record, status), isTold ? error.message : null]
}

/** `answer` says it to programs, and notes what is to be noted. */
export function sorry(assets: Assets, answer: ErrorHandler): ErrorHandler {
  return async (error, c) => {
    const plain = await answer(error, c)
    if (!isPerson(c)) return plain
    const isKnown = c.get('caller') !== undefined
    const frame = isKnown ? frameOf(c, assets) : bareFrame(c, assets)
    const [words, more] = wordsFor(c, error, plain.status)
    const back = pageOf(c.req.header('referer'))
    return c.html(sorryPage(frame, words, more, back), plain.status as ContentfulStatusCode)
  }
}
