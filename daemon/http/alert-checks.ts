/**
 * What is said of an alert, by programs and by the page's forms.
 */
import { z } from 'zod'
import { alertWishes } from '../config/alerts.ts'
import type { AlertId } from '../types.ts'
import { limits } from './checks.ts'

export const alertParams = z.object({
  alertId: z.uuid('is not the id of an alert').transform((text) => text.toLowerCase() as AlertId),
})

export const alertsQuery = limits.extend({ open: z.enum(['true', 'false']).optional() })

/** Minutes to a month. */
const minutes = z.coerce.number().int().min(1).max(43_200)
export const snoozeBody = z.strictObject({ minutes })
export const verdictBody = z.strictObject({ verdict: z.enum(['useful', 'not_useful']).nullable() })

/** What is absent is as in the config. */
export const alertSettingsBody = alertWishes.extend({
  version: z.int().min(0).describe('As it was read'),
})

/** A button of the page. */
export const alertForm = z.discriminatedUnion('do', [
  z.object({ do: z.literal('acknowledge') }),
  z.object({ do: z.literal('snooze'), minutes }),
  z.object({ do: z.literal('judge'), verdict: z.enum(['useful', 'not_useful']) }),
])
