/**
 * The words of backups that come and go, in English: what the other languages are held to.
 */
export const enRestore = {
  /** On the page of the set-up. */
  instead: 'This box takes the place of a broken one?',
  title: 'Restore a backup',
  intro:
    'Horses, people, cameras and settings of a backup come to this empty box. You then log in as on the old box.',
  back: 'Back',
  on: 'Go on',
  hasHorses: 'This box knows horses already. Only at the box itself can a backup take their place, by',
  busy: 'A backup is being read or put in place.',
  look: 'Look again',
  refused: 'Not restored:',
  fromFile: 'From a file',
  file: 'Backup',
  fileHint: (most: string) =>
    `A file that ends in .tar: it was saved from the old box, on the page System. There is room for ${most}.`,
  patience: 'It is read to the last byte before anything changes. That may take some minutes.',
  send: 'Send to the box',
  onDisks: 'From a disk of this box',
  none: 'No backup was found. Plug the disk in, and look again.',
  barred: 'Here the box may not look:',
  noName: 'name unknown',
  horses: (count: number) => (count === 1 ? '1 horse' : `${count} horses`),
  take: 'Choose',
  willCome: 'This will come',
  made: 'Made',
  box: 'Box',
  allHorses: 'All horses',
  sightings: 'All sightings',
  program: 'By barnbox',
  named: 'Horses with a name',
  people: 'People who log in',
  cameras: 'Cameras that are watched',
  nobody: 'none',
  withoutConfig:
    'The settings of the old box do not fit this one and do not come; cameras that stood in them must be set up again:',
  never:
    'The old box must never run again beside this one: both would be the same box, and spoil each other’s memory.',
  sure: 'The old box is switched off and stays so.',
  confirm: 'Restore now',
  discard: 'Choose another one',
  going: 'The backup is put in place',
  goingHint: 'The box starts anew, and answers again in a minute or two. Then log in as on the old box.',
  go: 'To the box',
  /** On the page of the box itself. */
  backup: 'Backup',
  backupHint:
    'All that the box knows of this moment as one file, without video. Passwords are in it: keep it where nobody else comes. Making it may take some minutes.',
  download: 'Save a backup',
}

export type RestoreWords = typeof enRestore
