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
    title: 'Users',
    persons: 'People',
    programs: 'Programs',
    programsHint: 'A token is for a program that asks the box by itself. It is sent as',
    noPrograms: 'No program may use the box.',
    addPerson: 'Let somebody in',
    addProgram: 'Let a program in',
    add: 'Let in',
    makeToken: 'Make a token',
    name: 'Name',
    role: 'May do what',
    roles: { viewer: 'Viewer', caretaker: 'Caretaker', admin: 'Admin' },
    may: {
      viewer: 'looks at everything',
      caretaker: 'also names horses and corrects the box',
      admin: 'also runs the box',
    },
    since: 'added',
    used: 'used',
    neverUsed: 'never used',
    password: 'Password',
    passwordHint: 'At least 8 characters.',
    emptyIsMade: 'Leave it empty: one is made, and shown once.',
    changeRole: 'Change',
    newPassword: 'New password',
    removePerson: (name: string) => `Let ${name} in no longer`,
    revoke: (name: string) => `Revoke the token of ${name}`,
    newPasswordOf: (name: string) => `The password of ${name}`,
    newTokenOf: (name: string) => `The token of ${name}`,
    shownOnce: 'Write it down now: it is not shown again.',
    me: 'My page',
    noUser: 'Without a user',
    oldPassword: 'Old password',
    change: 'Change',
    endsSessions: 'Your other devices must log in again.',
    passwordChanged: 'Your password is changed.',
  },
}

export type BoxWords = typeof enBox
