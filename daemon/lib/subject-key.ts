/**
 * What an alert is known by while it is open (pure): two of one kind about the same are never open at once. Snoozes are stored under it,
 * so it never changes.
 */
import type { AlertKind, AlertSubject } from '../presence-types.ts'

export const subjectKey = (kind: AlertKind, { streamId, stallId, horseId, part }: AlertSubject): string =>
  [kind, streamId, stallId, horseId, part].join('|')
