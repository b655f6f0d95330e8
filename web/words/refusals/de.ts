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
}
