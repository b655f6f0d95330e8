/**
 * What requests about setting cameras up must look like. Whether an address is one of a stream the config's own rules say,
 * where it is kept.
 */
import { z } from 'zod'
import type { CameraEdit } from '../camera-types.ts'
import type { StreamId } from '../types.ts'
import { line } from './checks.ts'

const address = z.string().min(1, 'must not be empty').max(500, 'must be at most 500 characters')
const user = line(100)
/** As typed: a password may begin with a space, and hold anything. */
const password = z
  .string()
  .min(1, 'must not be empty (null is none)')
  .max(200, 'must be at most 200 characters')
  .regex(/^[^\r\n]*$/, 'must be one line')
  .refine((text) => !text.includes('\0'), 'must not hold a zero')
  .refine((text) => text.isWellFormed(), 'must not hold half a character')
const name = line(60)
const transport = z.enum(['tcp', 'udp'], 'must be tcp or udp')
const streamId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,31}$/,
    'must be 1 to 32 of a-z, 0-9, - and _, beginning with a letter or digit',
  )

const source = {
  url: address.optional(),
  detect_url: address.nullable().optional(),
  username: user.nullable().optional(),
  password: password.nullable().optional(),
  transport: transport.optional(),
}

export const newCamera = z.strictObject({
  ...source,
  url: address,
  name,
  id: streamId
    .optional()
    .describe('Made after the name when absent; that of a removed camera brings its horses back'),
  enabled: z.boolean().optional(),
})
export const cameraChange = z
  .strictObject({ ...source, name: name.optional(), enabled: z.boolean().optional() })
  .refine((body) => Object.keys(body).length > 0, 'nothing to change')
export const cameraTest = z.strictObject({
  ...source,
  of: streamId
    .transform((text) => text as StreamId)
    .optional()
    .describe('A camera whose settings stand in for what is absent'),
})

/** A host by itself: what else an address may hold would be asked of another place. */
export const deviceHost = z
  .string()
  .max(253)
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/,
    'must be a name or an IP address',
  )
export const deviceQuery = z.strictObject({
  host: deviceHost,
  port: z.int().min(1).max(65_535).default(80),
  username: user.nullable().default(null),
  password: password.nullable().default(null),
})

/** In the words of the house. */
export function editOf<Said extends { detect_url?: string | null | undefined }>({
  detect_url: detectUrl,
  ...rest
}: Said): Omit<Said, 'detect_url'> & Pick<CameraEdit, 'detectUrl'> {
  return detectUrl === undefined ? rest : { ...rest, detectUrl }
}

const typed = z.string().catch('')
const orNone = typed.transform((text) => (text === '' ? null : text))
/** The plain form of the page; what is wrong with it shows where it is used. An empty field is none. */
export const sourceForm = z.object({
  address: typed.transform((text) => text.trim().slice(0, 2000)),
  detect: typed.transform((text) => text.trim().slice(0, 2000)),
  username: typed.transform((text) => text.trim() || null),
  password: orNone,
  transport: transport.catch('tcp'),
  of: orNone,
})
export const draftParams = z.object({ draft: z.uuid('is not the number of a try') })
