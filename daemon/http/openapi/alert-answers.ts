/**
 * Alerts, who is told of them, and how stalls stand, as the API answers them: see `answers.ts`.
 */
import { z } from 'zod'
import { alertKinds, severities, weekdays } from '../../presence-types.ts'

const time = z.iso.datetime().describe('UTC')
const count = z.int().min(0)
const words = z.string().nullable()

const Alert = z.strictObject({
  id: z.uuid(),
  kind: z.enum(alertKinds),
  severity: z.enum(severities),
  camera: words,
  stall: z.uuid().nullable(),
  horse: z.uuid().nullable(),
  part: words.describe('Of the box'),
  detail: words.describe('In English'),
  since: time,
  until: time.nullable().describe('Null while it is so'),
  picture_url: words,
  acknowledged: time.nullable(),
  acknowledged_by: words,
  snoozed_until: time.nullable().describe('Nothing more is raised of it before'),
  verdict: z.enum(['useful', 'not_useful']).nullable(),
  escalations: count.describe('How often it was told again because nobody looked after it'),
})

const StallState = z.strictObject({
  stall_id: z.uuid(),
  camera: z.string(),
  name: z.string(),
  kind: z.enum(['stall', 'zone']),
  match: z
    .enum(['expected', 'other', 'empty', 'unsure'])
    .describe('One of the horses expected there, another one, nobody, or not known'),
  occupied: z.boolean().nullable().describe('Null while it is not known'),
  horse_id: z.uuid().nullable(),
  certainty: z.number().min(0).max(1).nullable(),
  since: time,
  watch: z.enum(['watching', 'partly_blind', 'blind']),
  watch_since: time,
  looked: time.nullable().describe('The last look at it'),
})

const Device = z.strictObject({
  id: z.uuid(),
  name: z.string().describe('What kind of browser it is'),
  least: z.enum(severities).describe('What is less severe is not told there'),
  since: time,
})

const days = z.array(z.enum(weekdays)).optional()
const hours = { from: z.string().describe('`HH:MM`'), to: z.string(), days }

const AlertSettings = z.strictObject({
  version: count.describe('Grows with every change'),
  changed: time.nullable(),
  changed_by: words,
  as_in_config: z.boolean(),
  night: z.strictObject(hours),
  quiet_hours: z.strictObject({ ...hours, least: z.enum(severities) }).nullable(),
  schedules: z.array(
    z.strictObject({
      ...{ name: z.string(), ...hours, silences: z.array(z.enum(alertKinds)) },
      cameras: z.array(z.string()).optional(),
    }),
  ),
  rules: z.array(
    z.strictObject({
      ...{ kind: z.enum(alertKinds), enabled: z.boolean(), severity: z.enum(severities) },
      ...{ after_seconds: z.number(), cool_down_seconds: z.number(), experimental: z.boolean() },
    }),
  ),
})

export const alertAnswers = {
  AlertSettings,
  Alert,
  Device,
  Devices: z.strictObject({
    key: words.describe(
      'What browsers subscribe with (`applicationServerKey`); null where the config does not allow it',
    ),
    devices: z.array(Device),
    this_device: z.uuid().nullable().describe('Which of them asks'),
  }),
  Alerts: z.strictObject({
    alerts: z.array(Alert),
    week: z
      .strictObject({
        alerts: count,
        not_useful: count,
        not_useful_per_stall_night: z.number().min(0).nullable(),
      })
      .describe('Of the last seven days'),
    ways: z
      .array(z.strictObject({ name: z.string(), waiting: count, dropped: count, last_error: words }))
      .describe('The ways out, and how many messages wait for each'),
  }),
  StallState,
  StallStates: z.strictObject({ stalls: z.array(StallState), total: count }),
}
