/**
 * The words for setting cameras up, in Spanish.
 */
import type { CameraWords } from './en.ts'

export const esCamera: CameraWords = {
  add: 'Añadir una cámara',
  setUp: 'Configurar',
  setUpOf: (name) => `Configurar ${name}`,
  onNetwork: 'Buscar cámaras',
  onNetworkHint: 'Pregunta a la red qué cámaras hay (ONVIF). Tarda unos segundos.',
  look: 'Buscar',
  nobody:
    'No ha respondido ninguna cámara. Algunas tienen ONVIF apagado o están en otra red: escriba entonces la dirección.',
  found: (count) => (count === 1 ? 'Ha respondido 1 aparato' : `Han respondido ${count} aparatos`),
  unnamed: 'Sin nombre',
  by: 'Fabricante o modelo:',
  showStreams: 'Mostrar sus señales',
  byAddress: 'Escribir su dirección',
  address: 'Dirección',
  addressHint:
    'Como rtsp://192.168.1.20:554/main, o solo el aparato como 192.168.1.20: entonces se le preguntan sus señales por ONVIF.',
  detectAddress: 'Dirección de una señal más pequeña para encontrar caballos, si la hay',
  user: 'Usuario en la cámara',
  password: 'Contraseña en la cámara',
  passwordKept: 'Déjela vacía: se queda como está. Aquí se ven puntos en su lugar, y nadie vuelve a verla.',
  further: 'Más sobre el vídeo',
  transport: 'Camino del vídeo',
  transports: { tcp: 'TCP: no se pierde nada por el camino', udp: 'UDP: para las cámaras que lo piden' },
  test: 'Probar',
  testAgain: 'Probar otra vez',
  testHint: 'La cámara se abre unos segundos. Tarda hasta medio minuto.',
  choose: '¿Cuál de sus señales?',
  mainStream: 'Para ver y grabar',
  detectStream: 'Para encontrar caballos',
  same: 'la misma',
  rate: (fps) => `${fps} imágenes por segundo`,
  works: 'Da imagen.',
  fails: 'No da imagen.',
  pictureOf: 'Lo que muestra la cámara',
  codec: 'Códec',
  size: 'Tamaño',
  pictures: 'Imágenes por segundo',
  keyframes: 'Una imagen completa cada',
  seconds: (count) => `${count} s`,
  rareKeyframes:
    'Las imágenes completas (keyframes) llegan pocas veces: la imagen en directo y las grabaciones empiezan tarde. Ponga el intervalo en 1 o 2 segundos en la página de la cámara.',
  forHorses: 'La señal para encontrar caballos',
  name: 'Cómo la llaman',
  save: 'Guardar',
  saveAnyway: 'Guardarla de todos modos',
  saveAnywayHint: 'Se intenta una y otra vez, y se muestra en cuanto da imagen.',
  other: 'Otra dirección o contraseña',
  fromConfig: 'Esta cámara está en el archivo de configuración de la caja y se cambia allí.',
  rename: 'Nombre',
  stream: 'Dirección y contraseña',
  id: 'Id',
  pause: 'Poner en pausa',
  pauseHint: 'No se vigila ni se graba nada hasta que siga.',
  goOn: 'Seguir vigilando',
  remove: 'Quitar',
  removeHint: (id) =>
    `Ya no se vigila con ella. Sus caballos y avistamientos siguen guardados: una cámara que se añada por la API con el id ${id} los vuelve a tener.`,
  reallyRemove: (name) => `Quitar ${name}`,
  off: { paused: 'La vigilancia está en pausa.', 'switched-off': 'Está desactivada en la configuración.' },
  faults: {
    password: [
      'La cámara rechaza el usuario o la contraseña.',
      'Escriba otra vez los dos, como en la página de la cámara. Tras varios intentos, algunas cámaras se bloquean unos minutos: entonces espere.',
    ],
    forbidden: [
      'La cámara prohíbe su señal a este usuario.',
      'Dé al usuario el derecho de ver en la página de la cámara.',
    ],
    path: [
      'La cámara no tiene señal en esta dirección.',
      'Busque en el manual lo que va detrás del aparato, o escriba solo el aparato para ver sus señales.',
    ],
    busy: [
      'La cámara no tiene sitio para otro espectador.',
      'Cierre otros programas que la miran, o reiníciela.',
    ],
    transport: ['El vídeo no llega por este camino.', 'Elija el otro camino: TCP o UDP.'],
    closed: [
      'Hay algo en esta dirección, pero no atiende en este puerto.',
      'Compruebe el puerto (normalmente 554) y que RTSP esté encendido en la cámara.',
    ],
    'no-way': [
      'No hay camino hasta esta dirección.',
      'Compruebe que la caja y la cámara estén en la misma red, y el cable de la cámara.',
    ],
    'no-host': [
      'Nadie conoce un aparato con este nombre.',
      'Compruebe cómo está escrito, o use la dirección IP de la cámara.',
    ],
    timeout: [
      'Nada responde en esta dirección.',
      'Compruebe la corriente y el cable de la cámara, y la dirección.',
    ],
    'broken-off': ['La cámara cortó la conexión.', 'Inténtelo otra vez. Si sigue así, reinicie la cámara.'],
    mute: [
      'La cámara atiende pero no dice nada.',
      'Reinicie la cámara. Si sigue así, quizá haya otro programa en este puerto.',
    ],
    tls: [
      'No hay conexión segura con la cámara.',
      'Pruebe rtsp:// en lugar de rtsps://, o compruebe el puerto.',
    ],
    'no-video': ['La señal no lleva vídeo.', 'Elija otra señal de la cámara.'],
    codec: [
      'La caja no puede decodificar este vídeo.',
      'Ponga el códec de la cámara en H.264 o H.265, sin añadidos como «H.264+».',
    ],
    'not-rtsp': [
      'Lo que responde allí no envía vídeo.',
      'Compruebe que es una cámara y que el puerto es el de RTSP (normalmente 554).',
    ],
    silent: [
      'La cámara responde, pero no llega imagen.',
      'Reinicie la cámara, o elija el otro camino (TCP o UDP).',
    ],
    ended: [
      'La cámara terminó la señal.',
      'Inténtelo otra vez. Si sigue así, mire el registro de la cámara.',
    ],
    unavailable: [
      'La caja no puede abrir cámaras ahora.',
      'Espere a que haya arrancado; la página Sistema dice qué falta.',
    ],
  },
  problems: {
    address:
      'Esto no es la dirección de una señal: empieza por rtsp:// o rtsps://, o es el nombre o la dirección IP de un aparato.',
    passwordAgain:
      'Escriba otra vez la contraseña: esta dirección es de otro aparato, y una contraseña guardada no va a ningún otro.',
    name: 'Un nombre tiene de 1 a 60 caracteres.',
    user: 'Un usuario tiene como mucho 100 caracteres, y una contraseña 200.',
    busy: 'Se están probando otras cámaras. Espere un momento e inténtelo otra vez.',
    refused:
      'El aparato no acepta este usuario y contraseña. Muchas cámaras tienen para ONVIF usuarios distintos de los de su página: añada uno allí.',
    onvif:
      'Este aparato no dice por ONVIF dónde están sus señales. Encienda ONVIF en la cámara, o escriba la dirección de su señal.',
    tooMany: 'La caja tiene tantas cámaras como admite.',

    disk: 'No se pudo guardar: el disco de la caja no admite nada.',
    other: 'Eso no funcionó:',
  },
}
