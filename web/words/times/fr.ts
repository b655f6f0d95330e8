/**
 * Quand quelque chose est annoncé, comme un administrateur le règle sur la page, en français.
 */
import type { TimesWords } from './en.ts'

export const frTimes: TimesWords = {
  title: 'Règles et horaires',
  lead: 'Ce qui est une alerte, et quand quelqu’un est prévenu. Ce qui n’est pas changé ici est comme dans la configuration du boîtier.',
  asInConfig: 'Tout est comme dans la configuration.',
  changed: (who) => (who === null ? 'Changé ici' : `Changé par ${who}`),
  back: 'Retour aux alertes',
  night: 'Nuit',
  nightHint: 'Personne ne devrait alors être dans l’écurie.',
  quiet: 'Heures calmes',
  quietOn: 'Il y a des heures calmes',
  quietHint: 'Seul ceci est alors annoncé. Cette page montre tout.',
  least: 'Ce qui est annoncé quand même',
  levels: { info: 'tout', warning: 'les avertissements et l’urgent', critical: 'l’urgent seulement' },
  from: 'De',
  to: 'À',
  schedules: 'Comme prévu',
  schedulesHint:
    'Repas, sortie au pré, vétérinaire : à ces heures ce n’est pas une alerte. Sans nom, un plan est retiré.',
  newSchedule: 'Un autre plan',
  name: 'Nom',
  days: 'Jours',
  daysHint: 'Tous les jours si aucun n’est coché.',
  silences: 'N’est alors pas une alerte',
  cameras: 'Seulement à ces caméras',
  camerasHint: 'À toutes si aucune n’est cochée.',
  rules: 'Ce qui est une alerte',
  on: 'Active',
  more: 'Quelle urgence, et quand',
  severity: 'Quelle urgence',
  after: 'Après tant de secondes',
  coolDown: 'Pas à nouveau pendant tant de secondes',
  save: 'Enregistrer',
  saved: 'Enregistré.',
  reset: 'Comme dans la configuration',
  stale: 'Quelqu’un d’autre l’a changé entre-temps : voici ce qu’il en est.',
}
