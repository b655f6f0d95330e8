/** What is said around the API's description, in German. */
import type { ApiWords } from './en.ts'

export const deApi: ApiWords = {
  title: 'Die API',
  hint: 'Alles, was ein Programm diese Box fragen kann, aus den Wegen gemacht, die sie hat. Was jeder tut, ist auf Englisch beschrieben.',
  document: 'Dasselbe für Programme (OpenAPI 3.1)',
  tokens: 'Ein Programm braucht einen Schlüssel, den ein Verwalter auf der Seite Benutzer macht.',
  open: 'für alle offen',
  needs: (role) => `braucht die Rolle ${role}`,
  parameters: 'Angaben',
  must: 'muss dabei sein',
  places: { path: 'im Pfad', query: 'hinter dem Fragezeichen' },
  body: 'Nimmt',
  answers: 'Antwortet',
  problem: 'Sonst',
  example: 'Beispiel',
  shapes: 'Formen der Antworten',
  count: (count) => `Aufrufe: ${count}`,
  none: 'Kein Aufruf dieses Namens.',
}
