/**
 * What parameters and bodies must look like.
 */
import { z } from 'zod'
import { BarnboxError } from '../lib/errors.ts'
import type { ClipId, CorrectionId, HorseId, SightingId, StreamId, TokenId, UserId } from '../types.ts'
import { longestPassword, shortestPassword } from './auth/password.ts'
import { refusalOf } from './refusals.ts'

/** Parses or throws one `BAD_REQUEST` that names every problem with its field. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const where = issue.path.join('.')
    return where === '' ? issue.message : `${where}: ${issue.message}`
  })
  const refusals = result.error.issues.map(refusalOf)
  throw new BarnboxError('BAD_REQUEST', problems.join('; '), { context: { problems, refusals } })
}

export const streamId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'is not the id of a camera')
  .transform((text) => text as StreamId)

export const horseId = z.uuid('is not the id of a horse').transform((text) => text.toLowerCase() as HorseId)

export const streamParams = z.object({ id: streamId })
export const streamHorseParams = z.object({ id: streamId, horseId })
export const horseParams = z.object({ horseId })
export const listQuery = z.object({ summary: z.enum(['true', 'false']).optional() })

/** Not as `\p{Cc}`: the patterns stand in the API's document, and not every reader of it knows that. */
const control = String.raw`\u0000-\u001f\u007f-\u009f`
/** Control characters would break labels, logs and topics; notes may hold line ends and tabs. */
const lineOfText = new RegExp(String.raw`^[^${control}\u2028\u2029]*$`)
const text = new RegExp(String.raw`^(?:[^${control}]|[\n\r\t])*$`)

/** Half a surrogate pair cannot be stored: it would come back as another character. */
const whole = (text: string) => text.isWellFormed()
const broken = 'must not hold half a character'

export const line = (most: number, empty = 'must not be empty (null clears it)') =>
  z
    .string()
    .trim()
    .min(1, empty)
    .max(most, `must be at most ${most} characters`)
    .regex(lineOfText, 'must be one line without control characters')
    .refine(whole, broken)

const name = line(100)
const notes = z
  .string()
  .trim()
  .max(500, 'must be at most 500 characters')
  .regex(text, 'must hold no control characters')
  .refine(whole, broken)

/** Whose photo it is. */
export const photoQuery = z.strictObject({ name })

/** What the caller saw: without it the change is made whatever came between. */
export const revision = z.number().int().min(0).optional()

/** Null clears a field. `color` is the coat, as BarnHand has it; `metadata.notes` is another place for the notes. */
export const horseDetails = z
  .strictObject({
    name: name.nullable().optional(),
    notes: notes.nullable().optional(),
    breed: line(100).nullable().optional(),
    age: z.number().int().min(0).max(50).nullable().optional(),
    color: line(50).nullable().optional(),
    markings: line(500).nullable().optional(),
    gender: z.enum(['mare', 'stallion', 'gelding', 'unknown']).nullable().optional(),
    metadata: z.object({ notes: notes.nullable().optional() }).optional(),
    revision,
  })
  .transform(({ color, metadata, notes: given, revision, ...facts }) => {
    const notes = given === undefined ? metadata?.notes : given
    return { revision, details: { ...facts, coat: color, notes: notes === '' ? null : notes } }
  })
  .refine(
    ({ details }) => Object.values(details).some((value) => value !== undefined),
    'nothing to change: give name, notes, breed, age, color, markings or gender',
  )

const sightingId = z.uuid('is not the id of a sighting').transform((text) => text.toLowerCase() as SightingId)

export const sightingParams = z.object({ sightingId })
export const lookParams = z.object({
  lookId: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'is not the number of a look')
    .transform(Number),
})
const correctionId = z
  .uuid('is not the id of a correction')
  .transform((text) => text.toLowerCase() as CorrectionId)

export const correctionParams = z.object({ correctionId })
const time = z
  .string()
  .transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text)))
  .refine(Number.isFinite, 'must be a time')
  .optional()
/** How many of a list are wanted, and before which time (UTC ms or ISO 8601). */
export const limits = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: time.describe('A time, ISO 8601 or UTC milliseconds: only what was before it'),
})
export const officialBody = z.strictObject({ is_official: z.boolean(), revision })
export const intoHorse = z.strictObject({ into: horseId })
export const someSightings = z.strictObject({ sightings: z.array(sightingId).min(1).max(500) })
/** BarnHand's kinds of correction, and one of ours. */
export const sightingCorrection = z.discriminatedUnion('correction_type', [
  z.strictObject({ correction_type: z.literal('reassign'), corrected_horse_id: horseId }),
  z.strictObject({
    correction_type: z.literal('new_guest'),
    corrected_horse_name: name.nullable().optional(),
  }),
  z.strictObject({ correction_type: z.literal('mark_incorrect') }),
  z.strictObject({ correction_type: z.literal('not_this_horse') }),
])

export const clipId = z.uuid('is not the id of a clip').transform((text) => text.toLowerCase() as ClipId)
export const chunkParams = z.object({ id: streamId, chunkId: clipId })
/** Clips that begin before a time, and that overlap a span. */
export const chunkLimits = limits.extend({
  from: time.describe('Only what was recorded after it'),
  to: time.describe('Only what was recorded before it'),
})

const place = z.number().int().min(0)
const where = { detection_index: place, frame_index: place }
/** Whose the box was for whoever corrects it: refused where it is another's by now. */
const original = { original_horse_id: horseId.nullable().optional() }
/** What BarnHand's clients say of boxes of a clip. */
export const chunkCorrections = z.strictObject({
  corrections: z
    .array(
      z.discriminatedUnion('correction_type', [
        z.strictObject({
          ...{ ...where, ...original },
          correction_type: z.literal('reassign'),
          corrected_horse_id: horseId,
        }),
        z.strictObject({
          ...{ ...where, ...original },
          correction_type: z.literal('new_guest'),
          corrected_horse_name: name.nullable().optional(),
        }),
        z.strictObject({ ...where, ...original, correction_type: z.literal('mark_incorrect') }),
      ]),
    )
    .min(1)
    .max(500),
})

export const typed = z.string().optional()
const none = (text: string | undefined) => (text?.trim() === '' ? null : text?.replaceAll('\r\n', '\n'))
const number = (text: string | null | undefined) => (typeof text === 'string' ? Number(text) : text)

/** The plain form of the page: an empty field means "none", an absent one "as it is". */
export const horseForm = z
  .object({
    ...{ name: typed, notes: typed, breed: typed, age: typed, coat: typed, markings: typed, gender: typed },
    revision: typed,
  })
  .transform(({ coat, age, revision, ...form }) => ({
    ...Object.fromEntries(Object.entries(form).map(([field, text]) => [field, none(text)])),
    color: none(coat),
    age: number(none(age)),
    revision: number(revision),
  }))
export const officialForm = z.object({ official: z.enum(['yes', 'no']), revision: z.coerce.number().int() })

const sightingList = z
  .union([z.string().transform((one) => [one]), z.array(z.string())])
  .pipe(z.array(sightingId).min(1).max(500))
const nameOrNone = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text.trim() === '' ? null : text))
  .pipe(name.nullable())

/** What a person answers on a page to whose some sightings are. `of`: whose the page said that they are. */
export const whoForm = z.object({
  sighting: sightingList,
  of: z.union([z.literal('').transform(() => null), horseId]),
  answer: z.enum(['reassign', 'new', 'not', 'incorrect']),
  horse: horseId.optional(),
  name: nameOrNone,
})
export const splitForm = z.object({ sighting: sightingList, name: nameOrNone })
/** What else the address of a page says: what is none is left out, for a page is not refused for it. */
export const pageQuery = z.object({
  q: z.string().max(100).catch(''),
  done: z
    .union([correctionId, z.literal('saved')])
    .optional()
    .catch(undefined),
  before: z.coerce.number().int().positive().optional().catch(undefined),
  split: z.string().optional().catch(undefined),
})

const userName = line(60, 'must not be empty')

const password = z
  .string()
  .min(shortestPassword, `must have at least ${shortestPassword} characters`)
  .max(longestPassword, `must have at most ${longestPassword} characters`)
  // Hashed as UTF-8, where all halves are alike.
  .refine(whole, broken)

const role = z.enum(['viewer', 'caretaker', 'admin'], 'must be viewer, caretaker or admin')

export const userParams = z.object({
  userId: z.uuid('is not the id of a user').transform((text) => text.toLowerCase() as UserId),
})
/** What is wrong with it shows only when it is compared: the answer must not tell why. */
export const credentials = z.strictObject({
  name: z.string().max(200).trim(),
  password: z.string().max(longestPassword),
})
export const firstUser = z.strictObject({ name: userName, password })
export const newUser = z.strictObject({ name: userName, role, password })
export const newToken = z.strictObject({ name: userName, role })
export const tokenParams = z.object({
  tokenId: z.uuid('is not the id of a token').transform((text) => text.toLowerCase() as TokenId),
})
export const userChange = z
  .strictObject({ role: role.optional(), password: password.optional() })
  .refine((body) => Object.keys(body).length > 0, 'nothing to change: give role or password')
export const newPassword = z.strictObject({ old: z.string().max(longestPassword), password })
