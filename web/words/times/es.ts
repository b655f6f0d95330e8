/**
 * Cuándo se avisa de algo, como lo ajusta un administrador en la página, en español.
 */
import type { TimesWords } from './en.ts'

export const esTimes: TimesWords = {
  title: 'Reglas y horas',
  lead: 'Qué es un aviso y cuándo se avisa a alguien. Lo que no se cambia aquí es como en la configuración de la caja.',
  asInConfig: 'Todo es como en la configuración.',
  changed: (who) => (who === null ? 'Cambiado aquí' : `Cambiado por ${who}`),
  back: 'Volver a los avisos',
  night: 'Noche',
  nightHint: 'Entonces no debería haber nadie en la cuadra.',
  quiet: 'Horas de silencio',
  quietOn: 'Hay horas de silencio',
  quietHint: 'Entonces solo se avisa de esto. Esta página lo muestra todo.',
  least: 'De qué se avisa igualmente',
  levels: { info: 'todo', warning: 'advertencias y lo urgente', critical: 'solo lo urgente' },
  from: 'De',
  to: 'A',
  schedules: 'Según lo previsto',
  schedulesHint:
    'Comida, salida al prado, veterinario: a estas horas eso no es un aviso. Sin nombre, un plan se quita.',
  newSchedule: 'Otro plan',
  name: 'Nombre',
  days: 'Días',
  daysHint: 'Todos los días si no se marca ninguno.',
  silences: 'Entonces no es un aviso',
  cameras: 'Solo en estas cámaras',
  camerasHint: 'En todas si no se marca ninguna.',
  rules: 'Qué es un aviso',
  on: 'Activo',
  more: 'Cómo de urgente y cuándo',
  severity: 'Cómo de urgente',
  after: 'Después de tantos segundos',
  coolDown: 'No otra vez durante tantos segundos',
  save: 'Guardar',
  saved: 'Guardado.',
  reset: 'Como en la configuración',
  stale: 'Otra persona lo ha cambiado mientras tanto: así está ahora.',
}
