/**
 * Every word on the pages, in English: the catalogue that the other languages are held to.
 */
import type { CameraState } from '../../daemon/types.ts'
import { record } from './record/en.ts'

const groups = (count: number) => count.toLocaleString('en')

export const en = {
  language: 'en',
  /** As those who speak it call it. */
  ownName: 'English',
  product: 'barnbox',
  menu: 'Pages',
  /** In the menu. */
  places: {
    now: 'Now',
    alerts: 'Alerts',
    unknowns: 'Unknowns',
    cameras: 'Cameras',
    system: 'System',
    users: 'Users',
  },
  record,
  chooseLanguage: 'Language',
  cameras: 'Cameras',
  horses: 'Horses',
  now: 'Now',
  logOut: 'Log out',
  noHorses: 'No horse seen yet. A horse gets its card here once it has stayed in view for a few seconds.',
  noCameras: 'No camera is set up.',
  lost: 'Connection to the box lost. Trying again…',
  needsScripts: 'This page shows live pictures when scripts are allowed. Reload it to see what has changed.',
  stopgap: (embedder: string) =>
    `Recognition by a stopgap model (${embedder}): expect mix-ups between similar horses.`,
  /** `home`: the camera whose number it has, where that needs saying. */
  horse: (number: number, name: string | null, home: string | null = null) => {
    if (name !== null) return `Horse #${number} - ${name}`
    return home === null ? `Horse #${number}` : `Horse #${number} (${home})`
  },
  seen: 'Seen',
  picture: 'Picture',
  sightings: (count: number) => {
    if (count === 0) return 'Not seen by a camera yet'
    return count === 1 ? 'Detected once' : `Detected ${groups(count)} times`
  },
  at: (camera: string) => `Camera ${camera}`,
  nameIt: 'Tap to name',
  horsesHere: (count: number, names: string) =>
    count === 1 ? `1 horse: ${names}` : `${count} horses: ${names}`,
  pictureOf: (camera: string) => `Picture of ${camera}`,
  unknown: 'unknown',
  person: 'person',
  sure: (percent: number) => `${percent} % sure`,
  waiting: 'Waiting for the first picture…',
  blind: 'Nobody looks at these pictures: the models cannot be used',
  inSoftware: (asked: string) => `Decoded in software, for ${asked} does not work here:`,
  faults: {
    config: 'The config file is not in use:',
    memory: 'The box ran out of memory and has begun anew:',
    registry: 'Nothing can be stored:',
    rebuilt: 'The registry was damaged and has been rebuilt:',
    models: 'No horse can be recognised, for the models cannot be used:',
    identity: 'Horses are found, but none can be recognised:',
    embedder: 'Horses are known by the embedder that was in use before, for the other one cannot be taken:',
    ffmpeg: 'No camera can be watched:',
    recording: 'Video is not recorded as it should be:',
    clock: 'The clock of the box is wrong:',
  },
  clips: {
    title: 'Clips',
    hint: 'Video as the camera sent it, the newest first.',
    nobody: 'nobody known seen',
    save: 'Save the video',
    kept: 'kept, for an alert began here',
    older: 'Older clips',
    newest: 'Newest clips',
  },
  search: {
    label: 'Search',
    order: 'Order',
    orders: { number: 'By number', recent: 'Last seen first', count: 'Seen most first' },
    button: 'Search',
    none: 'No horse of that name or number.',
  },
  state: {
    connecting: 'Connecting',
    live: 'Live',
    silent: 'No picture since',
    down: 'Offline since',
  } satisfies Record<CameraState, string> as Record<CameraState, string>,
  edit: {
    title: (number: number) => `Name horse #${number}`,
    name: 'Name',
    notes: 'Notes',
    save: 'Save',
    cancel: 'Cancel',
    saved: 'Saved',
    failed: 'Not saved: the box does not answer. Try again.',
    stale:
      'Not saved: somebody else has changed this horse in the meantime. Close this and tap the horse again to see what is there now.',
    refused: 'Not saved: the box does not take it like this.',
  },
  why: {
    title: 'Why',
    judged: 'This look',
    next: 'The next one',
    noPicture: 'not kept',
    gone: 'a horse that is gone',
    alike: (similarity: string) => `${similarity} alike`,
    corrected: 'A person said so.',
    thought: (words: string) => `The box thought: ${words}`,
    notLooked: 'No look was good enough to judge by',
    forgotten: 'which looks it was is not known any more',
    first: 'Nobody was known yet',
    inDoubt: 'It may have been another animal than a moment before',
    likeNobody: (nearest: string, probability: string) =>
      `Like nobody known: the nearest was ${nearest}, ${probability} probable`,
    unsure: (best: string, probability: string) => `Not sure enough: ${best}, ${probability} probable`,
    probable: (probability: string) => `${probability} probable`,
    is: (best: string, probability: string) => `${best}, ${probability} probable`,
    second: (name: string, probability: string) => `next is ${name}, ${probability}`,
    looks: (count: number) => (count === 1 ? '1 look' : `${groups(count)} looks`),
    accepted: (threshold: string) => `accepted from ${threshold} on`,
  },
  same: {
    title: 'The same horse?',
    hint: 'They look alike, and were never seen at the same time. Merging can be undone.',
    merge: 'Merge',
    merged: 'Merged with another horse',
    undo: 'Undo',
  },
  login: {
    title: 'Log in',
    name: 'Name',
    password: 'Password',
    token: 'Access token',
    orToken: 'With the access token instead',
    hint: 'It stands in the file that http.token_file of the box’s configuration names.',
    button: 'Log in',
    wrong: 'This name and password do not belong together, or this is not the access token.',
    wrongToken: 'This is not the access token.',
  },
  time: {
    now: 'just now',
    ago: (amount: string) => `${amount} ago`,
    seconds: (count: number) => `${count} s`,
    minutes: (count: number) => `${count} min`,
    hours: (count: number) => `${count} h`,
    days: (count: number) => (count === 1 ? '1 day' : `${count} days`),
  },
}

export type Words = typeof en
