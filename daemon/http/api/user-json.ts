/**
 * A user as the API tells it: never its password's hash. Pure.
 */
import type { User } from '../../types.ts'
import type { Answer } from '../openapi/answers.ts'

export function userJson({ id, name, role, createdMs }: User): Answer<'User'> {
  return { id, name, role, created: new Date(createdMs).toISOString() }
}
