/** What is said around the pages, in German. */
import type { AppWords } from './en.ts'

export const deApp: AppWords = {
  about: 'Wer im Stall ist',
  offline: {
    title: 'Die Box ist nicht zu erreichen',
    hint: 'Ist dieses Gerät im Netz des Stalls, und hat die Box Strom?',
    since: 'Die letzte Seite kam um',
    again: 'Es wird von selbst weiter versucht.',
    now: 'Jetzt versuchen',
  },
}
