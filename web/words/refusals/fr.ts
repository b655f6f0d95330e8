/** Why a form's fields were refused, in French. */
import type { RefusalWords } from './en.ts'

export const frRefusals: RefusalWords = {
  empty: 'ne peut pas être vide',
  tooShort: (least) => `doit avoir au moins ${least} caractères`,
  tooLong: (most) => `peut avoir au plus ${most} caractères`,
  tooLow: (least) => `doit être au moins ${least}`,
  tooHigh: (most) => `peut être au plus ${most}`,
  tooFew: (least) => `il en faut au moins ${least}`,
  tooMany: (most) => `il peut y en avoir au plus ${most}`,
  fewCorners: 'demande au moins 3 coins',
  manyCorners: 'a plus de 16 coins',
  outside: 'dépasse l’image',
  crossing: 'se croise ou se touche',
  tooSmall: 'est trop petit',
  wrong: 'ne peut pas être accepté ainsi',
  /** Of the whole, by its code. */
  codes: {
    NAME_TAKEN: 'Ce nom est déjà pris.',
    LAST_ADMIN: 'Il doit rester un administrateur : nommez d’abord quelqu’un d’autre.',
    NOT_FOUND: 'Cela n’existe plus.',
    SET_UP: 'La boîte est déjà configurée : connectez-vous.',
    TOO_MANY_TRIES: 'Trop d’essais erronés. Attendez une minute.',
    TOO_MANY_AT_ONCE: 'Trop de connexions à la fois. Réessayez.',
    OLD_PASSWORD: 'L’ancien mot de passe est faux.',
    PUSH_LIMIT: 'Une personne ne peut pas avoir plus d’appareils : retirez-en un d’abord.',
    PUSH_ADDRESS: 'Le boîtier ne connaît pas le service push de ce navigateur.',
  },
}
