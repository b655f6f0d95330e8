/**
 * De las copias que van y vienen, en español.
 */
import type { RestoreWords } from './en.ts'

export const esRestore: RestoreWords = {
  instead: '¿Esta caja sustituye a una averiada?',
  title: 'Restaurar una copia',
  intro:
    'Los caballos, las personas, las cámaras y los ajustes de una copia pasan a esta caja vacía. Después usted entra como en la caja antigua.',
  back: 'Atrás',
  on: 'Continuar',
  hasHorses: 'Esta caja ya conoce caballos. Solo en la propia caja puede una copia ocupar su lugar, con',
  busy: 'Se está leyendo o restaurando una copia.',
  look: 'Mirar otra vez',
  refused: 'No restaurada:',
  fromFile: 'Desde un archivo',
  file: 'Copia',
  fileHint: (most) =>
    `Un archivo que termina en .tar: se guardó desde la caja antigua, en la página «Caja». Hay sitio para ${most}.`,
  patience: 'Se lee hasta el último byte antes de cambiar nada. Puede tardar unos minutos.',
  send: 'Enviar a la caja',
  onDisks: 'Desde un disco de esta caja',
  none: 'No se encontró ninguna copia. Conecte el disco y mire otra vez.',
  barred: 'Aquí la caja no puede mirar:',
  noName: 'nombre desconocido',
  horses: (count) => (count === 1 ? '1 caballo' : `${count} caballos`),
  take: 'Elegir',
  willCome: 'Esto vendrá',
  made: 'Hecha el',
  box: 'De la caja',
  allHorses: 'Todos los caballos',
  sightings: 'Todos los avistamientos',
  program: 'Con barnbox',
  named: 'Caballos con nombre',
  people: 'Personas que entran',
  cameras: 'Cámaras que se vigilan',
  nobody: 'ninguno',
  withoutConfig:
    'Los ajustes de la caja antigua no sirven en esta y no vienen; las cámaras que estaban en ellos hay que volver a configurarlas:',
  never:
    'La caja antigua no debe volver a funcionar junto a esta: las dos serían la misma caja y se estropearían la memoria.',
  sure: 'La caja antigua está apagada y así se queda.',
  confirm: 'Restaurar ahora',
  discard: 'Elegir otra',
  going: 'La copia se está restaurando',
  goingHint:
    'La caja arranca de nuevo y responde en uno o dos minutos. Entonces entre como en la caja antigua.',
  go: 'A la caja',
  backup: 'Copia de seguridad',
  backupHint:
    'Todo lo que la caja sabe en este momento en un archivo, sin vídeo. Contiene contraseñas: guárdelo donde nadie más llegue. Hacerlo puede tardar unos minutos.',
  download: 'Guardar una copia',
}
