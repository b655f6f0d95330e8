/** The words for whoever keeps the box, in Spanish. */
import type { BoxWords } from './en.ts'

export const esBox: BoxWords = {
  setup: {
    title: 'Preparar esta caja',
    intro: 'Todavía nadie puede usarla. Usted será su primer usuario y dará acceso a los demás después.',
    pin: 'PIN',
    pinHint: 'Se mostró durante la instalación. En la propia caja, esto lo muestra otra vez:',
    wrongPin: 'Este no es el PIN de esta caja.',
    button: 'Empezar',
  },
  people: {
    name: 'Nombre',
    password: 'Contraseña',
    passwordHint: 'Al menos 8 caracteres.',
  },
}
