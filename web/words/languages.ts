/**
 * The languages that there are, and which one somebody is spoken to in. Pure.
 */
import { de } from './de.ts'
import { en, type Words } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'

export const languages = { en, de, es, fr } as const satisfies Record<string, Words>
export type Language = keyof typeof languages

export const isLanguage = (text: string | undefined): text is Language =>
  text !== undefined && Object.hasOwn(languages, text)

/** What a page is written with. */
export interface Spoken {
  readonly words: Words
  /** The box's time zone, by its IANA name: a phone's may be another. */
  readonly zone: string
}

/** The first language that is known of those that a browser says (RFC 9110, `Accept-Language`); English where none is. */
export function languageFor(accepted: string): Language {
  const wishes = accepted.slice(0, 200).split(',').map(readWish)
  const known = wishes.filter(({ language, weight }) => weight > 0 && isLanguage(language))
  const [best] = known.sort((a, b) => b.weight - a.weight)
  return isLanguage(best?.language) ? best.language : 'en'
}

function readWish(text: string): { language: string; weight: number } {
  const [tag = '', ...parameters] = text.split(';')
  const q = parameters.map((one) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(one)?.[1]).find(Boolean)
  return { language: tag.trim().toLowerCase().split('-')[0] ?? '', weight: q === undefined ? 1 : Number(q) }
}
