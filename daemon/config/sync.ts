/**
 * What may stand below `sync` in the config: which central database, and what of this box it is told.
 */
import { z } from 'zod'
import { address } from './address.ts'

const file = z.string().min(1)

const redis = z
  .strictObject({
    url: address(['redis:', 'rediss:'], 'redis://host:6379 (or rediss for TLS)'),
    username: z.string().min(1).optional(),
    password_file: file.optional(),
  })
  .describe('Tells BarnHand’s Redis where each horse is, once a second at most')

/** Its rows, and what they are called there: see `daemon/sync/barnhand.ts`. */
const barnhand = z.strictObject({
  stream_ids: z
    .record(
      z.string(),
      z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the id of one of BarnHand’s streams'),
    )
    .describe('Which of BarnHand’s streams each camera is: only the horses of these cameras are told'),
  farm_id: z.uuid().describe('BarnHand’s farm: without it its barn does not see the rows'),
  prefix: z
    .string()
    .regex(
      /^(?!.*_(horse|guest)_)[a-z0-9][a-z0-9_]{0,30}[a-z0-9]$/,
      'must be 2 to 32 of a-z, 0-9 and _, without _horse_',
    )
    .describe('What tracking ids begin with, another one for each box: PREFIX_horse_7'),
  names: z
    .boolean()
    .default(false)
    .describe('Whether names are told: BarnHand takes a horse with a name for one of its official ones'),
  official: z
    .boolean()
    .default(false)
    .describe('Whether residents are told: one is enough for BarnHand to know no other horses in that barn'),
  redis: redis.optional(),
})

export const syncSchema = z.strictObject({
  url: address(['postgres:', 'postgresql:'], 'postgres://host:5432/barnbox').refine(
    (text) => !URL.canParse(text) || /^\/[^/]+$/.test(new URL(text).pathname),
    'must end in the name of a database: postgres://host:5432/barnbox',
  ),
  username: z.string().min(1).default('barnbox'),
  password_file: file.optional(),
  farm: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be a-z, 0-9 and -, at most 64')
    .describe('Boxes of one farm share their horses; others may use the same database'),
  tls: z
    .enum(['verify', 'off'])
    .default('verify')
    .describe(
      'verify: encrypted, and the certificate must be valid for the host; off: only on a line of your own',
    ),
  ca_file: file.optional().describe('PEM: who signed the database’s certificate, where no one known did'),
  every_seconds: z.number().min(1).max(3600).default(10).describe('How often the two meet'),
  history_days: z
    .number()
    .int()
    .min(0)
    .max(3650)
    .default(90)
    .describe('Days of sightings that are told when the two meet first; 0: none that were before'),
  limit_kbit: z
    .number()
    .min(8)
    .max(10_000_000)
    .optional()
    .describe('Kilobits a second at most; no limit when absent'),
  barnhand: barnhand
    .optional()
    .describe('Rows in BarnHand’s table of horses in the same database; docs/operations.md'),
})
