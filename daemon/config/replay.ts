/**
 * What may stand below `replay` in the config: how much is kept of what was seen, for `barnbox replay`.
 */
import { z } from 'zod'

export const replaySchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Keeps what was seen for a while, so that a night can be run again under other settings'),
  keep_hours: z.number().min(1).max(720).default(72).describe('Hours that it is kept'),
  quota_mb: z
    .number()
    .min(10)
    .max(1_000_000)
    .default(1000)
    .describe('What boxes and looks may take of all cameras'),
  picture_seconds: z
    .number()
    .min(0)
    .max(3600)
    .default(10)
    .describe('A picture this often, to be looked at by other models; 0: none'),
  picture_quota_mb: z.number().min(10).max(1_000_000).default(1000).describe('What these pictures may take'),
})

export type ReplayConfig = z.output<typeof replaySchema>
