/** What the pages say of the places on a camera's picture, in Spanish. */
import type { StallWords } from './en.ts'

export const esStalls: StallWords = {
  title: 'Boxes',
  titleOf: (camera) => `Boxes: ${camera}`,
  hint: 'Dibuje cada box sobre la imagen. Así la página de un caballo dirá en cuál está.',
  none: 'Todavía no hay ningún box dibujado.',
  add: 'Dibujar un box',
  change: (name) => `Cambiar ${name}`,
  remove: (name) => `Borrar ${name}`,
  name: 'Nombre',
  kind: 'Qué es',
  kinds: { stall: 'Box', zone: 'Zona: pasillo, puerta, lavadero' },
  outline: 'Contorno',
  expected: 'Caballos que van ahí',
  noHorses: 'Aquí aún no se conoce ningún caballo.',
  how: 'Toque la imagen para poner una esquina; arrástrela para moverla.',
  byKeys: 'Con teclas: las flechas mueven una esquina, con Mayús más lejos; Supr la borra.',
  needsScript: 'Para dibujar hacen falta scripts. El nombre y los caballos se pueden cambiar sin ellos.',
  addCorner: 'Poner una esquina',
  removeCorner: 'Borrar la esquina',
  close: 'Cerrar el contorno',
  corner: 'Esquina {n} de {of}: a {x} % de la izquierda, a {y} % de arriba',
  closed: 'El contorno está cerrado.',
  noPicture: 'Esta cámara no da imagen ahora.',
  deleted: 'El box está borrado.',
  stale:
    'No se ha guardado: otra persona ha cambiado este box entretanto. Guarde otra vez para poner lo suyo en su lugar.',
  taken: 'En esta cámara ya hay un box con este nombre.',
  show: 'Mostrar los boxes',
  hide: 'Ocultar los boxes',
}
