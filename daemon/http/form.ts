/**
 * The body of a plain HTML form.
 */
import type { Context } from 'hono'
import { BarnboxError } from '../lib/errors.ts'

/**
 * The form's fields, none where the body is of another kind; throws `BAD_REQUEST` for a form that is none. A field that
 * comes more than once is a list.
 */
export async function readForm(c: Context): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await c.req.parseBody({ all: true })
  } catch (cause) {
    // The parser throws a bare TypeError; the body's size was looked at before.
    throw new BarnboxError('BAD_REQUEST', 'The form cannot be read.', { cause })
  }
}
