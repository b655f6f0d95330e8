/** Why a form's fields were refused, in Spanish. */
import type { RefusalWords } from './en.ts'

export const esRefusals: RefusalWords = {
  empty: 'no puede estar vacío',
  tooShort: (least) => `debe tener al menos ${least} caracteres`,
  tooLong: (most) => `puede tener como máximo ${most} caracteres`,
  tooLow: (least) => `debe ser al menos ${least}`,
  tooHigh: (most) => `puede ser como máximo ${most}`,
  tooFew: (least) => `debe haber al menos ${least}`,
  tooMany: (most) => `puede haber como máximo ${most}`,
  fewCorners: 'necesita al menos 3 esquinas',
  manyCorners: 'tiene más de 16 esquinas',
  outside: 'se sale de la imagen',
  crossing: 'se cruza o se toca a sí mismo',
  tooSmall: 'es demasiado pequeño',
  wrong: 'así no se puede aceptar',
  /** Of the whole, by its code. */
  codes: {
    NAME_TAKEN: 'Este nombre ya está en uso.',
    LAST_ADMIN: 'Tiene que quedar un administrador: haga antes a otra persona.',
    NOT_FOUND: 'Ya no existe.',
    SET_UP: 'La caja ya está configurada: inicie sesión.',
    TOO_MANY_TRIES: 'Demasiados intentos erróneos. Espere un minuto.',
    TOO_MANY_AT_ONCE: 'Demasiados inicios de sesión a la vez. Inténtelo de nuevo.',
    OLD_PASSWORD: 'La contraseña antigua es incorrecta.',
    PUSH_LIMIT: 'No puede haber más dispositivos por persona: quita uno primero.',
    PUSH_ADDRESS: 'La caja no conoce el servicio push de este navegador.',
  },
}
