/** The words in French. */
import type { Words } from './en.ts'
import { record } from './record/fr.ts'

const groups = (count: number) => count.toLocaleString('fr')

export const fr: Words = {
  language: 'fr',
  ownName: 'Français',
  product: 'barnbox',
  menu: 'Pages',
  /** In the menu. */
  places: {
    now: 'Maintenant',
    alerts: 'Alertes',
    unknowns: 'Inconnus',
    cameras: 'Caméras',
    system: 'Boîte',
    users: 'Utilisateurs',
  },
  record,
  chooseLanguage: 'Langue',
  cameras: 'Caméras',
  horses: 'Chevaux',
  now: 'Maintenant',
  logOut: 'Se déconnecter',
  noHorses:
    'Aucun cheval vu pour l’instant. Un cheval reçoit ici sa fiche après quelques secondes dans le champ.',
  noCameras: 'Aucune caméra n’est installée.',
  lost: 'Connexion à la boîte perdue. Nouvel essai…',
  needsScripts:
    'Avec les scripts, cette page montre les images en direct. Rechargez-la pour voir ce qui a changé.',
  stopgap: (embedder) =>
    `Reconnaissance par un modèle provisoire (${embedder}) : les chevaux semblables seront confondus.`,
  horse(number, name, home = null) {
    if (name !== null) return `Cheval #${number} - ${name}`
    return home === null ? `Cheval #${number}` : `Cheval #${number} (${home})`
  },
  seen: 'Vu',
  picture: 'Photo',
  sightings(count) {
    if (count === 0) return 'Pas encore vu par une caméra'
    return count === 1 ? 'Détecté une fois' : `Détecté ${groups(count)} fois`
  },
  at: (camera) => `Caméra ${camera}`,
  nameIt: 'Toucher pour le nommer',
  horsesHere: (count: number, names: string) =>
    count === 1 ? `1 cheval : ${names}` : `${count} chevaux : ${names}`,
  pictureOf: (camera) => `Image de ${camera}`,
  unknown: 'inconnu',
  person: 'personne',
  sure: (percent) => `sûr à ${percent} %`,
  waiting: 'En attente de la première image…',
  blind: 'Personne ne regarde ces images : les modèles sont inutilisables',
  inSoftware: (asked) => `Décodé par logiciel, car ${asked} ne marche pas ici :`,
  faults: {
    config: 'Le fichier de configuration n’est pas utilisé :',
    memory: 'La mémoire a manqué et le boîtier a redémarré :',
    registry: 'Rien ne peut être enregistré :',
    rebuilt: 'Le registre était endommagé et a été reconstruit :',
    models: 'Aucun cheval ne peut être reconnu, car les modèles sont inutilisables :',
    identity: 'Des chevaux sont trouvés, mais aucun n’est reconnu :',
    embedder: 'Les chevaux sont reconnus par l’ancien modèle, car l’autre est inutilisable :',
    ffmpeg: 'Aucune caméra ne peut être regardée :',
    recording: 'La vidéo n’est pas enregistrée comme il faut :',
    clock: 'L’horloge du boîtier est fausse :',
  },
  clips: {
    title: 'Enregistrements',
    hint: 'La vidéo telle que la caméra l’a envoyée, la plus récente d’abord.',
    nobody: 'personne de connu',
    save: 'Enregistrer la vidéo',
    kept: 'conservé : une alerte a commencé ici',
    older: 'Enregistrements plus anciens',
    newest: 'Enregistrements les plus récents',
  },
  search: {
    label: 'Chercher',
    order: 'Ordre',
    orders: { number: 'Par numéro', recent: 'Vus en dernier', count: 'Les plus vus' },
    button: 'Chercher',
    none: 'Aucun cheval de ce nom ou de ce numéro.',
  },
  state: {
    connecting: 'Connexion',
    live: 'En direct',
    silent: 'Pas d’image depuis',
    down: 'Hors ligne depuis',
  },
  edit: {
    title: (number) => `Nommer le cheval #${number}`,
    name: 'Nom',
    notes: 'Notes',
    save: 'Enregistrer',
    cancel: 'Annuler',
    saved: 'Enregistré',
    failed: 'Non enregistré : la boîte ne répond pas. Réessayez.',
    stale:
      'Non enregistré : quelqu’un d’autre a modifié ce cheval entre-temps. Fermez et touchez encore le cheval pour voir ce qui s’y trouve maintenant.',
    refused: 'Non enregistré : la boîte ne l’accepte pas ainsi.',
  },
  why: {
    title: 'Pourquoi',
    judged: 'Cette vue',
    next: 'Le suivant',
    noPicture: 'non gardée',
    gone: 'un cheval qui n’est plus là',
    alike: (similarity) => `ressemblance ${similarity}`,
    corrected: 'Une personne l’a dit.',
    thought: (words) => `La boîte pensait : ${words}`,
    notLooked: 'Aucune vue ne suffisait pour juger',
    forgotten: 'on ne sait plus quelles vues c’étaient',
    first: 'Personne n’était encore connu',
    inDoubt: 'Ce pouvait être un autre animal qu’un instant plus tôt',
    likeNobody: (nearest, probability) =>
      `Ne ressemble à aucun connu : le plus proche était ${nearest}, probabilité ${probability}`,
    unsure: (best, probability) => `Pas assez sûr : ${best}, probabilité ${probability}`,
    probable: (probability) => `probabilité ${probability}`,
    is: (best, probability) => `${best}, probabilité ${probability}`,
    second: (name, probability) => `ensuite ${name}, ${probability}`,
    looks: (count) => (count === 1 ? '1 vue' : `${groups(count)} vues`),
    accepted: (threshold) => `accepté à partir de ${threshold}`,
  },
  same: {
    title: 'Le même cheval ?',
    hint: 'Ils se ressemblent et n’ont jamais été vus en même temps. La fusion peut être annulée.',
    merge: 'Fusionner',
    merged: 'Fusionné avec un autre cheval',
    undo: 'Annuler la fusion',
  },
  login: {
    title: 'Connexion',
    name: 'Nom',
    password: 'Mot de passe',
    token: 'Clé d’accès',
    orToken: 'Avec la clé d’accès',
    hint: 'Elle se trouve dans le fichier que nomme http.token_file dans la configuration de la boîte.',
    button: 'Se connecter',
    wrong: 'Ce nom et ce mot de passe ne vont pas ensemble, ou ce n’est pas la clé d’accès.',
    wrongToken: 'Ce n’est pas la clé d’accès.',
  },
  time: {
    now: 'à l’instant',
    ago: (amount) => `il y a ${amount}`,
    seconds: (count) => `${count} s`,
    minutes: (count) => `${count} min`,
    hours: (count) => `${count} h`,
    days: (count) => (count === 1 ? '1 jour' : `${count} jours`),
  },
}
