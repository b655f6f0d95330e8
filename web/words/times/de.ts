/**
 * Wann etwas gemeldet wird, wie es ein Admin auf der Seite einstellt, auf Deutsch.
 */
import type { TimesWords } from './en.ts'

export const deTimes: TimesWords = {
  title: 'Regeln und Zeiten',
  lead: 'Was eine Meldung ist und wann jemand sie erfährt. Was hier nicht geändert wird, ist wie in der Konfiguration.',
  asInConfig: 'Alles ist wie in der Konfiguration.',
  changed: (who) => (who === null ? 'Hier geändert' : `Geändert von ${who}`),
  back: 'Zurück zu den Meldungen',
  night: 'Nacht',
  nightHint: 'Dann soll niemand im Stall sein.',
  quiet: 'Ruhezeit',
  quietOn: 'Es gibt eine Ruhezeit',
  quietHint: 'Dann wird nur dies gemeldet. Die Seite zeigt alles.',
  least: 'Was trotzdem gemeldet wird',
  levels: { info: 'alles', warning: 'Warnungen und Dringendes', critical: 'nur Dringendes' },
  from: 'Von',
  to: 'Bis',
  schedules: 'Wie geplant',
  schedulesHint:
    'Füttern, Weide, Tierarzt: zu diesen Zeiten ist das keine Meldung. Ohne Namen wird ein Plan entfernt.',
  newSchedule: 'Noch ein Plan',
  name: 'Bezeichnung',
  days: 'Tage',
  daysHint: 'Jeden Tag, wenn keiner angekreuzt ist.',
  silences: 'Ist dann keine Meldung',
  cameras: 'Nur bei diesen Kameras',
  camerasHint: 'Bei allen, wenn keine angekreuzt ist.',
  rules: 'Was eine Meldung ist',
  on: 'An',
  more: 'Wie dringend und wann',
  severity: 'Wie dringend',
  after: 'Nach so vielen Sekunden',
  coolDown: 'Nicht wieder für so viele Sekunden',
  save: 'Speichern',
  saved: 'Gespeichert.',
  reset: 'Wie in der Konfiguration',
  stale: 'Jemand anders hat es inzwischen geändert: so ist es jetzt.',
}
