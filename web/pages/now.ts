/**
 * The page *Now*: each camera with what it sees, and a card per horse. View model in, HTML out.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import { strings } from '../strings.ts'
import { type BoardView, boardPage, cameraTile, horseCard } from './board.ts'

export function nowPage(view: BoardView): Html {
  const tiles = view.cameras.map((camera) => cameraTile(camera, view.nowMs, 'pictures'))
  const cards = view.horses.map((horse) => horseCard(horse, view.nowMs))
  return boardPage(
    view,
    strings.now,
    html`<section class="cameras"><h1>${strings.cameras}</h1>
<div class="tiles">${tiles}</div>
${tiles.length === 0 ? html`<p class="empty">${strings.noCameras}</p>` : ''}
</section>
<section class="horses"><h1>${strings.horses}</h1>
<div class="cards">${cards}</div>
<p class="empty no-horses">${strings.noHorses}</p>
</section>`,
  )
}
