/**
 * The page of one camera: its own video with names, and its horses, searched and sorted. View model in, HTML out.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { type BoardView, boardPage, cameraTile, horseCard } from './board.ts'
import { type ClipsView, clipsSection } from './clips.ts'
import { type Outline, outlines } from './outlines.ts'

export const orders = ['number', 'recent', 'count'] as const
export type Order = (typeof orders)[number]

/** Of one camera. Horses come as they were asked for, for browsers without scripts. */
export interface StreamView extends BoardView {
  readonly name: string
  readonly query: string
  readonly order: Order
  readonly recorded: ClipsView
  /** Null where they are not asked for. */
  readonly stalls: readonly Outline[] | null
}

function search({ query, order, words: { search: words } }: StreamView): Html {
  const option = (one: Order) =>
    html`<option value="${one}" ${one === order ? 'selected' : ''}>${words.orders[one]}</option>`
  return html`<form class="search" method="get" role="search">
<label>${words.label}<input name="q" type="search" value="${query}" maxlength="100" autocomplete="off" dir="auto"></label>
<label>${words.order}<select name="sort">${orders.map(option)}</select></label>
<noscript><button>${words.button}</button></noscript>
</form>`
}

function stallLinks(view: StreamView): Html {
  const { stalls: words } = boxWords(view)
  const { here } = view
  const toggle =
    view.stalls === null
      ? html`<a href="${here}?stalls=shown">${words.show}</a>`
      : html`<a href="${here}">${words.hide}</a>`
  return html`<p class="stall-links">${toggle}<a href="${here}/stalls">${words.title}…</a></p>`
}

export function streamPage(view: StreamView): Html {
  const { words } = view
  return boardPage(
    view,
    view.name,
    html`<section class="cameras"><h1><bdi>${view.name}</bdi></h1>
<div class="tiles">${view.cameras.map((camera) => cameraTile(view, camera, view.nowMs, 'video', view.stalls && outlines(view.stalls)))}</div>
${stallLinks(view)}
</section>
<section class="horses"><h2>${words.horses}</h2>
${search(view)}
<div class="cards">${view.horses.map((horse) => horseCard(view, horse, view.nowMs))}</div>
${view.query === '' ? html`<p class="empty no-horses">${words.noHorses}</p>` : ''}
<p class="empty none-found" ${view.horses.length > 0 || view.query === '' ? 'hidden' : ''}>${words.search.none}</p>
</section>
${clipsSection(view, view.recorded, view.nowMs)}`,
  )
}
