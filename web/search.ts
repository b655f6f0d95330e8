/**
 * Whether a horse is one that is searched for. Pure: the pages use it on the box, the scripts in the browser.
 */

/** Neither accents nor case count: who types in a stable types little. */
const plain = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

export function isFound(words: string, number: number | string, name: string | null): boolean {
  return plain(`#${number} ${name ?? ''}`).includes(plain(words.trim()))
}
