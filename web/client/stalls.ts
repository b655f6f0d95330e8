/**
 * Drawing an outline on a camera's picture: by taps and drags, or by keys alone. What is drawn goes into a field of the form;
 * whether it makes a place the box says. All words come with the page.
 */
import {
  added,
  canClose,
  closed,
  FAR,
  MOST,
  type Outline,
  outlineOf,
  type Point,
  put,
  removed,
  STEP,
  tapped,
} from './outline.ts'

const find = <Kind extends Element = HTMLElement>(what: string, from: ParentNode = document) =>
  from.querySelector<Kind>(what) as Kind

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

function pointOf(stage: HTMLElement, { clientX, clientY }: MouseEvent): Point {
  const { left, top, width, height } = stage.getBoundingClientRect()
  return [(clientX - left) / width, (clientY - top) / height]
}

interface Hands {
  choose(at: number): void
  put(at: number, point: Point): void
  move(at: number, by: Point): void
  remove(at: number): void
  close(): void
}

/** A corner that a finger, a mouse or keys take hold of. */
function makeHandle(stage: HTMLElement, at: () => number, hands: Hands): HTMLButtonElement {
  const handle = document.createElement('button')
  handle.type = 'button'
  handle.className = 'corner'
  handle.onfocus = () => hands.choose(at())
  handle.onkeydown = (event) => {
    const arrow = arrows[event.key]
    const isRemoval = event.key === 'Delete' || event.key === 'Backspace'
    if (!arrow && !isRemoval) return
    event.preventDefault()
    const far = event.shiftKey ? FAR : STEP
    if (arrow) hands.move(at(), [arrow[0] * far, arrow[1] * far])
    else hands.remove(at())
  }
  handle.onpointerdown = (event) => {
    handle.setPointerCapture(event.pointerId)
    // Not every browser gives the focus to a button that is pressed.
    handle.focus()
  }
  handle.onpointermove = (event) => {
    if (handle.hasPointerCapture(event.pointerId)) hands.put(at(), pointOf(stage, event))
  }
  handle.onclick = () => {
    if (at() === 0) hands.close()
  }
  return handle
}

function startDrawing(form: HTMLFormElement): void {
  const stage = find('.stage')
  const holder = find('.corners', stage)
  const shape = find<SVGPolygonElement>('.draft polygon', stage)
  const field = find<HTMLInputElement>('[name="corners"]', form)
  const status = find('output', form)
  const button = (does: string) => find<HTMLButtonElement>(`[data-do="${does}"]`, form)
  const handles = () => [...holder.children] as HTMLButtonElement[]
  let outline = outlineOf(JSON.parse(field.value) as Point[])

  const labelOf = (at: number) => {
    const [x = 0, y = 0] = (outline.corners[at] ?? []).map((share) => Math.round(share * 100))
    const said: Readonly<Record<string, number>> = { n: at + 1, of: outline.corners.length, x, y }
    return (holder.dataset['corner'] ?? '').replace(/\{(\w+)\}/g, (_, name: string) => String(said[name]))
  }
  function show(next: Outline): void {
    outline = next
    const { corners, chosen } = outline
    while (holder.children.length < corners.length) {
      const handle = makeHandle(stage, () => handles().indexOf(handle), hands)
      holder.append(handle)
    }
    while (holder.children.length > corners.length) holder.lastElementChild?.remove()
    handles().forEach((handle, at) => {
      const [x, y] = corners[at] as Point
      handle.style.left = `${x * 100}%`
      handle.style.top = `${y * 100}%`
      handle.setAttribute('aria-label', labelOf(at))
      handle.classList.toggle('chosen', at === chosen)
    })
    shape.setAttribute('points', corners.map(([x, y]) => `${x * 100},${y * 100}`).join(' '))
    shape.classList.toggle('open', !outline.isClosed)
    field.value = JSON.stringify(corners)
    button('add').disabled = corners.length >= MOST
    button('remove').disabled = corners.length === 0
    button('close').hidden = !canClose(outline)
  }
  function showAt(next: Outline): void {
    show(next)
    const target = handles()[next.chosen] ?? button('add')
    target.focus()
  }
  const hands: Hands = {
    choose: (at) => show({ ...outline, chosen: at }),
    put(at, point) {
      show(put(outline, at, point))
      status.textContent = labelOf(at)
    },
    move(at, [dx, dy]) {
      const [x, y] = outline.corners[at] as Point
      hands.put(at, [x + dx, y + dy])
    },
    remove: (at) => showAt(removed(outline, at)),
    close() {
      if (!canClose(outline)) return
      showAt({ ...closed(outline), chosen: 0 })
      status.textContent = holder.dataset['closed'] ?? ''
    },
  }
  stage.addEventListener('click', (event) => {
    if (!(event.target as Element).closest('.corner')) showAt(tapped(outline, pointOf(stage, event)))
  })
  button('add').onclick = () => showAt(added(outline))
  button('remove').onclick = () => hands.remove(outline.chosen)
  button('close').onclick = hands.close
  find('.pens', form).hidden = false
  show(outline)
}

const form = document.querySelector<HTMLFormElement>('form.draw')
if (form !== null) startDrawing(form)
