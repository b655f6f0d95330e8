/**
 * One camera's tile: the newest picture with exactly its own boxes, and how old it is.
 */
import { hereText } from '../here.ts'
import { ago } from '../time.ts'
import { words } from '../words/spoken.ts'
import { horsesAt, type Known } from './cards.ts'
import { createDetail } from './detail.ts'
import { drawBoxes, type FrameInfo } from './overlay.ts'

export interface Tile {
  readonly id: string
  /** There is a newer picture, in which this was seen: fetch it as soon as the last one is shown. */
  fresh(info?: FrameInfo): void
  /** Names have changed, or the tile its size. */
  redraw(): void
  /** The camera's state has changed: fetch its words anew. */
  restate(): Promise<void>
  tick(nowMs: number): void
}

const FETCH_MS = 10_000
/** From this age on a picture is no longer called live. */
const OLD_MS = 3_000
const STALE_MS = 15_000

interface Loaded {
  readonly image: HTMLImageElement
  readonly info: FrameInfo
}

async function loadPicture(url: string, alt: string): Promise<Loaded | undefined> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), FETCH_MS)
  try {
    const answer = await fetch(url, { signal: stop.signal, cache: 'no-store' })
    const header = answer.headers.get('barnbox-frame')
    if (!answer.ok || header === null) return undefined
    const image = new Image()
    image.className = 'picture'
    image.alt = alt
    image.src = URL.createObjectURL(await answer.blob())
    await image.decode()
    return { image, info: JSON.parse(header) as FrameInfo }
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** Says who is there, below the picture. */
function tellWhoIsThere(root: HTMLElement, camera: string): void {
  const there = root.querySelector<HTMLElement>('.there')
  const text = there?.querySelector('bdi')
  if (!there || !text) return
  const horses = horsesAt(camera)
  const said = horses.length === 0 ? '' : hereText(words, horses)
  const avatar = horses[0]?.avatar ?? null
  const image = there.querySelector('img')
  there.hidden = horses.length === 0
  if (text.textContent !== said) text.textContent = said
  if ((image?.getAttribute('src') ?? null) === avatar) return
  image?.remove()
  if (avatar === null) return
  const newest = new Image()
  newest.alt = ''
  newest.src = avatar
  there.prepend(newest)
}

export function createTile(root: HTMLElement, known: Known): Tile {
  const view = root.querySelector('.view') as HTMLElement
  const overlay = root.querySelector('.overlay') as SVGSVGElement
  const age = root.querySelector('.age') as HTMLElement
  const id = root.dataset['camera'] ?? ''
  const detail = createDetail(view, known)
  let shown: Loaded | undefined
  let isLoading = false
  let isWanted = false

  function redraw(): void {
    if (shown === undefined) return
    drawBoxes(overlay, shown.info, known)
    detail.update(shown.info)
  }
  function show(next: Loaded): void {
    const old = shown?.image
    shown = next
    view.style.setProperty('--shape', `${next.info.width} / ${next.info.height}`)
    if (old === undefined) view.prepend(next.image)
    else {
      old.replaceWith(next.image)
      URL.revokeObjectURL(old.src)
    }
    root.dataset['seq'] = String(next.info.seq)
    redraw()
  }
  async function load(): Promise<void> {
    if (isLoading) return
    isLoading = true
    while (isWanted) {
      isWanted = false
      const next = await loadPicture(root.dataset['picture'] ?? '', root.dataset['alt'] ?? '')
      if (next !== undefined) show(next)
    }
    isLoading = false
  }
  new ResizeObserver(redraw).observe(view)
  return {
    id,
    redraw,
    fresh() {
      isWanted = true
      void load()
    },
    async restate() {
      const answer = await fetch(`/parts/camera/${id}`)
      if (!answer.ok) return
      const parts = document.createElement('template')
      parts.innerHTML = await answer.text()
      root.dataset['state'] = parts.content.querySelector<HTMLElement>('.status')?.dataset['state'] ?? ''
      root.querySelector('.status')?.replaceWith(parts.content)
    },
    tick(nowMs) {
      tellWhoIsThere(root, id)
      if (shown === undefined) return
      const passed = nowMs - shown.info.utcMs
      age.hidden = passed < OLD_MS
      age.textContent = ago({ words }, shown.info.utcMs, nowMs)
      view.classList.toggle('stale', passed >= STALE_MS)
    },
  }
}
