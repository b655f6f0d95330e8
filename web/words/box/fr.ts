/** The words for whoever keeps the box, in French. */
import type { BoxWords } from './en.ts'

export const frBox: BoxWords = {
  setup: {
    title: 'Configurer cette boîte',
    intro:
      'Personne ne peut encore l’utiliser. Vous en serez le premier utilisateur et ferez entrer les autres ensuite.',
    pin: 'Code PIN',
    pinHint: 'Il a été affiché à l’installation. Sur la boîte elle-même, ceci l’affiche de nouveau :',
    wrongPin: 'Ce n’est pas le code PIN de cette boîte.',
    button: 'Commencer',
  },
  people: {
    name: 'Nom',
    password: 'Mot de passe',
    passwordHint: 'Au moins 8 caractères.',
  },
}
