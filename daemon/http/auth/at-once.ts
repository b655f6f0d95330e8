/**
 * Passwords are compared a few at a time, whoever asks: each takes 32 MB for a quarter of a second.
 */
import { HTTPException } from 'hono/http-exception'

const MOST_AT_ONCE = 4

export type AtOnce = <T>(work: () => Promise<T>) => Promise<T>

export function limitAtOnce(): AtOnce {
  let busy = 0
  return async (work) => {
    if (busy >= MOST_AT_ONCE)
      throw new HTTPException(503, { message: 'Too many log-ins at once. Try again.' })
    busy++
    try {
      return await work()
    } finally {
      busy--
    }
  }
}
