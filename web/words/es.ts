/** The words in Spanish. */
import type { Words } from './en.ts'
import { record } from './record/es.ts'

const groups = (count: number) => count.toLocaleString('es')

export const es: Words = {
  language: 'es',
  ownName: 'Español',
  product: 'barnbox',
  menu: 'Páginas',
  /** In the menu. */
  places: {
    now: 'Ahora',
    alerts: 'Avisos',
    unknowns: 'Desconocidos',
    cameras: 'Cámaras',
    system: 'Caja',
    users: 'Usuarios',
  },
  record,
  chooseLanguage: 'Idioma',
  cameras: 'Cámaras',
  horses: 'Caballos',
  now: 'Ahora',
  logOut: 'Cerrar sesión',
  noHorses:
    'Aún no se ha visto ningún caballo. Cada caballo recibe aquí su ficha tras unos segundos a la vista.',
  noCameras: 'No hay ninguna cámara configurada.',
  lost: 'Sin conexión con la caja. Reintentando…',
  needsScripts: 'Con scripts esta página muestra imágenes en vivo. Recárguela para ver los cambios.',
  stopgap: (embedder) =>
    `Se reconoce con un modelo provisional (${embedder}): confundirá caballos parecidos.`,
  horse(number, name, home = null) {
    if (name !== null) return `Caballo #${number} - ${name}`
    return home === null ? `Caballo #${number}` : `Caballo #${number} (${home})`
  },
  seen: 'Visto',
  picture: 'Foto',
  sightings(count) {
    if (count === 0) return 'Ninguna cámara lo ha visto aún'
    return count === 1 ? 'Detectado una vez' : `Detectado ${groups(count)} veces`
  },
  at: (camera) => `Cámara ${camera}`,
  nameIt: 'Toque para darle nombre',
  horsesHere: (count: number, names: string) =>
    count === 1 ? `1 caballo: ${names}` : `${count} caballos: ${names}`,
  pictureOf: (camera) => `Imagen de ${camera}`,
  unknown: 'desconocido',
  person: 'persona',
  sure: (percent) => `${percent} % de certeza`,
  waiting: 'Esperando la primera imagen…',
  blind: 'Nadie mira estas imágenes: los modelos no se pueden usar',
  inSoftware: (asked) => `Decodificado por software, porque ${asked} no funciona aquí:`,
  faults: {
    config: 'El archivo de configuración no se usa:',
    memory: 'La caja se quedó sin memoria y ha vuelto a empezar:',
    registry: 'No se puede guardar nada:',
    rebuilt: 'El registro estaba dañado y se ha reconstruido:',
    models: 'No se reconoce ningún caballo, porque los modelos no se pueden usar:',
    identity: 'Se encuentran caballos, pero no se reconoce ninguno:',
    embedder: 'Los caballos se reconocen con el modelo anterior, porque el otro no se puede usar:',
    ffmpeg: 'No se puede mirar ninguna cámara:',
    recording: 'El vídeo no se graba como debe:',
    clock: 'El reloj de la caja no va bien:',
  },
  clips: {
    title: 'Grabaciones',
    hint: 'El vídeo tal como lo envió la cámara, lo más reciente primero.',
    nobody: 'no se vio a ningún conocido',
    save: 'Guardar el vídeo',
    kept: 'se conserva: aquí empezó una alerta',
    older: 'Grabaciones anteriores',
    newest: 'Grabaciones más recientes',
  },
  search: {
    label: 'Buscar',
    order: 'Orden',
    orders: { number: 'Por número', recent: 'Vistos por último', count: 'Más vistos' },
    button: 'Buscar',
    none: 'Ningún caballo con ese nombre o número.',
  },
  state: {
    connecting: 'Conectando',
    live: 'En vivo',
    silent: 'Sin imagen desde',
    down: 'Sin conexión desde',
  },
  edit: {
    title: (number) => `Dar nombre al caballo #${number}`,
    name: 'Nombre',
    notes: 'Notas',
    save: 'Guardar',
    cancel: 'Cancelar',
    saved: 'Guardado',
    failed: 'No se ha guardado: la caja no responde. Inténtelo de nuevo.',
    stale:
      'No se ha guardado: otra persona ha cambiado este caballo entretanto. Cierre y toque el caballo otra vez para ver lo que hay ahora.',
    refused: 'No se ha guardado: la caja no lo acepta así.',
  },
  why: {
    title: 'Por qué',
    judged: 'Esta vista',
    next: 'El siguiente',
    noPicture: 'no guardada',
    gone: 'un caballo que ya no está',
    alike: (similarity) => `parecido ${similarity}`,
    corrected: 'Lo dijo una persona.',
    thought: (words) => `La caja pensó: ${words}`,
    notLooked: 'Ninguna vista bastó para decidir',
    forgotten: 'ya no se sabe qué vistas fueron',
    first: 'Aún no se conocía a nadie',
    inDoubt: 'Podía ser otro animal que un momento antes',
    likeNobody: (nearest, probability) =>
      `No se parece a ninguno conocido: el más cercano era ${nearest}, probabilidad ${probability}`,
    unsure: (best, probability) => `No es bastante seguro: ${best}, probabilidad ${probability}`,
    probable: (probability) => `probabilidad ${probability}`,
    is: (best, probability) => `${best}, probabilidad ${probability}`,
    second: (name, probability) => `después ${name}, ${probability}`,
    looks: (count) => (count === 1 ? '1 vista' : `${groups(count)} vistas`),
    accepted: (threshold) => `se acepta desde ${threshold}`,
  },
  same: {
    title: '¿El mismo caballo?',
    hint: 'Se parecen y nunca se vieron a la vez. La unión se puede deshacer.',
    merge: 'Unir',
    merged: 'Unido con otro caballo',
    undo: 'Deshacer',
  },
  login: {
    title: 'Iniciar sesión',
    name: 'Nombre',
    password: 'Contraseña',
    token: 'Clave de acceso',
    orToken: 'Con la clave de acceso',
    hint: 'Está en el archivo que indica http.token_file en la configuración de la caja.',
    button: 'Entrar',
    wrong: 'El nombre y la contraseña no corresponden, o esta no es la clave de acceso.',
    wrongToken: 'Esta no es la clave de acceso.',
  },
  time: {
    now: 'ahora mismo',
    ago: (amount) => `hace ${amount}`,
    seconds: (count) => `${count} s`,
    minutes: (count) => `${count} min`,
    hours: (count) => `${count} h`,
    days: (count) => (count === 1 ? '1 día' : `${count} días`),
  },
}
