/** What is said around the pages, in French. */
import type { AppWords } from './en.ts'

export const frApp: AppWords = {
  about: 'Qui est dans l’écurie',
  offline: {
    title: 'La boîte est injoignable',
    hint: 'Cet appareil est-il dans le réseau de l’écurie, et la boîte a-t-elle du courant ?',
    since: 'La dernière page est venue à',
    again: 'Nouvel essai sans rien faire.',
    now: 'Essayer maintenant',
  },
}
