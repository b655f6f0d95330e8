/**
 * The words for setting cameras up. Apart from the other catalogues, because only whoever runs the box reads them.
 */
import type { CameraView } from '../../daemon/types.ts'
import { deCamera } from './camera/de.ts'
import { type CameraWords, enCamera } from './camera/en.ts'
import { esCamera } from './camera/es.ts'
import { frCamera } from './camera/fr.ts'
import type { Language, Spoken } from './languages.ts'

export const cameraLanguages: Readonly<Record<Language, CameraWords>> = {
  en: enCamera,
  de: deCamera,
  es: esCamera,
  fr: frCamera,
}

export const cameraWords = ({ words }: Pick<Spoken, 'words'>): CameraWords =>
  cameraLanguages[words.language as Language]

/** Why a camera gives no picture, in a sentence; nothing where nothing has failed yet. */
export function whyNot(spoken: Pick<Spoken, 'words'>, reason: CameraView['reason']): string {
  const { faults, off } = cameraWords(spoken)
  if (reason === null) return ''
  return reason === 'paused' || reason === 'switched-off' ? off[reason] : (faults[reason][0] ?? '')
}
