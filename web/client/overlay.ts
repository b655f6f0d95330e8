/**
 * Boxes and names over a picture, as SVG in the picture's own pixels.
 */
import { words } from '../words/spoken.ts'
import type { Known } from './cards.ts'

export interface FrameBox {
  readonly box: readonly [number, number, number, number]
  readonly kind: 'horse' | 'person'
  readonly horseId: string | null
  readonly trackletId?: string | null
  readonly certainty?: number | null
}

export interface FrameInfo {
  readonly seq: number
  readonly utcMs: number
  readonly width: number
  readonly height: number
  readonly boxes: readonly FrameBox[]
}

interface Rect {
  x: number
  y: number
  width: number
  height: number
}

const UNKNOWN = '#5f6368'
/** Sizes in CSS pixels, whatever the picture's size. */
const LINE = 3
const TEXT = 15
const MOST_LETTERS = 28

function make<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | number>,
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}

function shorten(text: string): string {
  const letters = [...text]
  return letters.length <= MOST_LETTERS ? text : `${letters.slice(0, MOST_LETTERS - 1).join('')}…`
}

function look(seen: FrameBox, known: Known): { text: string; color: string; dashed: boolean } {
  if (seen.kind === 'person') return { text: words.person, color: UNKNOWN, dashed: true }
  const horse = seen.horseId === null ? undefined : known(seen.horseId)
  if (horse === undefined) return { text: words.unknown, color: UNKNOWN, dashed: false }
  return { text: words.horse(horse.number, horse.name, horse.home), color: horse.color, dashed: false }
}

const overlaps = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

/** Above the box, else inside its top, else below it: the first place in the picture that is still free. */
function place(
  box: FrameBox['box'],
  size: { width: number; height: number },
  frame: FrameInfo,
  taken: Rect[],
): Rect {
  const x = Math.max(0, Math.min(box[0], frame.width - size.width))
  const spots = [box[1] - size.height, box[1], box[3], box[3] - size.height].map((y) => ({ x, y, ...size }))
  const inside = spots.filter((spot) => spot.y >= 0 && spot.y + spot.height <= frame.height)
  const free = inside.find((spot) => !taken.some((other) => overlaps(spot, other)))
  return free ?? inside[0] ?? { x, y: 0, ...size }
}

function drawLabel(
  svg: SVGSVGElement,
  label: { text: string; color: string },
  box: FrameBox['box'],
  context: { frame: FrameInfo; unit: number; taken: Rect[] },
): void {
  const { frame, unit, taken } = context
  const group = make('g', { class: 'label' })
  const text = make('text', { fill: '#ffffff', 'font-size': TEXT * unit })
  text.textContent = shorten(label.text)
  group.append(text)
  svg.append(group)
  const size = { width: text.getComputedTextLength() + 12 * unit, height: (TEXT + 8) * unit }
  const spot = place(box, size, frame, taken)
  taken.push(spot)
  text.setAttribute('x', String(spot.x + 6 * unit))
  text.setAttribute('y', String(spot.y + (TEXT + 2) * unit))
  group.prepend(make('rect', { ...spot, rx: 3 * unit, fill: label.color }))
}

/** Draws all boxes of one frame anew. Names come in by `textContent` only. */
export function drawBoxes(svg: SVGSVGElement, frame: FrameInfo, known: Known): void {
  svg.setAttribute('viewBox', `0 0 ${frame.width} ${frame.height}`)
  svg.replaceChildren()
  const unit = frame.width / Math.max(1, svg.clientWidth)
  const taken: Rect[] = []
  const looks = frame.boxes.map((seen) => ({ seen, label: look(seen, known) }))
  for (const { seen, label } of looks) {
    const [x1, y1, x2, y2] = seen.box
    const shape = { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1) }
    const dashes = label.dashed ? { 'stroke-dasharray': `${8 * unit} ${6 * unit}` } : {}
    // A dark line beneath keeps the box visible on a bright wall.
    svg.append(
      make('rect', { ...shape, class: 'halo', rx: 4 * unit, 'stroke-width': (LINE + 2) * unit, ...dashes }),
      make('rect', {
        ...shape,
        class: 'box',
        rx: 4 * unit,
        stroke: label.color,
        'stroke-width': LINE * unit,
        'data-of': seen.horseId ?? seen.kind,
        ...dashes,
      }),
    )
  }
  for (const { seen, label } of looks) drawLabel(svg, label, seen.box, { frame, unit, taken })
}
