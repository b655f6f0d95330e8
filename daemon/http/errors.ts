/**
 * One place turns whatever was thrown into an answer: `{error, message, code}`.
 */
import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { asBarnboxError, type BarnboxError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not logged in',
  403: 'Refused',
  404: 'Not found',
  409: 'In conflict',
  413: 'Too large',
  416: 'No such part',
  426: 'WebSocket needed',
  429: 'Too many tries',
  500: 'Internal error',
  503: 'Not available',
}

/** Codes of the answers that only HTTP knows; all others come from `lib/errors`. */
const HTTP_CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'TOO_LARGE',
  416: 'NO_SUCH_PART',
  426: 'UPGRADE_REQUIRED',
  429: 'TOO_MANY_TRIES',
  503: 'NOT_AVAILABLE',
}

export const nothingHere = () => new HTTPException(404, { message: 'There is nothing at this address.' })

export function problem(
  c: Context,
  status: ContentfulStatusCode,
  message: string,
  code = HTTP_CODES[status],
): Response {
  return c.json({ error: TITLES[status] ?? 'Error', message, code: code ?? 'INTERNAL' }, status)
}

const conflicts = new Set<string>([
  'NAME_TAKEN',
  'LAST_ADMIN',
  'SET_UP',
  'STALE',
  'CAMERA_IN_CONFIG',
  'PUSH_OFF',
  'PUSH_LIMIT',
])

export function statusOf(error: BarnboxError): ContentfulStatusCode {
  if (error.code === 'NOT_FOUND') return 404
  if (error.code === 'UNAUTHORIZED') return 401
  if (error.code === 'CAMERA_BUSY') return 429
  if (conflicts.has(error.code)) return 409
  if (error.kind === 'input') return 400
  return error.kind === 'bug' ? 500 : 503
}

/** Maps the kind of an error to a status. A wrong request is the client's affair and is not logged. */
export function answerErrors(log: Log): ErrorHandler {
  return (thrown, c) => {
    if (thrown instanceof HTTPException) {
      // A middleware that knows more (a WWW-Authenticate or Retry-After header) brings its headers along.
      for (const [name, value] of thrown.res?.headers ?? []) c.header(name, value)
      return problem(c, thrown.status as ContentfulStatusCode, thrown.message)
    }
    const error = asBarnboxError(thrown)
    const status = statusOf(error)
    if (error.kind !== 'input') {
      log.error({ err: error, code: error.code, method: c.req.method, path: c.req.path }, 'a request failed')
    }
    // The words of a bug are for the log: they may name paths or SQL.
    const message =
      error.kind === 'bug' ? 'Something broke inside barnbox; its log says what.' : error.message
    return problem(c, status, message, error.code)
  }
}
