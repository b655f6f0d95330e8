/**
 * Was ein Telefon von dem sagt, was nicht ist, wie es sein soll, und wie ein Telefon es erfährt, auf Deutsch.
 */
import type { PushWords } from './en.ts'

export const dePush: PushWords = {
  title: 'Dieses Gerät',
  about:
    'Meldungen können auf dieses Gerät kommen, auch wenn keine Seite offen ist: über den Push-Dienst des Browser-Herstellers. Das braucht Internet, hier und im Stall; was gesagt wird, ist für dieses Gerät verschlüsselt.',
  off: 'Die Konfiguration erlaubt es nicht: sie braucht `push: {}` unter `alerts`.',
  noUser: 'Dafür mit dem eigenen Namen anmelden: ein Gerät gehört jemandem.',
  cannot:
    'Dieser Browser kann es nicht. Er erlaubt es nur, wenn die Seite über https geöffnet wurde, mit einem Zertifikat, dem er vertraut. Auf iPhone oder iPad die Seite zuerst zum Home-Bildschirm hinzufügen und von dort öffnen.',
  isOn: 'Dieses Gerät erfährt es.',
  isOff: 'Dieses Gerät erfährt nichts.',
  least: 'Melde mir',
  levels: { info: 'alles', warning: 'Warnungen und Dringendes', critical: 'nur Dringendes' },
  turnOn: 'Auf diesem Gerät melden',
  turnOff: 'Hier nicht mehr melden',
  change: 'Ändern',
  test: 'Probe schicken',
  sent: 'Eine Probe ist unterwegs. Sie sollte in wenigen Sekunden da sein.',
  denied:
    'Der Browser lässt von dieser Seite nichts durch: Benachrichtigungen in seinen Einstellungen erlauben.',
  failed: 'Das ging nicht. Gibt es Internet, hier und im Stall?',
  others: 'Deine anderen Geräte',
  remove: 'Entfernen',
  way: 'Push auf Telefone',
  message: {
    again: (kind) => `Immer noch: ${kind}`,
    over: (kind) => `Vorbei: ${kind}`,
    late: 'Verspätet gemeldet.',
    test: 'Eine Probe aus dem Stall',
    testBody: 'Dieses Gerät erfährt Meldungen.',
  },
}
