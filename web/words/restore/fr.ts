/**
 * Des sauvegardes qui partent et qui viennent, en français.
 */
import type { RestoreWords } from './en.ts'

export const frRestore: RestoreWords = {
  instead: 'Cette boîte remplace une boîte en panne ?',
  title: 'Restaurer une sauvegarde',
  intro:
    'Les chevaux, les personnes, les caméras et les réglages d’une sauvegarde viennent sur cette boîte vide. Ensuite, vous vous connectez comme sur l’ancienne.',
  back: 'Retour',
  on: 'Continuer',
  hasHorses:
    'Cette boîte connaît déjà des chevaux. Une sauvegarde ne peut prendre leur place qu’à la boîte elle-même, avec',
  busy: 'Une sauvegarde est en cours de lecture ou de restauration.',
  look: 'Regarder de nouveau',
  refused: 'Pas restaurée :',
  fromFile: 'Depuis un fichier',
  file: 'Sauvegarde',
  fileHint: (most) =>
    `Un fichier qui se termine par .tar : il a été enregistré depuis l’ancienne boîte, sur la page « Boîte ». Il y a de la place pour ${most}.`,
  patience:
    'Elle est lue jusqu’au dernier octet avant que rien ne change. Cela peut prendre quelques minutes.',
  send: 'Envoyer à la boîte',
  onDisks: 'Depuis un disque de cette boîte',
  none: 'Aucune sauvegarde trouvée. Branchez le disque et regardez de nouveau.',
  barred: 'Ici, la boîte n’a pas le droit de regarder :',
  noName: 'nom inconnu',
  horses: (count) => (count === 1 ? '1 cheval' : `${count} chevaux`),
  take: 'Choisir',
  willCome: 'Voici ce qui viendra',
  made: 'Faite le',
  box: 'De la boîte',
  allHorses: 'Tous les chevaux',
  sightings: 'Toutes les observations',
  program: 'Avec barnbox',
  named: 'Chevaux qui ont un nom',
  people: 'Personnes qui se connectent',
  cameras: 'Caméras surveillées',
  nobody: 'aucun',
  withoutConfig:
    'Les réglages de l’ancienne boîte ne conviennent pas à celle-ci et ne viennent pas ; les caméras qui s’y trouvaient sont à installer de nouveau :',
  never:
    'L’ancienne boîte ne doit plus jamais fonctionner à côté de celle-ci : les deux seraient la même boîte et s’abîmeraient la mémoire.',
  sure: 'L’ancienne boîte est éteinte et le reste.',
  confirm: 'Restaurer maintenant',
  discard: 'En choisir une autre',
  going: 'La sauvegarde est mise en place',
  goingHint:
    'La boîte redémarre et répond de nouveau dans une ou deux minutes. Connectez-vous alors comme sur l’ancienne.',
  go: 'Vers la boîte',
  backup: 'Sauvegarde',
  backupHint:
    'Tout ce que la boîte sait en ce moment, en un seul fichier, sans vidéo. Il contient des mots de passe : gardez-le là où personne d’autre ne va. Le faire peut prendre quelques minutes.',
  download: 'Enregistrer une sauvegarde',
}
