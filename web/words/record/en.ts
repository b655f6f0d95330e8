/**
 * What the pages say of a horse's record and of what people set right in it, in English. Scripts do not say these words, and
 * are bundled without them.
 */
import type { CorrectionKind, Gender } from '../../../daemon/types.ts'

export const record = {
  all: 'All about this horse',
  cancel: 'Back',
  sorry: 'That did not work',
  problems: {
    gone: 'It is not there any more.',
    stale: 'It cannot be done any more: somebody else was faster, or something later stands on it.',
    nothing: 'There is no such page.',
    forbidden: 'This is not allowed to you.',
    broken: 'Something broke inside the box; its log says what.',
    later: 'The box cannot do this now. Try again in a while.',
    other: 'The box does not take this.',
  },
  head: {
    here: (camera: string) => `Now at ${camera}`,
    last: (camera: string) => `Last seen at ${camera}`,
    since: 'since',
    offline: 'This camera gives no picture now.',
    resident: 'Resident',
    unsure: 'The box is not sure yet that this is a horse of its own.',
  },
  facts: {
    title: 'Facts',
    breed: 'Breed',
    age: 'Age in years',
    coat: 'Coat colour',
    markings: 'Markings',
    gender: 'Sex',
    genders: { mare: 'Mare', stallion: 'Stallion', gelding: 'Gelding', unknown: 'Unknown' } satisfies Record<
      Gender,
      string
    > as Record<Gender, string>,
    notSaid: 'not said',
    stale:
      'Not saved: somebody else has changed this horse in the meantime. What is there now stands below what you wrote. Save again to put yours in its place.',
    thereNow: (value: string) => `There now: ${value}`,
    makeResident: 'Make it a resident',
    endResident: 'No resident any more',
  },
  looks: {
    title: 'What it is known by',
    none: 'No look is kept yet.',
    day: 'Daylight',
    infrared: 'Infrared',
    anchor: 'Confirmed',
    photo: 'Photo',
    more: (count: number) => `And ${count} more`,
  },
  names: { title: 'Names', none: 'No name', alias: 'from a merged horse' },
  sightings: {
    title: 'Sightings',
    none: 'No sighting is kept.',
    older: 'Older',
    newest: 'Newest',
    founded: 'First seen',
    certain: (share: string) => `${share} probable`,
    corrected: 'A person said so',
    why: 'Why?',
    notThis: 'Not this horse',
    other: 'It is another…',
    from: (from: string, to: string) => `${from} to ${to}`,
    page: 'Sighting',
    of: 'Taken for',
    when: 'When',
  },
  stays: {
    title: 'Where it spends its time',
    camera: 'Camera',
    day: 'Last 24 hours',
    week: 'Last 7 days',
    none: 'It was not seen in the last 7 days.',
  },
  pick: {
    title: 'Who is this?',
    another: 'Another horse…',
    none: 'No horse of that name or number.',
    fresh: 'A new horse',
    name: 'Its name, if it has one',
    make: 'It is a new horse',
    noHorse: 'Not a horse',
    notThis: (horse: string) => `Not ${horse}`,
  },
  merge: {
    title: 'Merge with another horse',
    hint: 'The two become one; its number and name are those of the horse that you choose. It can be undone.',
  },
  split: {
    title: 'Split',
    hint: 'Choose the sightings that are of another horse.',
    button: 'These are another horse',
  },
  remove: {
    title: 'Delete this horse',
    hint: 'It will not be recognised any more. It can be undone.',
    button: 'Yes, delete it',
  },
  said: {
    title: 'What people set right',
    none: 'Nothing yet.',
    all: 'Everything that people set right',
    kinds: {
      reassign: 'Given to another horse',
      'new-horse': 'A new horse',
      incorrect: 'Not a horse',
      'not-this-horse': 'Not this horse',
      merge: 'Merged',
      split: 'Split',
      delete: 'Deleted',
    } satisfies Record<CorrectionKind, string> as Record<CorrectionKind, string>,
    undo: 'Undo',
    undone: 'Undone',
    saved: 'Saved',
  },
  elsewhere: {
    title: 'Changed on another box',
    hint: 'Said later there, so it took the place of what was here.',
    box: 'box',
    yes: 'yes',
    no: 'no',
    alike: {
      title: 'Like a horse of another box',
      hint: 'The looks that both are known by are much alike. Only you know whether they are one horse.',
      call: (name: string) => `Yes, call it ${name}`,
    },
  },
  unknowns: {
    title: 'Unknown horses',
    hint: 'Each group looks like one horse that the box does not know. Your answer teaches it.',
    none: 'Nobody is unknown. Sightings that fit no horse come here.',
    count: (count: number) => (count === 1 ? '1 sighting' : `${count} sightings`),
    maybe: 'Most alike',
    notLooked: (count: number) => `Sightings without a picture good enough to ask about: ${count}`,
  },
}

export type RecordWords = typeof record
