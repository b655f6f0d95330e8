/**
 * The words of the pages for whoever keeps the box. Apart from the other catalogue, because no script needs them: what
 * stands there is loaded by every phone.
 */
import { deBox } from './box/de.ts'
import { type BoxWords, enBox } from './box/en.ts'
import { esBox } from './box/es.ts'
import { frBox } from './box/fr.ts'
import type { Language, Spoken } from './languages.ts'

export const boxLanguages: Readonly<Record<Language, BoxWords>> = {
  en: enBox,
  de: deBox,
  es: esBox,
  fr: frBox,
}

export const boxWords = ({ words }: Pick<Spoken, 'words'>): BoxWords =>
  boxLanguages[words.language as Language]
