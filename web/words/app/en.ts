/**
 * What is said around the pages: by an installed barnbox, and where the box cannot be reached. In English.
 */
export const enApp = {
  about: 'Who is in the barn',
  offline: {
    title: 'The box cannot be reached',
    hint: 'Is this device in the barn’s network, and does the box have power?',
    since: 'The last page came at',
    again: 'Trying again by itself.',
    now: 'Try now',
  },
}

export type AppWords = typeof enApp
