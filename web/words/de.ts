/** The words in German. */
import type { Words } from './en.ts'
import { record } from './record/de.ts'

const groups = (count: number) => count.toLocaleString('de')

export const de: Words = {
  language: 'de',
  ownName: 'Deutsch',
  product: 'barnbox',
  menu: 'Seiten',
  /** In the menu. */
  places: {
    now: 'Jetzt',
    alerts: 'Meldungen',
    unknowns: 'Unbekannte',
    cameras: 'Kameras',
    system: 'Box',
    users: 'Benutzer',
  },
  record,
  chooseLanguage: 'Sprache',
  cameras: 'Kameras',
  horses: 'Pferde',
  now: 'Jetzt',
  logOut: 'Abmelden',
  noHorses:
    'Noch kein Pferd gesehen. Ein Pferd bekommt hier seine Karte, sobald es einige Sekunden im Bild war.',
  noCameras: 'Es ist keine Kamera eingerichtet.',
  lost: 'Keine Verbindung zur Box. Neuer Versuch…',
  needsScripts: 'Mit Skripten zeigt diese Seite laufende Bilder. Neu laden zeigt, was sich geändert hat.',
  stopgap: (embedder) =>
    `Erkannt wird mit einem Behelfsmodell (${embedder}): ähnliche Pferde werden verwechselt.`,
  horse(number, name, home = null) {
    if (name !== null) return `Pferd #${number} - ${name}`
    return home === null ? `Pferd #${number}` : `Pferd #${number} (${home})`
  },
  seen: 'Gesehen',
  picture: 'Bild',
  sightings(count) {
    if (count === 0) return 'Noch von keiner Kamera gesehen'
    return count === 1 ? 'Einmal erkannt' : `${groups(count)}-mal erkannt`
  },
  at: (camera) => `Kamera ${camera}`,
  nameIt: 'Antippen und benennen',
  horsesHere: (count: number, names: string) =>
    count === 1 ? `1 Pferd: ${names}` : `${count} Pferde: ${names}`,
  pictureOf: (camera) => `Bild von ${camera}`,
  unknown: 'unbekannt',
  person: 'Person',
  sure: (percent) => `zu ${percent} % sicher`,
  waiting: 'Warten auf das erste Bild…',
  blind: 'Niemand sieht diese Bilder an: Die Modelle sind nicht verwendbar',
  inSoftware: (asked) => `In Software dekodiert, denn ${asked} geht hier nicht:`,
  faults: {
    config: 'Die Konfigurationsdatei wird nicht verwendet:',
    memory: 'Der Box ging der Speicher aus, sie hat neu begonnen:',
    registry: 'Nichts kann gespeichert werden:',
    rebuilt: 'Das Register war beschädigt und wurde wiederhergestellt:',
    models: 'Kein Pferd kann erkannt werden, denn die Modelle sind nicht verwendbar:',
    identity: 'Pferde werden gefunden, aber keines wird erkannt:',
    embedder: 'Pferde werden mit dem bisherigen Modell erkannt, denn das andere ist nicht verwendbar:',
    ffmpeg: 'Keine Kamera kann angesehen werden:',
    recording: 'Video wird nicht aufgezeichnet, wie es soll:',
    clock: 'Die Uhr des Geräts geht falsch:',
  },
  clips: {
    title: 'Aufnahmen',
    hint: 'Das Video, wie es von der Kamera kam, das neueste zuerst.',
    nobody: 'niemand Bekanntes gesehen',
    save: 'Video speichern',
    kept: 'bleibt: hier begann ein Alarm',
    older: 'Ältere Aufnahmen',
    newest: 'Neueste Aufnahmen',
  },
  search: {
    label: 'Suchen',
    order: 'Reihenfolge',
    orders: { number: 'Nach Nummer', recent: 'Zuletzt gesehene zuerst', count: 'Oft gesehene zuerst' },
    button: 'Suchen',
    none: 'Kein Pferd mit diesem Namen oder dieser Nummer.',
  },
  state: {
    connecting: 'Verbindet',
    live: 'Live',
    silent: 'Kein Bild seit',
    down: 'Nicht erreichbar seit',
  },
  edit: {
    title: (number) => `Pferd #${number} benennen`,
    name: 'Name',
    notes: 'Notizen',
    save: 'Speichern',
    cancel: 'Abbrechen',
    saved: 'Gespeichert',
    failed: 'Nicht gespeichert: Die Box antwortet nicht. Bitte noch einmal.',
    stale:
      'Nicht gespeichert: Jemand anderes hat dieses Pferd inzwischen geändert. Schließen und noch einmal auf das Pferd tippen zeigt, was jetzt dort steht.',
    refused: 'Nicht gespeichert: So nimmt es die Box nicht an.',
  },
  why: {
    title: 'Warum',
    judged: 'Dieser Blick',
    next: 'Das nächste',
    noPicture: 'nicht aufgehoben',
    gone: 'ein Pferd, das es nicht mehr gibt',
    alike: (similarity) => `${similarity} ähnlich`,
    corrected: 'Ein Mensch hat es gesagt.',
    thought: (words) => `Die Box meinte: ${words}`,
    notLooked: 'Kein Blick war gut genug für ein Urteil',
    forgotten: 'welche Blicke es waren, ist nicht mehr bekannt',
    first: 'Es war noch niemand bekannt',
    inDoubt: 'Es konnte ein anderes Tier sein als kurz zuvor',
    likeNobody: (nearest, probability) =>
      `Niemandem ähnlich genug: am nächsten war ${nearest}, ${probability} wahrscheinlich`,
    unsure: (best, probability) => `Nicht sicher genug: ${best}, ${probability} wahrscheinlich`,
    probable: (probability) => `${probability} wahrscheinlich`,
    is: (best, probability) => `${best}, ${probability} wahrscheinlich`,
    second: (name, probability) => `danach ${name}, ${probability}`,
    looks: (count) => (count === 1 ? '1 Blick' : `${groups(count)} Blicke`),
    accepted: (threshold) => `angenommen ab ${threshold}`,
  },
  same: {
    title: 'Dasselbe Pferd?',
    hint: 'Sie sehen sich ähnlich und wurden nie gleichzeitig gesehen. Das Zusammenlegen kann man zurücknehmen.',
    merge: 'Zusammenlegen',
    merged: 'Mit einem anderen Pferd zusammengelegt',
    undo: 'Zurücknehmen',
  },
  login: {
    title: 'Anmelden',
    name: 'Name',
    password: 'Passwort',
    token: 'Zugangsschlüssel',
    orToken: 'Stattdessen mit dem Zugangsschlüssel',
    hint: 'Er steht in der Datei, die http.token_file in der Konfiguration der Box nennt.',
    button: 'Anmelden',
    wrong: 'Name und Passwort gehören nicht zusammen, oder dies ist nicht der Zugangsschlüssel.',
    wrongToken: 'Dies ist nicht der Zugangsschlüssel.',
  },
  time: {
    now: 'gerade eben',
    ago: (amount) => `vor ${amount}`,
    seconds: (count) => `${count} s`,
    minutes: (count) => `${count} min`,
    hours: (count) => `${count} h`,
    days: (count) => (count === 1 ? '1 Tag' : `${count} Tagen`),
  },
}
