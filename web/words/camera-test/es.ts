/**
 * The words of a camera's acceptance test, in Spanish.
 */
import type { CameraTestWords } from './en.ts'

export const esCameraTest: CameraTestWords = {
  title: (name) => `Prueba de ${name}`,
  test: 'Prueba de aceptación',
  testOf: (name) => `Prueba de aceptación de ${name}`,
  what: 'Mira la cámara durante dos minutos y dice qué está bien, qué no y qué hacer. Hágala de día y otra vez a oscuras, con un caballo delante de la cámara.',
  viewers: 'Mientras tanto la cámara tiene tres espectadores más; algunas admiten pocos.',
  start: 'Probar ahora',
  again: 'Probar otra vez',
  runs: (until) => `La prueba dura hasta las ${until}, más o menos. Esta página muestra sola el resultado.`,
  otherRuns: 'Se está probando otra cámara. Espere a que termine.',
  look: 'Mirar otra vez',
  failed: 'La prueba no llegó a nada:',
  none: 'Esta cámara todavía no se ha probado.',
  made: 'Probada',
  print: 'Para imprimirla o guardarla como PDF, use la impresión del navegador.',
  pictureNow: 'Lo que mostraba la cámara',
  pictureNight: 'Con infrarrojos, de noche',
  toCameras: 'Todas las cámaras',
  verdict: {
    ok: 'Sirve para vigilar.',
    warning: 'Se puede usar; algunas cosas pueden mejorar.',
    problem: 'Todavía no sirve: hay cosas que arreglar.',
  },
  levels: { ok: 'Bien', warning: 'Puede mejorar', problem: 'Hay que arreglarlo' },
  parts: {
    stream: 'Señal',
    detect: 'Señal para encontrar caballos',
    sides: 'Forma de las imágenes',
    steadiness: 'Constancia',
    tcp: 'Pérdida por TCP',
    udp: 'Pérdida por UDP',
    pace: 'Tiempo de las imágenes',
    clock: 'Reloj de la cámara',
    light: 'Luz',
    horses: 'Caballos',
    stalls: 'Lo que se ve del box',
  },
  says: {
    streamGood:
      '{codec}, {width} × {height}, {fps} imágenes por segundo, una imagen completa cada {keyframe} s.',
    streamKeyframes:
      '{codec}, {width} × {height}, {fps} imágenes por segundo, una imagen completa cada {keyframe} s: ponga el intervalo de keyframes en 1 o 2 segundos en la página de la cámara.',
    streamSlow:
      '{codec}, {width} × {height}, solo {fps} imágenes por segundo: ponga al menos 5 en la página de la cámara; 10 es mejor.',
    streamCodec:
      '{codec}, {width} × {height}, {fps} imágenes por segundo: H.264 se ve en todos los navegadores, esto no en todos.',
    noSubstream:
      'No hay ninguna, y la única es grande: elija una segunda más pequeña para encontrar caballos.',
    sidesSame: 'Las dos señales tienen la misma.',
    sidesDiffer:
      'Las señales son {one} y {other} veces más anchas que altas: contornos y recuadros no coincidirán. Ponga lo mismo en la cámara.',
    steadyGood: 'Llegó el {percent} % de las imágenes en {seconds} s, {breaks} cortes.',
    steadyFair: 'Llegó el {percent} % de las imágenes en {seconds} s, {breaks} cortes.',
    steadyPoor:
      'Llegó el {percent} % de las imágenes en {seconds} s, {breaks} cortes: revise cable, switch y radio, o haga que la cámara envíe menos.',
    steadyUnknown: 'Llegaron muy pocas imágenes para decir algo.',
    lossNone: 'Ninguno de {packets} paquetes en {seconds} s.',
    lossFew: '{lost} de {packets} paquetes en {seconds} s ({percent} %).',
    lossSome:
      '{lost} de {packets} paquetes en {seconds} s ({percent} %). Eso estropea imágenes: revise cable, switch y radio.',
    unsupported: 'La cámara no envía por este camino.',
    refused: 'La cámara rechaza esta conexión; quizá no tiene sitio para otro espectador.',
    unreachable: 'No se logra la conexión, o la cámara la cortó.',
    silent: 'La cámara atiende, pero por este camino no llega nada. Quizá haya un cortafuegos en medio.',
    paceGood: 'Su tiempo corre como el nuestro, con {ms} ms por minuto de diferencia.',
    paceOff:
      'Su tiempo adelanta {ms} ms por minuto al nuestro: las grabaciones van demasiado deprisa o despacio. Reinicie la cámara; si sigue así, ponga otra frecuencia de imágenes.',
    clockGood: 'Correcto en segundos: a {seconds} s del de la caja.',
    clockOff:
      'A {seconds} s del de la caja: ponga la hora en la página de la cámara, mejor por NTP desde el router.',
    clockUnknown: 'La cámara no dice su hora.',
    lightDay: 'De día. Pruebe otra vez a oscuras: casi todas las noches dependen de la imagen nocturna.',
    lightDayNight: 'De día; al lado se guarda una imagen con infrarrojos.',
    lightNight: 'Sin color: así se ve de noche.',
    lightDark: 'Apenas se distingue nada: encienda la lámpara infrarroja o ponga luz.',
    horsesNone: 'No se ve ninguno en esta imagen. Ponga uno delante de la cámara y pruebe otra vez.',
    horsesTiny:
      'Se ven {count}; el más alto mide {height} píxeles: demasiado poco para distinguirlos. Acerque la cámara o el zoom.',
    horsesSmall:
      'Se ven {count}; el más alto mide {height} píxeles. Desde {least} píxeles los caballos se distinguen mucho mejor.',
    horsesGood: 'Se ven {count}; el más alto mide {height} píxeles.',
    horsesUnknown: 'Nadie pudo buscar caballos: los modelos no están cargados.',
    stallsNone: 'Todavía no hay ningún box dibujado en la imagen de esta cámara.',
    stallSeen: '{name}: se distingue el {percent} % de lo dibujado.',
    stallCut:
      '{name}: el {percent} % de su contorno va por el borde de la imagen. Sigue donde la cámara no ve: gire la cámara o cuélguela más alta.',
    stallBlind: '{name}: el {percent} % está negro o deslumbra. Mueva la lámpara, la máscara o la cámara.',
  },
}
