/**
 * What is known of the horse that a finger or the mouse points at in a picture. For eyes only: the cards say the same to
 * everybody.
 */
import { words } from '../words/spoken.ts'
import { aboutHorse, type Known } from './cards.ts'
import type { FrameBox, FrameInfo } from './overlay.ts'

export interface Detail {
  /** Another frame is shown: whoever is pointed at may have moved. */
  update(frame: FrameInfo | undefined): void
}

/** What a finger has pointed at stays for so long. */
const STAYS_MS = 6_000

/** The smallest box there: a foal before its mare. */
function boxAt({ boxes }: FrameInfo, x: number, y: number): FrameBox | undefined {
  const there = boxes.filter(({ box: [x1, y1, x2, y2] }) => x >= x1 && x <= x2 && y >= y1 && y <= y2)
  const area = ({ box: [x1, y1, x2, y2] }: FrameBox) => (x2 - x1) * (y2 - y1)
  return there.sort((a, b) => area(a) - area(b))[0]
}

function wordsFor({ kind, horseId, certainty }: FrameBox, known: Known): string {
  if (kind === 'person') return words.person
  const horse = horseId === null ? undefined : known(horseId)
  if (horseId === null || horse === undefined) return words.unknown
  const sure = typeof certainty === 'number' ? [words.sure(Math.min(99, Math.floor(certainty * 100)))] : []
  return [words.horse(horse.number, horse.name, horse.home), ...sure, ...aboutHorse(horseId)].join(' · ')
}

export function createDetail(view: HTMLElement, known: Known): Detail {
  const place = document.createElement('p')
  place.className = 'detail'
  place.hidden = true
  place.setAttribute('aria-hidden', 'true')
  view.append(place)
  let frame: FrameInfo | undefined
  let at: { readonly x: number; readonly y: number } | undefined
  let timer = 0

  function show(): void {
    const found = at && frame && boxAt(frame, at.x * frame.width, at.y * frame.height)
    place.hidden = found === undefined
    if (found !== undefined) place.textContent = wordsFor(found, known)
  }
  function point({ clientX, clientY }: PointerEvent): void {
    const { left, top, width, height } = view.getBoundingClientRect()
    at = { x: (clientX - left) / width, y: (clientY - top) / height }
    show()
  }
  function leave(): void {
    at = undefined
    show()
  }
  view.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'mouse') point(event)
  })
  view.addEventListener('pointerleave', (event) => {
    if (event.pointerType === 'mouse') leave()
  })
  view.addEventListener('click', (event) => {
    point(event as PointerEvent)
    clearTimeout(timer)
    timer = window.setTimeout(leave, STAYS_MS)
  })
  return {
    update(next) {
      frame = next
      show()
    },
  }
}
