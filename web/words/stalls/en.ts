/**
 * What the pages say of the places on a camera's picture, in English.
 */
export const enStalls = {
  title: 'Stalls',
  titleOf: (camera: string) => `Stalls: ${camera}`,
  hint: 'Draw around each stall on the picture. Then a horse’s page says which one it is in.',
  none: 'No stall is drawn yet.',
  add: 'Draw a stall',
  change: (name: string) => `Change ${name}`,
  remove: (name: string) => `Delete ${name}`,
  name: 'Name',
  kind: 'What it is',
  place: {
    home: (stall: string) => `In ${stall}`,
    anothers: (stall: string) => `In ${stall}, which is another’s`,
    wrong: (stall: string, own: string) => `In ${stall}, belongs in ${own}`,
    missing: (own: string) => `Not in ${own}`,
    since: 'since',
  },
  kinds: { stall: 'Stall', zone: 'Zone: aisle, gate, wash bay' },
  outline: 'Outline',
  expected: 'Horses that belong there',
  noHorses: 'No horse is known here yet.',
  how: 'Tap the picture to add a corner, drag a corner to move it.',
  byKeys: 'By keys: arrows move a corner, with Shift further; Delete removes it.',
  needsScript: 'Drawing needs scripts. Name and horses can be changed without.',
  addCorner: 'Add a corner',
  removeCorner: 'Delete the corner',
  close: 'Close the outline',
  /** A script fills it in. */
  corner: 'Corner {n} of {of}: {x} % from the left, {y} % from the top',
  closed: 'The outline is closed.',
  noPicture: 'This camera gives no picture now.',
  deleted: 'The stall is deleted.',
  stale:
    'Not saved: somebody else has changed this stall in the meantime. Save again to put yours in its place.',
  taken: 'There is already a stall of this name on this camera.',
  show: 'Show the stalls',
  hide: 'Hide the stalls',
}

export type StallWords = typeof enStalls
