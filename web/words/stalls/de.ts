/** What the pages say of the places on a camera's picture, in German. */
import type { StallWords } from './en.ts'

export const deStalls: StallWords = {
  title: 'Boxen',
  titleOf: (camera) => `Boxen: ${camera}`,
  hint: 'Zeichnen Sie jede Pferdebox auf dem Bild nach. Dann sagt die Seite eines Pferdes, in welcher es ist.',
  none: 'Noch ist keine Pferdebox gezeichnet.',
  add: 'Pferdebox zeichnen',
  change: (name) => `${name} ändern`,
  remove: (name) => `${name} löschen`,
  name: 'Bezeichnung',
  kind: 'Was es ist',
  kinds: { stall: 'Pferdebox', zone: 'Bereich: Gasse, Tor, Waschplatz' },
  outline: 'Umriss',
  expected: 'Pferde, die dorthin gehören',
  noHorses: 'Hier ist noch kein Pferd bekannt.',
  how: 'Ein Tipp auf das Bild setzt eine Ecke, Ziehen verschiebt sie.',
  byKeys: 'Mit Tasten: Pfeile verschieben eine Ecke, mit Umschalt weiter; Entf löscht sie.',
  needsScript: 'Zeichnen geht nur mit Skripten. Bezeichnung und Pferde lassen sich auch ohne ändern.',
  addCorner: 'Ecke setzen',
  removeCorner: 'Ecke löschen',
  close: 'Umriss schließen',
  corner: 'Ecke {n} von {of}: {x} % von links, {y} % von oben',
  closed: 'Der Umriss ist geschlossen.',
  noPicture: 'Diese Kamera liefert gerade kein Bild.',
  deleted: 'Die Pferdebox ist gelöscht.',
  stale:
    'Nicht gespeichert: Jemand anders hat diese Pferdebox inzwischen geändert. Noch einmal speichern ersetzt es durch Ihres.',
  taken: 'Auf dieser Kamera gibt es schon eine Pferdebox mit dieser Bezeichnung.',
  show: 'Boxen zeigen',
  hide: 'Boxen verbergen',
}
