/**
 * Why a form's fields were refused, in English: said behind the field's name.
 */
export const enRefusals = {
  empty: 'must not be empty',
  tooShort: (least: string) => `must have at least ${least} characters`,
  tooLong: (most: string) => `must have at most ${most} characters`,
  tooLow: (least: string) => `must be at least ${least}`,
  tooHigh: (most: string) => `must be at most ${most}`,
  tooFew: (least: string) => `there must be at least ${least}`,
  tooMany: (most: string) => `there may be at most ${most}`,
  fewCorners: 'it needs at least 3 corners',
  manyCorners: 'it has more than 16 corners',
  outside: 'it goes beyond the picture',
  crossing: 'it crosses or touches itself',
  tooSmall: 'it is too small',
  wrong: 'cannot be taken like this',
  /** Of the whole, by its code. */
  codes: {
    NAME_TAKEN: 'This name is taken already.',
    LAST_ADMIN: 'There must be an admin left: make somebody else one first.',
    NOT_FOUND: 'It is not there any more.',
    SET_UP: 'The box is set up already: log in.',
    TOO_MANY_TRIES: 'Too many wrong tries. Wait a minute and try again.',
    TOO_MANY_AT_ONCE: 'Too many log-ins at once. Try again.',
    OLD_PASSWORD: 'The old password is wrong.',
    PUSH_LIMIT: 'There are as many devices as one user may have: remove one first.',
    PUSH_ADDRESS: 'This browser’s push service is none that the box knows.',
  },
}

export type RefusalWords = typeof enRefusals
