/**
 * A finding of the doctor, and how one comes to be.
 */
import { asBarnboxError } from '../lib/errors.ts'

export interface Finding {
  readonly part: string
  readonly level: 'ok' | 'warning' | 'problem'
  readonly detail: string
}

/** What is worse than it should be, and what is wrong, in words that need no code. */
export class Warning extends Error {}
export class Problem extends Error {}

/** Runs one check: what it says is fine, what it throws is a problem, a `Warning` a warning. */
export async function check(part: string, work: () => string | Promise<string>): Promise<Finding> {
  try {
    return { part, level: 'ok', detail: await work() }
  } catch (thrown) {
    if (thrown instanceof Warning) return { part, level: 'warning', detail: thrown.message }
    if (thrown instanceof Problem) return { part, level: 'problem', detail: thrown.message }
    const { code, message, context } = asBarnboxError(thrown)
    const problems = Array.isArray(context['problems']) ? `: ${context['problems'].join('; ')}` : ''
    // What the checks themselves throw is already said in plain words.
    const prefix = code === 'INTERNAL' ? '' : `${code}: `
    return { part, level: 'problem', detail: `${prefix}${message}${problems}` }
  }
}
