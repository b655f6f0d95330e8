/**
 * What the API answers, as schemas: what makes an answer is held to their types, the document is made of them.
 */
import { z } from 'zod'
import { roles } from '../auth/rights.ts'
import { alertAnswers } from './alert-answers.ts'
import { cameraAnswers } from './camera-answers.ts'
import { chunkAnswers } from './chunk-answers.ts'

const time = z.iso.datetime().describe('UTC')
const id = z.uuid()
const count = z.int().min(0)
const share = z.number().min(0).max(1)
const color = z.string().regex(/^#[0-9A-Fa-f]{6}$/)
const words = z.string().nullable()

const horseFacts = {
  id: id.describe('Opaque, and never given twice; the id of a merged horse answers with the one it is now'),
  number: z.int().min(1).describe('For display: counts within its camera, and is never given again'),
  tracking_id: z.string().max(50).describe('For display'),
  name: words,
  assigned_color: color.describe('Of its box and badge'),
  first_detected: time,
  last_seen: time,
  last_stream_id: z.string().describe('The camera that saw it last'),
  total_detections: count,
  confidence_score: share.describe('Of the last decision'),
  thumbnail_url: words,
  thumbnail_taken_at: time.nullable().describe('Null where nobody knows, as of a photo'),
  version: z.int().min(1).describe('Grows with every change'),
  revision: count.describe('Grows with every change that a person made'),
  breed: words,
  age: z.int().min(0).max(50).nullable(),
  color: words.describe('The coat'),
  markings: words,
  gender: z.enum(['mare', 'stallion', 'gelding', 'unknown']).nullable(),
  is_official: z.boolean().describe('A resident'),
}
const HorseFacts = z.strictObject(horseFacts)
const Horse = z.strictObject({
  ...horseFacts,
  stream_id: z.string().describe('The camera where it was founded: its number counts there'),
  stream_name: z.string(),
  last_stream_name: z.string(),
  ui_color: color,
  status: z.enum(['unidentified', 'identified', 'confirmed']),
  made_official_at: time.nullable(),
  metadata: z.strictObject({ notes: words }),
})

const picture = words.describe('Where its picture is; null where that is not kept')
const horseRef = {
  horse_id: id,
  number: z.int().min(1).nullable().describe('Null where there is no such horse any more'),
  name: words,
}
const Likely = z.strictObject({ ...horseRef, probability: share })
const NearLook = z.strictObject({
  picture_url: picture,
  ...horseRef,
  taken: time.nullable(),
  similarity: z.number().describe('The cosine that was decided by'),
})
const Why = z.strictObject({
  at: time,
  picture_url: picture,
  looks: count.describe(
    'Looks at the animal that were taken together; 0: it was in doubt whether it is still the same',
  ),
  best: Likely.nullable().describe('The horse that it was given, or was most like'),
  second: Likely.nullable().describe('The next one that was free'),
  nearest: z.array(NearLook).max(3).describe('The stored looks that were nearest, the nearest first'),
  nearest_of_second: NearLook.nullable().describe('Where it is not among the nearest'),
})

const Sighting = z.strictObject({
  id,
  stream_id: z.string(),
  tracklet_id: id,
  horse_id: id.nullable(),
  from: time,
  to: time,
  detections: z.int().min(1),
  decision: z
    .strictObject({
      kind: z.enum(['matched', 'created', 'unknown', 'corrected']),
      score: z.number().nullable(),
      second_score: z.number().nullable(),
      threshold: z.number().nullable(),
      margin: z.number().nullable(),
      model: words,
    })
    .describe('Whose it is thought to be, and all that this was decided from'),
  picture_url: picture,
})

const Correction = z.strictObject({
  id,
  kind: z.enum(['reassign', 'new-horse', 'incorrect', 'not-this-horse', 'merge', 'split', 'delete']),
  stream_id: z.string(),
  horse_id: id.nullable().describe('The horse that lost something; null for nobody'),
  other_id: id.nullable().describe('The horse that gained it; null for nobody'),
  at: time,
  actor: words.describe('Who said so; null for the access token'),
  undone: time.nullable(),
  undone_by: words,
})

const Stall = z.strictObject({
  id: id.describe('Opaque, and never given twice; topics of MQTT have it'),
  stream_id: z.string(),
  kind: z.enum(['stall', 'zone']),
  name: z.string(),
  corners: z.array(z.array(share).length(2)).min(3).max(16).describe('x, y in shares of the picture’s sides'),
  expected: z.array(id).describe('The horses that belong there'),
  created: time,
  revision: count.describe('Grows with every change'),
})

const decode = z.enum(['software', 'vaapi', 'cuda', 'nvv4l2', 'v4l2m2m'])
const camera = {
  id: z.string(),
  name: z.string(),
  state: z.enum(['connecting', 'live', 'silent', 'down']),
  since: time,
  detail: words.describe('Why it is not live'),
  last_frame: time.nullable(),
  frames_decoded: count,
  frames_dropped: count,
  frames_analysed: count,
  frames_quiet: count,
  frames_failed: count,
  decode: z.strictObject({ asked: decode, used: decode, why: words }),
}
const Camera = z.strictObject(camera)

const apiToken = {
  id,
  name: z.string(),
  role: z.enum(roles),
  created: time,
  last_used: time.nullable().describe('To within minutes'),
}
const ApiToken = z.strictObject(apiToken)

const User = z.strictObject({ id, name: z.string(), role: z.enum(roles), created: time })

const model = {
  name: z.string(),
  provider: z.string(),
  ms: z.number().describe('A look at a fixed picture, median'),
  cpu_ms: z.number().nullable(),
  cosine: z.number().nullable(),
  fallback: words.describe('Why it does not run where it was asked to'),
}
const partFault = z.strictObject({ code: z.string(), detail: z.string() }).nullable()

const System = z.strictObject({
  version: z.string(),
  node: z.string(),
  started: time,
  uptime_seconds: z.number().min(0),
  rss_bytes: count,
  event_loop_lag_seconds: z.strictObject({ p50: z.number(), p99: z.number() }),
  models: z.strictObject({
    detector: z.strictObject(model).nullable(),
    embedder: z.strictObject({ ...model, stopgap: z.boolean() }).nullable(),
  }),
  workers: z.strictObject({ running: count, wanted: count, replaced: count }).nullable(),
  embedding: z
    .strictObject({
      state: z.enum(['settled', 're-embedding', 'switching', 'measuring', 'failed']),
      from: z.string(),
      to: z.string(),
      done: count,
      total: count,
    })
    .nullable(),
  cameras: z.array(z.strictObject({ ...camera, horses: count, tracklets: count })),
  stages: z.record(
    z.string(),
    z.strictObject({ asked: count, inferences: count, failed: count, seconds: z.number().min(0) }),
  ),
  sightings: z.record(z.string(), count).describe('That have ended, by how they were decided'),
  faults: z.array(
    z.strictObject({
      part: z.enum([
        'config',
        'memory',
        'registry',
        'rebuilt',
        'models',
        'identity',
        'embedder',
        'ffmpeg',
        'recording',
        'clock',
      ]),
      detail: z.string(),
    }),
  ),
  calibration: z
    .strictObject({
      method: z.enum(['none', 'logistic', 'isotonic']),
      same_pairs: count,
      different_pairs: count,
      ece: share.nullable().describe('Expected calibration error, on pairs left out of the fit'),
    })
    .nullable()
    .describe('How far it is known what the cosine of two looks means; null without an embedder'),
  ffmpeg: z.strictObject({ path: z.string(), version: z.string() }).nullable(),
  sync: z
    .strictObject({
      state: z.enum(['connecting', 'catching-up', 'in-step', 'waiting']),
      since: time,
      fault: partFault,
      waiting: count.describe('Rows that are yet to be told'),
      held: count.describe('Of these: said in the future'),
      told: count.describe('Rows since the start'),
      heard: count.describe('Rows since the start'),
      sent_bytes: count,
      in_step: time.nullable().describe('When the two were last in step'),
      clock_ahead_seconds: z.number().nullable(),
      server: z
        .strictObject({ version: z.string(), vectors: z.boolean(), hypertables: z.boolean() })
        .nullable(),
      barnhand: z
        .strictObject({
          fault: partFault,
          rows: count.describe('Horses that have a row there'),
          unplaced: count.describe('Not told yet: not seen in a picture so far'),
          deleted: count.describe('Deleted there, and so never told again'),
          redis: z
            .strictObject({
              state: z.enum(['connecting', 'connected', 'waiting']),
              fault: partFault,
              written: count,
              dropped: count.describe('States that Redis did not take in time'),
            })
            .nullable(),
        })
        .nullable()
        .describe('BarnHand’s table of horses and its Redis; null where the config names none'),
    })
    .nullable()
    .describe('The central database; null where the config names none'),
})

const readiness = z.strictObject({
  ok: z.boolean(),
  version: z.string(),
  checks: z.record(z.string(), z.string()).describe('`ok`, or what is wrong in plain words'),
})
const Diagnostics = z.strictObject({
  made: time,
  system: System,
  readiness,
  machine: z.strictObject({
    stateBytes: count,
    diskFreeBytes: count,
    diskBytes: count,
    memoryFreeBytes: count,
    memoryBytes: count,
    cores: count,
    system: z.string(),
  }),
  findings: z.array(
    z.strictObject({ part: z.string(), level: z.enum(['ok', 'warning', 'problem']), detail: z.string() }),
  ),
  config: z.unknown().describe('As it was read, without secrets'),
  log: z.array(z.string()).describe('The newest lines, the oldest first'),
})

/** Every answer in JSON by its name in the document. */
export const answers = {
  Problem: z.strictObject({
    error: z.string().describe('The status in words'),
    message: z.string().describe('What is wrong, for people'),
    code: z.string().regex(/^[A-Z_]+$/),
  }),
  Horse,
  Horses: z.strictObject({ horses: z.array(Horse), total: count }),
  HorseSummary: z.strictObject({ total: count, recent: z.array(Horse).max(3) }),
  OfficialHorse: z.strictObject({ message: z.string(), horse: Horse }),
  HorseHistory: z.strictObject({
    names: z.array(
      z.strictObject({
        name: words,
        since: time,
        alias: z.boolean().describe('The name of a horse that was merged into this one'),
      }),
    ),
    corrections: z.array(Correction),
  }),
  Sighting,
  Sightings: z.strictObject({ sightings: z.array(Sighting) }),
  SightingWhy: z.strictObject({
    sighting: Sighting,
    words: z.string().describe('The reason for people'),
    why: Why.nullable().describe('As it was when the sighting was given its horse; null where nobody looked'),
  }),
  Places: z.strictObject({
    places: z.array(
      z.strictObject({
        horse_id: id,
        box: z.array(share).length(4).describe('x1, y1, x2, y2 in shares of the picture’s sides'),
        at: time,
      }),
    ),
  }),
  Stall,
  Stalls: z.strictObject({ stalls: z.array(Stall), total: count }),
  MergeSuggestions: z.strictObject({
    suggestions: z.array(
      z.strictObject({
        horse: Horse,
        into: Horse,
        probability: share,
        mutual_looks: count.describe('Pairs of looks nearer to each other than to any other horse'),
      }),
    ),
  }),
  Enrolled: z.strictObject({
    outcome: z.enum(['kept', 'known', 'alike', 'enough']),
    is_new: z.boolean(),
    has_new_avatar: z.boolean(),
    horse: Horse,
  }),
  Correction,
  Corrections: z.strictObject({ corrections: z.array(Correction) }),
  Corrected: z.strictObject({ correction: Correction }),
  Deleted: z.strictObject({ message: z.string(), correction: Correction.nullable() }),
  Camera,
  Cameras: z.strictObject({ cameras: z.array(Camera), total: count }),
  System,
  Diagnostics,
  User,
  Users: z.strictObject({ users: z.array(User), total: count }),
  ApiToken,
  ApiTokens: z.strictObject({ tokens: z.array(ApiToken), total: count }),
  NewApiToken: z.strictObject({
    ...apiToken,
    token: z.string().describe('The token itself, told this once'),
  }),
  Me: z.strictObject({ user: User.nullable(), role: z.enum(roles) }),
  Pass: z.strictObject({ token: z.string(), expires: time, user: User }),
  NewPassword: z.strictObject({ user: User, token: z.string().optional() }),
  Health: z.strictObject({ status: z.literal('ok') }),
  Readiness: readiness,
  OpenApi: z.looseObject({ openapi: z.string() }),
  HorseFacts,
  ...chunkAnswers,
  ...alertAnswers,
  ...cameraAnswers,
}

export type AnswerName = keyof typeof answers
export type Answer<Name extends AnswerName> = z.infer<(typeof answers)[Name]>
