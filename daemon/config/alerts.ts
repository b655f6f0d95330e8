/**
 * What may stand below `alerts` in the config: when something is told, and to whom.
 */
import { z } from 'zod'
import { alertKinds, severities, weekdays } from '../presence-types.ts'

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day like "22:00"')
const days = z.array(z.enum(weekdays)).min(1)
const severity = z.enum(severities)
const hours = { from: time, to: time, days: days.optional() }

const rule = z.strictObject({
  enabled: z.boolean().optional(),
  severity: severity.optional(),
  after_seconds: z.number().min(0).max(86_400).optional().describe('So long it must be so'),
  cool_down_seconds: z.number().min(0).max(86_400).optional().describe('So long it is not raised again'),
})

const webhook = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9_-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9, - and _')
    .default('webhook'),
  url: z
    .string()
    .refine(
      (text) => /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : ''),
      'must be an address like https://host/path',
    ),
  secret_file: z.string().min(1).optional().describe('A file whose first line signs what is sent (HMAC)'),
  least: severity.default('info').describe('What is less severe is not told there'),
})

const command = z.strictObject({
  path: z
    .string()
    .startsWith('/', 'must be a full path')
    .describe('A program on the box; the alert is in its BARNBOX_EVENT, as JSON'),
  least: severity.default('info'),
})

/** The origin of an address, or undefined where it is none. */
const originOf = (text: string) => (URL.canParse(text) ? new URL(text).origin : undefined)

const push = z.strictObject({
  ttl_hours: z
    .number()
    .min(1)
    .max(672)
    .default(12)
    .describe('So long a push service keeps a message for a telephone that is away'),
  contact: z
    .string()
    .refine(
      (text) => /^(mailto:[^@\s]+@[^@\s]+\.[^@\s]+|https:\/\/\S+)$/.test(text),
      'must be like mailto:you@example.com or https://host',
    )
    .optional()
    .describe('Where a push service may write to when messages of the box make trouble'),
  services: z
    .array(
      z
        .string()
        .refine(
          (text) => /^https?:/.test(text) && originOf(text) === text,
          'must be like https://host or https://host:port',
        ),
    )
    .max(8)
    .default([])
    .describe('Push services beside those of Google, Mozilla, Apple and Microsoft'),
})

const quietHours = z.strictObject({ ...hours, least: severity.default('critical') })

const schedule = z.strictObject({
  name: z.string().min(1).max(60),
  ...hours,
  silences: z.array(z.enum(alertKinds)).min(1),
  cameras: z.array(z.string()).optional().describe('Only there; everywhere when absent'),
})
const schedules = z.array(schedule).max(32)

/** What an admin may say on the page in the config's stead; what is absent is as in the config. */
export const alertWishes = z.strictObject({
  night: z.strictObject(hours).optional(),
  quiet_hours: quietHours.nullable().optional().describe('Null: there are none'),
  schedules: schedules.optional(),
  rules: z.partialRecord(z.enum(alertKinds), rule).optional(),
})
export type AlertWishes = z.output<typeof alertWishes>

export const alertsSchema = z.strictObject({
  enabled: z.boolean().default(true),
  night: z
    .strictObject(hours)
    .prefault({ from: '22:00', to: '05:00' })
    .describe('When nobody should be in the barn'),
  quiet_hours: quietHours
    .optional()
    .describe('Then only what is so severe is told; the page and MQTT’s states have all'),
  schedules: schedules.default([]).describe('Feeding, turnout, vet: times at which these are as planned'),
  rules: z.partialRecord(z.enum(alertKinds), rule).prefault({}),
  escalate_minutes: z
    .array(z.number().min(1).max(1440))
    .max(5)
    .default([5, 15])
    .describe('A critical alert that nobody acknowledges is told again after so many minutes each'),
  expire_hours: z
    .number()
    .min(1)
    .max(720)
    .default(72)
    .describe('What could not be told for so long is given up'),
  webhooks: z.array(webhook).max(8).default([]),
  command: command.optional(),
  push: push
    .optional()
    .describe(
      'Lets browsers be told by their makers’ push services: needs Internet, and the page over HTTPS',
    ),
})

export type PushConfig = z.output<typeof push>
export type AlertsConfig = z.output<typeof alertsSchema>
