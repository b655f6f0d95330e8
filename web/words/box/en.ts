/**
 * The words for whoever keeps the box, in English: what the other languages are held to.
 */
export const enBox = {
  setup: {
    title: 'Set up this box',
    intro: 'Nobody may use it yet. You become its first user, and let the others in later.',
    pin: 'PIN',
    pinHint: 'The installer has shown it. At the box itself this prints it again:',
    wrongPin: 'This is not the PIN of this box.',
    button: 'Begin',
  },
  people: {
    name: 'Name',
    password: 'Password',
    passwordHint: 'At least 8 characters.',
  },
}

export type BoxWords = typeof enBox
