/**
 * Mints identities: UUIDv7, so that rows of one kind sort by the time they were made.
 */
import { randomUUIDv7 } from 'node:crypto'
import type { Brand } from '../types.ts'

/** A new id. Opaque to everyone: nothing is ever read out of it. */
export function mintId<Id extends Brand<string, string>>(): Id {
  return randomUUIDv7() as string as Id
}
