/**
 * What parameters and bodies must look like.
 */
import { z } from 'zod'
import { BarnboxError } from '../lib/errors.ts'
import type { HorseId, StreamId, UserId } from '../types.ts'
import { longestPassword, shortestPassword } from './auth/password.ts'

/** Parses or throws one `BAD_REQUEST` that names every problem with its field. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const where = issue.path.join('.')
    return where === '' ? issue.message : `${where}: ${issue.message}`
  })
  throw new BarnboxError('BAD_REQUEST', problems.join('; '), { context: { problems } })
}

const streamId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'is not the id of a camera')
  .transform((text) => text as StreamId)

const horseId = z.uuid('is not the id of a horse').transform((text) => text.toLowerCase() as HorseId)

export const streamParams = z.object({ id: streamId })
export const streamHorseParams = z.object({ id: streamId, horseId })
export const horseParams = z.object({ horseId })
export const listQuery = z.object({ summary: z.enum(['true', 'false']).optional() })

/** Control characters would break labels, logs and topics; notes may hold line ends and tabs. */
const lineOfText = /^[^\p{Cc}\u2028\u2029]*$/u
const text = /^(?:[^\p{Cc}]|[\n\r\t])*$/u

const name = z
  .string()
  .trim()
  .min(1, 'must not be empty (null clears it)')
  .max(100, 'must be at most 100 characters')
  .regex(lineOfText, 'must be one line without control characters')

const notes = z
  .string()
  .trim()
  .max(500, 'must be at most 500 characters')
  .regex(text, 'must hold no control characters')

export const horseDetails = z
  .strictObject({ name: name.nullable().optional(), notes: notes.nullable().optional() })
  .refine(
    (body) => body.name !== undefined || body.notes !== undefined,
    'nothing to change: give name or notes',
  )
  .transform((body) => ({
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.notes === undefined ? {} : { notes: body.notes === '' ? null : body.notes }),
  }))

/** The plain form of the page: an empty field means "none". */
export const horseForm = z
  .object({ name: z.string().default(''), notes: z.string().default('') })
  .transform((form) => ({
    name: form.name.trim() === '' ? null : form.name,
    notes: form.notes.trim() === '' ? null : form.notes.replaceAll('\r\n', '\n'),
  }))

const userName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(60, 'must be at most 60 characters')
  .regex(lineOfText, 'must be one line without control characters')

const password = z
  .string()
  .min(shortestPassword, `must have at least ${shortestPassword} characters`)
  .max(longestPassword, `must have at most ${longestPassword} characters`)

const role = z.enum(['viewer', 'caretaker', 'admin'], 'must be viewer, caretaker or admin')

export const userParams = z.object({
  userId: z.uuid('is not the id of a user').transform((text) => text.toLowerCase() as UserId),
})
/** What is wrong with it shows only when it is compared: the answer must not tell why. */
export const credentials = z.strictObject({
  name: z.string().max(200).trim(),
  password: z.string().max(longestPassword),
})
export const newUser = z.strictObject({ name: userName, role, password })
export const userChange = z
  .strictObject({ role: role.optional(), password: password.optional() })
  .refine((body) => Object.keys(body).length > 0, 'nothing to change: give role or password')
export const newPassword = z.strictObject({ old: z.string().max(longestPassword), password })
