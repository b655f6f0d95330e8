/**
 * The words of a camera's acceptance test, in French.
 */
import type { CameraTestWords } from './en.ts'

export const frCameraTest: CameraTestWords = {
  title: (name) => `Contrôle de ${name}`,
  test: 'Contrôle de réception',
  testOf: (name) => `Contrôle de réception de ${name}`,
  what: 'Regarde la caméra pendant deux minutes et dit ce qui est bon, ce qui ne l’est pas et que faire. À faire de jour, puis dans le noir, avec un cheval devant la caméra.',
  viewers: 'Pendant ce temps, la caméra a trois spectateurs de plus ; certaines en acceptent peu.',
  start: 'Contrôler maintenant',
  again: 'Contrôler de nouveau',
  runs: (until) => `Le contrôle dure jusque vers ${until}. Cette page montrera le résultat d’elle-même.`,
  otherRuns: 'Une autre caméra est en cours de contrôle. Attendez qu’elle ait fini.',
  look: 'Regarder de nouveau',
  failed: 'Le contrôle n’a rien donné :',
  none: 'Cette caméra n’a pas encore été contrôlée.',
  made: 'Contrôlée',
  print: 'Pour l’imprimer ou la garder en PDF, servez-vous de l’impression du navigateur.',
  pictureNow: 'Ce que montrait la caméra',
  pictureNight: 'En infrarouge, de nuit',
  toCameras: 'Toutes les caméras',
  verdict: {
    ok: 'Assez bonne pour surveiller.',
    warning: 'Utilisable ; certaines choses peuvent être améliorées.',
    problem: 'Pas encore assez bonne : des choses sont à corriger.',
  },
  levels: { ok: 'Bon', warning: 'Peut être mieux', problem: 'À corriger' },
  parts: {
    stream: 'Flux',
    detect: 'Flux pour trouver les chevaux',
    sides: 'Forme des images',
    steadiness: 'Régularité',
    tcp: 'Pertes en TCP',
    udp: 'Pertes en UDP',
    pace: 'Temps des images',
    clock: 'Horloge de la caméra',
    light: 'Lumière',
    horses: 'Chevaux',
    stalls: 'Ce que l’on voit du box',
  },
  says: {
    streamGood:
      '{codec}, {width} × {height}, {fps} images par seconde, une image entière toutes les {keyframe} s.',
    streamKeyframes:
      '{codec}, {width} × {height}, {fps} images par seconde, une image entière toutes les {keyframe} s : réglez l’intervalle des images clés à 1 ou 2 secondes sur la page de la caméra.',
    streamSlow:
      '{codec}, {width} × {height}, seulement {fps} images par seconde : réglez-en au moins 5 sur la page de la caméra, 10 c’est mieux.',
    streamCodec:
      '{codec}, {width} × {height}, {fps} images par seconde : tous les navigateurs lisent le H.264, mais pas tous celui-ci.',
    noSubstream:
      'Il n’y en a pas, et l’unique flux est grand : choisissez un second flux plus petit pour trouver les chevaux.',
    sidesSame: 'Les deux flux ont la même.',
    sidesDiffer:
      'Les flux sont {one} et {other} fois plus larges que hauts : contours et cadres ne coïncideront pas. Réglez le même format sur la caméra.',
    steadyGood: '{percent} % des images sont arrivées en {seconds} s, {breaks} coupures.',
    steadyFair: '{percent} % des images sont arrivées en {seconds} s, {breaks} coupures.',
    steadyPoor:
      '{percent} % des images sont arrivées en {seconds} s, {breaks} coupures : vérifiez câble, switch et radio, ou faites envoyer moins à la caméra.',
    steadyUnknown: 'Trop peu d’images sont arrivées pour en dire quelque chose.',
    lossNone: 'Aucun des {packets} paquets en {seconds} s.',
    lossFew: '{lost} des {packets} paquets en {seconds} s ({percent} %).',
    lossSome:
      '{lost} des {packets} paquets en {seconds} s ({percent} %). Cela gâche des images : vérifiez câble, switch et radio.',
    unsupported: 'La caméra n’envoie pas par ce chemin.',
    refused: 'La caméra refuse cette connexion ; peut-être n’a-t-elle plus de place pour un spectateur.',
    unreachable: 'La connexion ne s’établit pas, ou la caméra l’a coupée.',
    silent: 'La caméra répond, mais rien n’arrive par ce chemin. Un pare-feu est peut-être entre les deux.',
    paceGood: 'Son temps avance comme le nôtre, à {ms} ms près par minute.',
    paceOff:
      'Son temps avance de {ms} ms par minute sur le nôtre : les enregistrements passent trop vite ou trop lentement. Redémarrez la caméra ; si cela dure, réglez une autre fréquence d’images.',
    clockGood: 'Juste à quelques secondes : {seconds} s d’écart avec celle du boîtier.',
    clockOff:
      '{seconds} s d’écart avec celle du boîtier : réglez l’heure sur la page de la caméra, au mieux par NTP depuis le routeur.',
    clockUnknown: 'La caméra ne dit pas son heure.',
    lightDay:
      'De jour. Contrôlez de nouveau dans le noir : presque toutes les nuits dépendent de l’image de nuit.',
    lightDayNight: 'De jour ; une image en infrarouge est gardée à côté.',
    lightNight: 'Sans couleur : voilà ce que l’on voit la nuit.',
    lightDark: 'On ne distingue presque rien : allumez la lampe infrarouge ou apportez de la lumière.',
    horsesNone: 'On n’en voit aucun sur cette image. Amenez-en un devant la caméra et contrôlez de nouveau.',
    horsesTiny:
      '{count} visibles, le plus grand a {height} pixels de haut : trop petit pour les distinguer. Rapprochez la caméra ou zoomez.',
    horsesSmall:
      '{count} visibles, le plus grand a {height} pixels de haut. À partir de {least} pixels, on distingue bien mieux les chevaux.',
    horsesGood: '{count} visibles, le plus grand a {height} pixels de haut.',
    horsesUnknown: 'Personne n’a pu chercher de chevaux : les modèles ne sont pas chargés.',
    stallsNone: 'Aucun box n’est encore dessiné sur l’image de cette caméra.',
    stallSeen: '{name} : on distingue {percent} % de ce qui est dessiné.',
    stallCut:
      '{name} : {percent} % de son contour longe le bord de l’image. Le box continue là où la caméra ne voit pas : tournez la caméra ou accrochez-la plus haut.',
    stallBlind: '{name} : {percent} % en est noir ou éblouissant. Déplacez la lampe, le masque ou la caméra.',
  },
}
