/** What the pages say of the places on a camera's picture, in French. */
import type { StallWords } from './en.ts'

export const frStalls: StallWords = {
  title: 'Boxes',
  titleOf: (camera) => `Boxes : ${camera}`,
  hint: 'Dessinez chaque box sur l’image. La page d’un cheval dira alors dans lequel il est.',
  none: 'Aucun box n’est encore dessiné.',
  add: 'Dessiner un box',
  change: (name) => `Modifier ${name}`,
  remove: (name) => `Supprimer ${name}`,
  name: 'Nom',
  kind: 'Ce que c’est',
  kinds: { stall: 'Box', zone: 'Zone : allée, portail, douche' },
  outline: 'Contour',
  expected: 'Chevaux qui y vont',
  noHorses: 'Aucun cheval n’est encore connu ici.',
  how: 'Touchez l’image pour poser un coin ; faites-le glisser pour le déplacer.',
  byKeys: 'Au clavier : les flèches déplacent un coin, avec Maj plus loin ; Suppr le supprime.',
  needsScript: 'Dessiner demande des scripts. Le nom et les chevaux peuvent se changer sans.',
  addCorner: 'Poser un coin',
  removeCorner: 'Supprimer le coin',
  close: 'Fermer le contour',
  corner: 'Coin {n} sur {of} : à {x} % de la gauche, à {y} % du haut',
  closed: 'Le contour est fermé.',
  noPicture: 'Cette caméra ne donne pas d’image en ce moment.',
  deleted: 'Le box est supprimé.',
  stale:
    'Pas enregistré : quelqu’un d’autre a modifié ce box entre-temps. Enregistrez encore une fois pour mettre le vôtre à la place.',
  taken: 'Cette caméra a déjà un box de ce nom.',
  show: 'Montrer les boxes',
  hide: 'Cacher les boxes',
}
