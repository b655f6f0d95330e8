/**
 * When something is raised and told, as an admin sets it on the page, in English.
 */
export const enTimes = {
  title: 'Rules and times',
  lead: 'What counts as an alert, and when somebody is told. What is not changed here is as in the configuration of the box.',
  asInConfig: 'All is as in the configuration.',
  changed: (who: string | null) => (who === null ? 'Changed here' : `Changed by ${who}`),
  back: 'Back to the alerts',
  night: 'Night',
  nightHint: 'Then nobody should be in the barn.',
  quiet: 'Quiet hours',
  quietOn: 'Have quiet hours',
  quietHint: 'Then only this is told. This page lists everything.',
  least: 'What is told all the same',
  levels: { info: 'everything', warning: 'warnings and what is urgent', critical: 'only what is urgent' },
  from: 'From',
  to: 'To',
  schedules: 'As planned',
  schedulesHint:
    'Feeding, turnout, the vet: at these times such things are no alert. Without a name a plan is removed.',
  newSchedule: 'Another plan',
  name: 'Name',
  days: 'Days',
  daysHint: 'Every day where none is ticked.',
  silences: 'Is no alert then',
  cameras: 'Only at these cameras',
  camerasHint: 'At all where none is ticked.',
  rules: 'What is an alert',
  on: 'On',
  more: 'How urgent, and when',
  severity: 'How urgent',
  after: 'After so many seconds',
  coolDown: 'Not again for so many seconds',
  save: 'Save',
  saved: 'Saved.',
  reset: 'As in the configuration',
  stale: 'Somebody else has changed it in the meantime: this is how it is now.',
}

export type TimesWords = typeof enTimes
