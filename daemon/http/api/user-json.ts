/**
 * A user as the API tells it: never its password's hash. Pure.
 */
import type { User } from '../../types.ts'

export function userJson({ id, name, role, createdMs }: User) {
  return { id, name, role, created: new Date(createdMs).toISOString() }
}
