/** The words for whoever keeps the box, in German. */
import type { BoxWords } from './en.ts'

export const deBox: BoxWords = {
  setup: {
    title: 'Diese Box einrichten',
    intro:
      'Noch darf sie niemand benutzen. Sie werden ihr erster Benutzer und lassen die anderen später ein.',
    pin: 'PIN',
    pinHint: 'Sie wurde bei der Installation gezeigt. An der Box selbst zeigt sie noch einmal:',
    wrongPin: 'Das ist nicht die PIN dieser Box.',
    button: 'Anfangen',
  },
  people: {
    name: 'Name',
    password: 'Passwort',
    passwordHint: 'Mindestens 8 Zeichen.',
  },
}
