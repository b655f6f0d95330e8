/** What is said around the API's description, in Spanish. */
import type { ApiWords } from './en.ts'

export const esApi: ApiWords = {
  title: 'La API',
  hint: 'Todo lo que un programa puede pedir a esta caja, hecho de las rutas que tiene. Lo que hace cada una está descrito en inglés.',
  document: 'Lo mismo para programas (OpenAPI 3.1)',
  tokens: 'Un programa necesita una clave, que un administrador hace en la página Usuarios.',
  open: 'abierta a todos',
  needs: (role) => `necesita el papel ${role}`,
  parameters: 'Parámetros',
  must: 'hay que darlo',
  places: { path: 'en la ruta', query: 'tras el signo de interrogación' },
  body: 'Toma',
  answers: 'Responde',
  problem: 'Si no',
  example: 'Ejemplo',
  shapes: 'Formas de las respuestas',
  count: (count) => `Operaciones: ${count}`,
  none: 'Ninguna operación con ese nombre.',
}
