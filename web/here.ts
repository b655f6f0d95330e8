/**
 * Who is before a camera now, in words (pure): the page is drawn with it, and its scripts keep it true.
 */
import type { Words } from './words/en.ts'

/** A horse seen less long ago is there. */
export const HERE_MS = 15_000
/** More names do not fit under a picture on a telephone. */
const mostNames = 3

export interface Here {
  readonly number: number
  readonly name: string | null
  readonly avatar: string | null
}

/** How many there are, and the names of those seen last, which come first. */
export function hereText({ horsesHere }: Pick<Words, 'horsesHere'>, horses: readonly Here[]): string {
  const names = horses.slice(0, mostNames).map(({ number, name }) => name ?? `#${number}`)
  return horsesHere(horses.length, horses.length > mostNames ? `${names.join(', ')}…` : names.join(', '))
}
