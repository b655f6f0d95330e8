/** What is said around the pages, in Spanish. */
import type { AppWords } from './en.ts'

export const esApp: AppWords = {
  about: 'Quién está en la cuadra',
  offline: {
    title: 'No se puede llegar a la caja',
    hint: '¿Está este dispositivo en la red de la cuadra, y tiene corriente la caja?',
    since: 'La última página llegó a las',
    again: 'Se vuelve a intentar sin que haga nada.',
    now: 'Intentar ahora',
  },
}
