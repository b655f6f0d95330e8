/**
 * Why fields were refused, as pages say it in the language of whoever typed: each refusal a field, a reason and, where it
 * has one, an amount. The API says the same in English. Pure.
 */
import type { z } from 'zod'
import { polygonFaults } from '../lib/polygon.ts'

type Issue = z.core.$ZodIssue

/** What a check of ours says that it refuses for; zod knows its own. */
const own = new Set<string>(polygonFaults)

function reasonOf(issue: Issue): readonly [reason: string, amount?: number | bigint] {
  if (issue.code === 'too_small') {
    if (issue.origin === 'string') return issue.minimum === 1 ? ['empty'] : ['tooShort', issue.minimum]
    return [issue.origin === 'number' ? 'tooLow' : 'tooFew', issue.minimum]
  }
  if (issue.code === 'too_big') {
    if (issue.origin === 'string') return ['tooLong', issue.maximum]
    return [issue.origin === 'number' ? 'tooHigh' : 'tooMany', issue.maximum]
  }
  if (issue.code === 'custom' && own.has(issue.params?.['why'])) return [issue.params?.['why']]
  return ['wrong']
}

/** `name tooLong 60`: as the context of an error holds it. */
export const refusalOf = (issue: Issue): string => [String(issue.path[0] ?? ''), ...reasonOf(issue)].join(' ')
