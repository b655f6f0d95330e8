/**
 * How large a request's body may be.
 */
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'

export function limitBody(maxSize: number): MiddlewareHandler {
  const onError = () => {
    throw new HTTPException(413, { message: 'This is more than barnbox takes in one request.' })
  }
  return bodyLimit({ maxSize, onError })
}
