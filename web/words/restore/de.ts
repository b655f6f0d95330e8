/**
 * Von Sicherungen, die gehen und kommen, auf Deutsch.
 */
import type { RestoreWords } from './en.ts'

export const deRestore: RestoreWords = {
  instead: 'Diese Box tritt an die Stelle einer kaputten?',
  title: 'Sicherung einspielen',
  intro:
    'Pferde, Leute, Kameras und Einstellungen einer Sicherung kommen auf diese leere Box. Danach melden Sie sich an wie auf der alten.',
  back: 'Zurück',
  on: 'Weiter',
  hasHorses:
    'Diese Box kennt schon Pferde. Nur an der Box selbst kann eine Sicherung an deren Stelle treten, mit',
  busy: 'Eine Sicherung wird gerade gelesen oder eingespielt.',
  look: 'Noch einmal nachsehen',
  refused: 'Nicht eingespielt:',
  fromFile: 'Aus einer Datei',
  file: 'Sicherung',
  fileHint: (most) =>
    `Eine Datei, die auf .tar endet: Sie wurde auf der alten Box gespeichert, auf der Seite „Box“. Platz ist für ${most}.`,
  patience: 'Sie wird bis zum letzten Byte gelesen, bevor sich etwas ändert. Das kann einige Minuten dauern.',
  send: 'An die Box schicken',
  onDisks: 'Von einem Datenträger dieser Box',
  none: 'Keine Sicherung gefunden. Stecken Sie den Datenträger an und sehen Sie noch einmal nach.',
  barred: 'Hier darf die Box nicht nachsehen:',
  noName: 'Name unbekannt',
  horses: (count) => (count === 1 ? '1 Pferd' : `${count} Pferde`),
  take: 'Auswählen',
  willCome: 'Das kommt',
  made: 'Gemacht am',
  box: 'Von der Box',
  allHorses: 'Alle Pferde',
  sightings: 'Alle Sichtungen',
  program: 'Mit barnbox',
  named: 'Pferde mit Namen',
  people: 'Leute, die sich anmelden',
  cameras: 'Kameras, die beobachtet werden',
  nobody: 'keine',
  withoutConfig:
    'Die Einstellungen der alten Box passen nicht zu dieser und kommen nicht mit; Kameras, die darin standen, müssen neu eingerichtet werden:',
  never:
    'Die alte Box darf nie wieder neben dieser laufen: Beide wären dieselbe Box und verdürben einander das Gedächtnis.',
  sure: 'Die alte Box ist ausgeschaltet und bleibt es.',
  confirm: 'Jetzt einspielen',
  discard: 'Eine andere auswählen',
  going: 'Die Sicherung wird eingespielt',
  goingHint:
    'Die Box startet neu und antwortet in ein, zwei Minuten wieder. Melden Sie sich dann an wie auf der alten Box.',
  go: 'Zur Box',
  backup: 'Sicherung',
  backupHint:
    'Alles, was die Box in diesem Augenblick weiß, als eine Datei, ohne Video. Passwörter stehen darin: Bewahren Sie sie auf, wo sonst niemand hinkommt. Sie zu machen kann einige Minuten dauern.',
  download: 'Sicherung speichern',
}
