/**
 * The words for setting cameras up, in French.
 */
import type { CameraWords } from './en.ts'

export const frCamera: CameraWords = {
  add: 'Ajouter une caméra',
  setUp: 'Régler',
  setUpOf: (name) => `Régler ${name}`,
  onNetwork: 'Chercher des caméras',
  onNetworkHint: 'Demande au réseau quelles caméras il y a (ONVIF). Cela prend quelques secondes.',
  look: 'Chercher',
  nobody:
    'Aucune caméra n’a répondu. ONVIF est parfois coupé, ou elles sont dans un autre réseau : saisissez alors l’adresse.',
  found: (count) => (count === 1 ? '1 appareil a répondu' : `${count} appareils ont répondu`),
  unnamed: 'Sans nom',
  by: 'Fabricant ou modèle :',
  showStreams: 'Montrer ses flux',
  byAddress: 'Saisir son adresse',
  address: 'Adresse',
  addressHint:
    'Comme rtsp://192.168.1.20:554/main, ou l’appareil seul comme 192.168.1.20 : ses flux lui sont alors demandés par ONVIF.',
  detectAddress: 'Adresse d’un flux plus petit pour trouver les chevaux, s’il y en a un',
  user: 'Utilisateur sur la caméra',
  password: 'Mot de passe sur la caméra',
  passwordKept:
    'Laissez-le vide : il reste tel quel. Des points le remplacent ici, et personne ne le revoit.',
  further: 'Plus sur le flux vidéo',
  transport: 'Chemin de la vidéo',
  transports: { tcp: 'TCP : rien ne se perd en route', udp: 'UDP : pour les caméras qui le veulent' },
  test: 'Tester',
  testAgain: 'Tester encore',
  testHint: 'La caméra est ouverte quelques secondes. Cela prend jusqu’à une demi-minute.',
  choose: 'Lequel de ses flux ?',
  mainStream: 'À montrer et à enregistrer',
  detectStream: 'Pour trouver les chevaux',
  same: 'le même',
  rate: (fps) => `${fps} images par seconde`,
  works: 'Elle donne une image.',
  fails: 'Elle ne donne pas d’image.',
  pictureOf: 'Ce que montre la caméra',
  codec: 'Codec',
  size: 'Taille',
  pictures: 'Images par seconde',
  keyframes: 'Une image entière toutes les',
  seconds: (count) => `${count} s`,
  rareKeyframes:
    'Les images entières (keyframes) sont rares : le direct et les enregistrements commencent tard. Réglez l’intervalle à 1 ou 2 secondes sur la page de la caméra.',
  forHorses: 'Le flux pour trouver les chevaux',
  name: 'Comment on l’appelle',
  save: 'Enregistrer',
  saveAnyway: 'Enregistrer quand même',
  saveAnywayHint: 'Elle est essayée encore et encore, et montrée dès qu’elle donne une image.',
  other: 'Autre adresse ou mot de passe',
  fromConfig: 'Cette caméra est dans le fichier de configuration du boîtier et s’y change.',
  rename: 'Nom',
  stream: 'Adresse et mot de passe',
  id: 'Id',
  pause: 'Mettre en pause',
  pauseHint: 'Rien n’est surveillé ni enregistré jusqu’à la reprise.',
  goOn: 'Reprendre la surveillance',
  remove: 'Retirer',
  removeHint: (id) =>
    `Elle ne surveille plus. Ses chevaux et ses observations restent : une caméra ajoutée par l’API sous l’id ${id} les retrouve.`,
  reallyRemove: (name) => `Retirer ${name}`,
  off: {
    paused: 'La surveillance est en pause.',
    'switched-off': 'Elle est désactivée dans la configuration.',
  },
  faults: {
    password: [
      'La caméra refuse l’utilisateur ou le mot de passe.',
      'Saisissez de nouveau les deux, comme sur la page de la caméra. Après plusieurs essais, certaines se bloquent quelques minutes : attendez alors.',
    ],
    forbidden: [
      'La caméra interdit son flux à cet utilisateur.',
      'Donnez-lui le droit de regarder sur la page de la caméra.',
    ],
    path: [
      'La caméra n’a pas de flux à cette adresse.',
      'Cherchez dans sa notice ce qui suit l’appareil, ou saisissez l’appareil seul pour voir ses flux.',
    ],
    busy: [
      'La caméra n’a pas de place pour un spectateur de plus.',
      'Arrêtez les autres programmes qui la regardent, ou redémarrez-la.',
    ],
    transport: ['La vidéo ne vient pas par ce chemin.', 'Choisissez l’autre chemin : TCP ou UDP.'],
    closed: [
      'Il y a quelque chose à cette adresse, mais rien ne répond sur ce port.',
      'Vérifiez le port (souvent 554) et que RTSP est activé sur la caméra.',
    ],
    'no-way': [
      'Aucun chemin ne mène à cette adresse.',
      'Vérifiez que le boîtier et la caméra sont dans le même réseau, et le câble de la caméra.',
    ],
    'no-host': [
      'Personne ne connaît d’appareil de ce nom.',
      'Vérifiez l’orthographe, ou prenez l’adresse IP de la caméra.',
    ],
    timeout: [
      'Rien ne répond à cette adresse.',
      'Vérifiez le courant et le câble de la caméra, et l’adresse.',
    ],
    'broken-off': ['La caméra a coupé la connexion.', 'Essayez encore. Si cela dure, redémarrez la caméra.'],
    mute: [
      'La caméra décroche mais ne dit rien.',
      'Redémarrez la caméra. Si cela dure, un autre programme est peut-être sur ce port.',
    ],
    tls: [
      'Pas de connexion sûre avec la caméra.',
      'Essayez rtsp:// au lieu de rtsps://, ou vérifiez le port.',
    ],
    'no-video': ['Le flux ne contient pas de vidéo.', 'Choisissez un autre flux de la caméra.'],
    codec: [
      'Le boîtier ne sait pas décoder cette vidéo.',
      'Réglez le codec de la caméra sur H.264 ou H.265, sans ajout comme « H.264+ ».',
    ],
    'not-rtsp': [
      'Ce qui répond là n’envoie pas de vidéo.',
      'Vérifiez que c’est une caméra et que le port est celui de RTSP (souvent 554).',
    ],
    silent: [
      'La caméra répond, mais aucune image ne vient.',
      'Redémarrez la caméra, ou choisissez l’autre chemin (TCP ou UDP).',
    ],
    ended: [
      'La caméra a terminé le flux.',
      'Essayez encore. Si cela dure, regardez le journal de la caméra.',
    ],
    unavailable: [
      'Le boîtier ne peut pas ouvrir de caméra maintenant.',
      'Attendez qu’il ait démarré ; la page Système dit ce qui manque.',
    ],
  },
  problems: {
    address:
      'Ce n’est pas l’adresse d’un flux : elle commence par rtsp:// ou rtsps://, ou est le nom ou l’adresse IP d’un appareil.',
    passwordAgain:
      'Saisissez de nouveau le mot de passe : cette adresse est celle d’un autre appareil, et un mot de passe gardé ne va à aucun autre.',
    name: 'Un nom a de 1 à 60 caractères.',
    user: 'Un utilisateur a au plus 100 caractères, et un mot de passe 200.',
    busy: 'D’autres caméras sont en cours d’essai. Attendez un instant et essayez encore.',
    refused:
      'L’appareil n’accepte pas cet utilisateur et ce mot de passe. Beaucoup de caméras ont pour ONVIF d’autres utilisateurs que pour leur page : ajoutez-en un là-bas.',
    onvif:
      'Cet appareil ne dit pas par ONVIF où sont ses flux. Activez ONVIF sur la caméra, ou saisissez l’adresse de son flux.',
    tooMany: 'Le boîtier a autant de caméras qu’il en accepte.',

    disk: 'Rien n’a pu être enregistré : le disque du boîtier ne prend rien.',
    other: 'Cela n’a pas marché :',
  },
}
