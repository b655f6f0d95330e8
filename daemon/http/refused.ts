/**
 * Why what a form asked for was refused, in the language of whoever filled it in. Programs are told in English.
 */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { codeLine, refusalLine } from '../../web/refusals.ts'
import { BarnboxError } from '../lib/errors.ts'
import { spokenTo } from './language.ts'

/** What forms are refused with as a whole. */
const ofForms: Readonly<Record<number, string>> = { 429: 'TOO_MANY_TRIES', 503: 'TOO_MANY_AT_ONCE' }

/** `labels`: what the page calls each field. */
export function refusedFor(c: Context, error: Error, labels: Readonly<Record<string, string>>): string {
  const spoken = spokenTo(c)
  if (error instanceof HTTPException) return codeLine(spoken, ofForms[error.status] ?? '') ?? error.message
  if (!(error instanceof BarnboxError)) return error.message
  const { refusals } = error.context
  if (Array.isArray(refusals)) return refusalLine(spoken, refusals, labels)
  return codeLine(spoken, error.code) ?? error.message
}
