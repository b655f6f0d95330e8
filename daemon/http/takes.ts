/**
 * What a route takes of a request: checked before the route, and noted for the document of the API, which so cannot say
 * anything else.
 */
import { validator } from 'hono/validator'
import type { z } from 'zod'
import { parse } from './checks.ts'

/** A part of a request and how it must look. */
export interface Taken {
  readonly part: 'path' | 'query' | 'body'
  readonly schema: z.ZodType
}

const noted = new WeakMap<object, Taken>()

/** What a handler was noted to take. */
export const takenBy = (handler: object): Taken | undefined => noted.get(handler)

/** Notes what a handler checks by itself. */
export function note<Handler extends object>(
  handler: Handler,
  part: Taken['part'],
  schema: z.ZodType,
): Handler {
  noted.set(handler, { part, schema })
  return handler
}

/** The parameters in the address. */
export function takesPath<T>(schema: z.ZodType<T>) {
  return note(
    validator('param', (value) => parse(schema, value)),
    'path',
    schema,
  )
}

/** What stands behind the question mark. */
export function takesQuery<T>(schema: z.ZodType<T>) {
  return note(
    validator('query', (value) => parse(schema, value)),
    'query',
    schema,
  )
}

/** A body of JSON. */
export function takesBody<T>(schema: z.ZodType<T>) {
  return note(
    validator('json', (value) => parse(schema, value)),
    'body',
    schema,
  )
}
