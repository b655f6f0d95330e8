/**
 * The page *Now*: each camera with what it sees, and a card per horse. View model in, HTML out.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import { type BoardView, boardPage, cameraTile, horseCard } from './board.ts'

export function nowPage(view: BoardView): Html {
  const { words } = view
  const tiles = view.cameras.map((camera) => cameraTile(view, camera, view.nowMs, 'pictures'))
  const cards = view.horses.map((horse) => horseCard(view, horse, view.nowMs))
  return boardPage(
    view,
    words.now,
    html`<section class="cameras"><h1>${words.cameras}</h1>
<div class="tiles">${tiles}</div>
${tiles.length === 0 ? html`<p class="empty">${words.noCameras}</p>` : ''}
</section>
<section class="horses"><h1>${words.horses}</h1>
<div class="cards">${cards}</div>
<p class="empty no-horses">${words.noHorses}</p>
</section>`,
  )
}
