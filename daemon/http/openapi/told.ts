/**
 * What the WebSocket tells, as schemas: see `answers.ts`.
 */
import { z } from 'zod'
import { answers } from './answers.ts'

const time = z.iso.datetime()
const { Alert, Camera, HorseFacts, StallState } = answers
const stamp = z.strictObject({ timestamp: time })

/** The data of every event by its name. */
export const told = {
  hello: stamp.describe('The first word on a line, with the id that the client gave as `after`'),
  ping: stamp,
  resync: stamp.describe('What was missed is no longer known: read everything anew'),
  'horses:detected': z.strictObject({
    streamId: z.string(),
    horses: z.array(HorseFacts),
    timestamp: time,
  }),
  'horses:updated': z.strictObject({
    streamId: z.string(),
    horse: HorseFacts,
    change: z.enum(['new', 'details', 'corrected', 'avatar']),
    timestamp: time,
  }),
  'horses:removed': z.strictObject({
    streamId: z.string(),
    horse_id: z.uuid(),
    merged_into: z.uuid().nullable(),
    timestamp: time,
  }),
  'camera:changed': Camera,
  'alert:changed': Alert.describe('It was raised, told again, cleared, or somebody looked after it'),
  'stall:changed': StallState,
  'camera:removed': z.strictObject({ id: z.string(), timestamp: time }),
  'reprocessing:progress': z.strictObject({
    chunkId: z.uuid(),
    progress: z.int().min(0).max(100),
    step: z.string(),
    timestamp: time,
  }),
  'chunk:updated': z
    .strictObject({ chunkId: z.uuid(), timestamp: time })
    .describe('Whose the boxes of a clip are may have changed: read its detections anew'),
  frame: z.strictObject({
    streamId: z.string(),
    seq: z.int(),
    utcMs: z.int(),
    width: z.int(),
    height: z.int(),
    boxes: z.array(
      z.strictObject({
        box: z.array(z.number()).length(4).describe('x1, y1, x2, y2 in pixels of the picture'),
        score: z.number(),
        kind: z.enum(['horse', 'person']),
        trackletId: z.uuid().nullable(),
        certainty: z.number().min(0).max(1).nullable(),
        horseId: z.uuid().nullable(),
      }),
    ),
  }),
}

export type Told<Name extends keyof typeof told> = z.infer<(typeof told)[Name]>
