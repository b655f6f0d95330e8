/**
 * What the pages say of what is not as it should be, in English.
 */
import type { AlertKind, Severity } from '../../../daemon/presence-types.ts'

export const enAlerts = {
  title: 'Alerts',
  open: 'Now',
  openNow: (count: number) => (count === 1 ? '1 alert:' : `${count} alerts:`),
  calm: 'All is as it should be.',
  past: 'Before',
  nonePast: 'Nothing yet.',
  kinds: {
    camera_down: 'Camera offline',
    stall_blind: 'Nobody can see this stall',
    box_trouble: 'Something is wrong with the box',
    horse_missing: 'Horse missing',
    wrong_horse: 'Wrong horse in the stall',
    unknown_horse: 'Unknown horse in the stall',
    horse_outside: 'Horse outside its stall',
    person_at_night: 'Somebody is there at night',
    down_too_long: 'Lying for long (experimental)',
    restless: 'Restless (experimental)',
  } satisfies Record<AlertKind, string> as Record<AlertKind, string>,
  severities: { info: 'Note', warning: 'Warning', critical: 'Urgent' } satisfies Record<
    Severity,
    string
  > as Record<Severity, string>,
  parts: {
    disk: 'The disk is nearly full.',
    clock: 'The clock of the box has jumped.',
    heat: 'The box is too hot: look for dust, sun, a fan that stands still.',
    config: 'The config file is not in use.',
    memory: 'The box ran out of memory and has begun anew.',
    registry: 'Nothing can be stored.',
    rebuilt: 'The registry was damaged and has been rebuilt.',
    models: 'No horse can be recognised.',
    identity: 'Horses cannot be told apart.',
    embedder: 'The network that tells horses apart could not be changed.',
    ffmpeg: 'No camera can be watched.',
    recording: 'Video is not recorded as it should be.',
  } as Readonly<Record<string, string>>,
  since: 'since',
  until: 'until',
  picture: 'What the camera showed',
  acknowledge: 'I look after it',
  acknowledged: (who: string | null) => (who === null ? 'Somebody looks after it' : `${who} looks after it`),
  snooze: 'Quiet for',
  snoozed: 'Quiet until',
  hour: '1 hour',
  night: '8 hours',
  useful: 'Useful',
  notUseful: 'False alarm',
  wasUseful: 'Useful, somebody said',
  wasNot: 'A false alarm, somebody said',
  toldAgain: (times: number) => (times === 1 ? 'told again once' : `told again ${times} times`),
  week: (alerts: number, wrong: number) => `Last seven days: ${alerts} alerts, ${wrong} of them false alarms`,
  perNight: (count: string) => `${count} a stall and night`,
  ways: 'Who is told',
  noWays: 'Nobody yet but this page: the configuration of the box names a broker or another address.',
  waiting: (count: number) => (count === 1 ? '1 message waits' : `${count} messages wait`),
  allTold: 'all is told',
  dropped: (count: number) => `${count} could not be told in time`,
  off: 'Alerts are switched off in the configuration of the box.',
  paused:
    'Telling is paused: somebody switched it off over MQTT, for twelve hours at most. What comes is listed here.',
}

export type AlertWords = typeof enAlerts
