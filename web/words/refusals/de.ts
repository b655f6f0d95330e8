/** Why a form's fields were refused, in German. */
import type { RefusalWords } from './en.ts'

export const deRefusals: RefusalWords = {
  empty: 'darf nicht leer sein',
  tooShort: (least) => `muss mindestens ${least} Zeichen haben`,
  tooLong: (most) => `darf höchstens ${most} Zeichen haben`,
  tooLow: (least) => `muss mindestens ${least} sein`,
  tooHigh: (most) => `darf höchstens ${most} sein`,
  tooFew: (least) => `es müssen mindestens ${least} sein`,
  tooMany: (most) => `es dürfen höchstens ${most} sein`,
  fewCorners: 'braucht mindestens 3 Ecken',
  manyCorners: 'hat mehr als 16 Ecken',
  outside: 'ragt über das Bild hinaus',
  crossing: 'kreuzt oder berührt sich selbst',
  tooSmall: 'ist zu klein',
  wrong: 'geht so nicht',
  /** Of the whole, by its code. */
  codes: {
    NAME_TAKEN: 'Diesen Namen gibt es schon.',
    LAST_ADMIN: 'Ein Verwalter muss bleiben: Machen Sie zuerst jemand anderen dazu.',
    NOT_FOUND: 'Das gibt es nicht mehr.',
    SET_UP: 'Die Box ist schon eingerichtet: Melden Sie sich an.',
    TOO_MANY_TRIES: 'Zu viele falsche Versuche. Warten Sie eine Minute.',
    TOO_MANY_AT_ONCE: 'Zu viele Anmeldungen auf einmal. Bitte noch einmal versuchen.',
    OLD_PASSWORD: 'Das alte Passwort ist falsch.',
    PUSH_LIMIT: 'Mehr Geräte kann eine Person nicht haben: zuerst eines entfernen.',
    PUSH_ADDRESS: 'Den Push-Dienst dieses Browsers kennt das Gerät im Stall nicht.',
  },
}
