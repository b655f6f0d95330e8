/** What is said around the API's description, in French. */
import type { ApiWords } from './en.ts'

export const frApi: ApiWords = {
  title: 'L’API',
  hint: 'Tout ce qu’un programme peut demander à cette boîte, fait des routes qu’elle a. Ce que fait chacune est décrit en anglais.',
  document: 'La même chose pour les programmes (OpenAPI 3.1)',
  tokens: 'Un programme a besoin d’un jeton, qu’un administrateur fait sur la page Utilisateurs.',
  open: 'ouverte à tous',
  needs: (role) => `demande le rôle ${role}`,
  parameters: 'Paramètres',
  must: 'obligatoire',
  places: { path: 'dans le chemin', query: 'derrière le point d’interrogation' },
  body: 'Prend',
  answers: 'Répond',
  problem: 'Sinon',
  example: 'Exemple',
  shapes: 'Formes des réponses',
  count: (count) => `Opérations : ${count}`,
  none: 'Aucune opération de ce nom.',
}
