/**
 * Filters the faces that a horse is chosen from, while one types.
 */
import { isFound } from '../search.ts'

export function filterFaces(form: HTMLFormElement): void {
  const faces = form.parentElement?.querySelector<HTMLElement>('.faces')
  const word = form.elements.namedItem('q')
  if (!faces || !(word instanceof HTMLInputElement)) return
  const all = [...faces.querySelectorAll<HTMLElement>('.pick')]
  for (const one of all)
    one.hidden = !isFound(word.value, one.dataset['number'] ?? '', one.dataset['name'] ?? '')
  const none = faces.querySelector<HTMLElement>('.none-found')
  if (none) none.hidden = all.some((one) => !one.hidden)
}
