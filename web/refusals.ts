/**
 * Why fields of a form were refused, for whoever typed. Pure.
 */
import { type BoxWords, boxWords } from './words/box.ts'
import type { Spoken } from './words/languages.ts'

/** One refusal, `name tooLong 60`, behind its field's label; a field without one is not named. */
function said(
  words: BoxWords['refusals'],
  refusal: string,
  labels: Readonly<Record<string, string>>,
): string {
  const [field = '', reason = '', amount = ''] = refusal.split(' ')
  const known = Object.hasOwn(words, reason) ? words[reason as keyof typeof words] : words.wrong
  const why = typeof known === 'function' ? known(amount) : typeof known === 'string' ? known : words.wrong
  const label = labels[field]
  return label === undefined ? why : `${label}: ${why}`
}

/** Everything that was refused, each once, in one line. */
export function refusalLine(
  spoken: Pick<Spoken, 'words'>,
  refusals: readonly string[],
  labels: Readonly<Record<string, string>>,
): string {
  const { refusals: words } = boxWords(spoken)
  return [...new Set(refusals.map((one) => said(words, one, labels)))].join('; ')
}

/** What was refused as a whole, by its code; undefined where there are no words for it. */
export function codeLine(spoken: Pick<Spoken, 'words'>, code: string): string | undefined {
  const { codes } = boxWords(spoken).refusals
  return Object.hasOwn(codes, code) ? codes[code as keyof typeof codes] : undefined
}
