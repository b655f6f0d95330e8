/**
 * Lo que un teléfono dice de lo que no está como debe, y cómo un teléfono se entera, en español.
 */
import type { PushWords } from './en.ts'

export const esPush: PushWords = {
  title: 'Este dispositivo',
  about:
    'Los avisos pueden llegar a este dispositivo aunque no haya ninguna página abierta, por el servicio push del fabricante del navegador. Hace falta Internet, aquí y en la caja; lo que se dice va cifrado para este dispositivo.',
  off: 'La configuración de la caja no lo permite: necesita `push: {}` debajo de `alerts`.',
  noUser: 'Para eso, entra con tu propio nombre: un dispositivo es de alguien.',
  cannot:
    'Este navegador no puede. Solo lo permite si la página se abrió por https, con un certificado en el que confía. En un iPhone o iPad, añade primero la página a la pantalla de inicio y ábrela desde allí.',
  isOn: 'Este dispositivo recibe avisos.',
  isOff: 'Este dispositivo no recibe avisos.',
  least: 'Avísame de',
  levels: { info: 'todo', warning: 'advertencias y lo urgente', critical: 'solo lo urgente' },
  turnOn: 'Avisar en este dispositivo',
  turnOff: 'No avisar más aquí',
  change: 'Cambiar',
  test: 'Enviar una prueba',
  sent: 'Una prueba está en camino. Debería llegar en unos segundos.',
  denied: 'El navegador no deja pasar nada de esta página: permite las notificaciones en sus ajustes.',
  failed: 'No ha funcionado. ¿Hay Internet, aquí y en la caja?',
  others: 'Tus otros dispositivos',
  remove: 'Quitar',
  way: 'Push a teléfonos',
  message: {
    again: (kind) => `Sigue: ${kind}`,
    over: (kind) => `Terminado: ${kind}`,
    late: 'Avisado con retraso.',
    test: 'Una prueba desde la cuadra',
    testBody: 'Este dispositivo recibe avisos.',
  },
}
