/**
 * The horses' cards. They are the page's only memory of who is who: labels read their data.
 */
import { HERE_MS, type Here } from '../here.ts'
import { words } from '../words/spoken.ts'

export interface KnownHorse {
  readonly number: number
  readonly name: string | null
  readonly color: string
  /** The camera whose number it has, while it is at another. */
  readonly home: string | null
}

export type Known = (horseId: string) => KnownHorse | undefined

export interface Sighting {
  readonly id: string
  readonly last_seen: string
  readonly last_stream_id: string
  readonly total_detections: number
}

const cardsOf = () => document.querySelector('.cards') as HTMLElement

function cardOf(id: string): HTMLElement | undefined {
  for (const card of document.querySelectorAll<HTMLElement>('.card'))
    if (card.dataset['horse'] === id) return card
  return undefined
}

export const knownHorse: Known = (id) => {
  const data = cardOf(id)?.dataset
  if (data === undefined) return undefined
  const [name, home] = [data['name'] ?? '', data['home'] ?? '']
  return {
    number: Number(data['number']),
    name: name === '' ? null : name,
    color: data['color'] ?? '#000000',
    home: home === '' ? null : home,
  }
}

/** How often it was seen and when last, as its card has it. */
export function aboutHorse(id: string): string[] {
  const card = cardOf(id)
  return ['.count', '.seen'].flatMap((part) => card?.querySelector(part)?.textContent?.trim() ?? [])
}

/** Fetches of one horse run one after the other, so that an older answer never covers a newer one. */
const running = new Map<string, Promise<void>>()

export function refreshCard(id: string): Promise<void> {
  const before = running.get(id) ?? Promise.resolve()
  const mine = before.then(() => fetchCard(id)).catch(() => {})
  running.set(id, mine)
  return mine.finally(() => {
    if (running.get(id) === mine) running.delete(id)
  })
}

async function fetchCard(id: string): Promise<void> {
  const answer = await fetch(`/parts/horse/${id}`)
  if (!answer.ok) return
  const parts = document.createElement('template')
  parts.innerHTML = await answer.text()
  const fresh = parts.content.querySelector<HTMLElement>('.card')
  // The id of a merged horse answers with the one that it is now, which has a card already.
  if (fresh?.dataset['horse'] !== id) return dropCard(id)
  const card = cardOf(id)
  if (card === undefined) cardsOf().append(fresh)
  else renew(card, fresh)
}

/** The element stays: whoever goes by keys stands on it, or comes back to it from the dialog. */
function renew(card: HTMLElement, fresh: HTMLElement): void {
  for (const { name, value } of fresh.attributes) card.setAttribute(name, value)
  card.replaceChildren(...fresh.childNodes)
}

export function dropCard(id: string): void {
  cardOf(id)?.remove()
}

/** Writes a sighting into its card; false when the horse has none yet, or has come from another camera. */
export function noteSighting(horse: Sighting): boolean {
  const card = cardOf(horse.id)
  if (card === undefined || card.dataset['at'] !== horse.last_stream_id) return false
  card.querySelector('.seen time')?.setAttribute('datetime', horse.last_seen)
  card.dataset['sightings'] = String(horse.total_detections)
  const count = card.querySelector('.count')
  if (count !== null) count.textContent = words.sightings(horse.total_detections)
  return true
}

/** The horses whose cards speak of a stall. */
export function horsesAbout(stallId: string): string[] {
  const cards = [...document.querySelectorAll<HTMLElement>('.card')]
  return cards.flatMap(({ dataset: { horse = '', stalls = '' } }) =>
    stalls.split(' ').includes(stallId) ? [horse] : [],
  )
}

const seenMs = (card: HTMLElement) =>
  Date.parse(card.querySelector('.seen time')?.getAttribute('datetime') ?? '')

/** The horses that a camera sees now, the one seen last first. */
export function horsesAt(camera: string): Here[] {
  return [...document.querySelectorAll<HTMLElement>('.card.here')]
    .filter(({ dataset }) => dataset['at'] === camera)
    .sort((a, b) => seenMs(b) - seenMs(a))
    .map((card) => {
      const { number, name } = card.dataset
      const avatar = card.querySelector('.avatar')?.getAttribute('src') ?? null
      return { number: Number(number), name: name === undefined || name === '' ? null : name, avatar }
    })
}

export function markPresent(nowMs: number): void {
  for (const card of document.querySelectorAll<HTMLElement>('.card')) {
    card.classList.toggle('here', nowMs - seenMs(card) < HERE_MS)
  }
}
