/**
 * Searches and sorts the cards of a page, while one types and whenever cards change.
 */
import { isFound } from '../search.ts'

type Order = 'number' | 'recent' | 'count'

const value = (card: HTMLElement, order: Order): number => {
  if (order === 'number') return Number(card.dataset['number'])
  if (order === 'count') return -Number(card.dataset['sightings'])
  return -Date.parse(card.querySelector('.seen time')?.getAttribute('datetime') ?? '')
}

export function startSearch(): void {
  const form = document.querySelector<HTMLFormElement>('.search')
  if (form === null) return
  const word = form.elements.namedItem('q') as HTMLInputElement
  const order = form.elements.namedItem('sort') as HTMLSelectElement
  const none = document.querySelector<HTMLElement>('.none-found')

  /** `isAsked`: by a person, here and now. */
  function arrange(isAsked: boolean): void {
    const list = document.querySelector<HTMLElement>('.cards')
    if (list === null) return
    const cards = [...list.querySelectorAll<HTMLElement>('.card')]
    for (const card of cards)
      card.hidden = !isFound(word.value, card.dataset['number'] ?? '', card.dataset['name'] ?? '')
    const by = order.value as Order
    const sorted = [...cards].sort((a, b) => value(a, by) - value(b, by))
    // Moved only where the order is another, and from under no finger: a card that is moved loses the focus.
    const isHeld = !isAsked && list.matches(':hover, :focus-within')
    if (!isHeld && sorted.some((card, at) => card !== cards[at])) list.append(...sorted)
    if (none !== null) none.hidden = cards.length === 0 || cards.some((card) => !card.hidden)
  }
  form.addEventListener('input', () => arrange(true))
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('reset', () => setTimeout(arrange, 0, true))
  new MutationObserver(() => arrange(false)).observe(document.querySelector('.horses') as HTMLElement, {
    childList: true,
    subtree: true,
  })
  arrange(true)
}
