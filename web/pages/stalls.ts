/**
 * The stalls of a camera: drawn on its newest picture, and in a list beside it. All but the drawing itself works without
 * scripts, for the outline is a field of a plain form.
 */
import { html } from 'hono/html'
import type { StallKind } from '../../daemon/types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { type Outline, outlines } from './outlines.ts'
import type { Face } from './picker.ts'

/** What is being drawn, as it was typed. */
export interface Drawing {
  /** Null for a new one. */
  readonly id: string | null
  readonly revision: number
  readonly name: string
  readonly kind: StallKind
  /** JSON. */
  readonly corners: string
  readonly expected: readonly string[]
  /** Why it was not stored; null where the form is new. */
  readonly problem: string | null
}

export interface StallRow extends Outline {
  readonly expected: readonly Face[]
}

export interface StallsView extends Frame {
  readonly camera: { readonly id: string; readonly name: string; readonly hasPicture: boolean }
  readonly stalls: readonly StallRow[]
  /** Who may be expected there. */
  readonly horses: readonly Face[]
  readonly drawing: Drawing | null
  readonly done: 'saved' | 'deleted' | null
  /** The one that was deleted a moment ago. */
  readonly deleted: string | null
  readonly mayDraw: boolean
}

export function stallsPage(view: StallsView): Html {
  const { stalls: words } = boxWords(view)
  const { camera, drawing } = view
  return layout(
    view,
    words.titleOf(camera.name),
    html`<main class="box stalls">
<h1>${words.title}: <a href="/streams/${camera.id}"><bdi>${camera.name}</bdi></a></h1>
${doneLine(view)}
${stage(view)}
<div class="beside">
${drawing === null ? '' : form(view, drawing)}
${list(view)}
</div>
</main>`,
  )
}

function doneLine(view: StallsView): Html | '' {
  const { said } = view.words.record
  if (view.done === 'saved') return html`<div class="done" role="status"><span>${said.saved}</span></div>`
  if (view.done !== 'deleted' || view.deleted === null) return ''
  const undo = view.mayDraw
    ? html`<form method="post" action="/stalls/${view.deleted}/restore"><button class="quiet">${said.undo}</button></form>`
    : ''
  return html`<div class="done" role="status"><span>${boxWords(view).stalls.deleted}</span>${undo}</div>`
}

/** The picture with the stalls; the one that is being drawn is put over it by the script. */
function stage(view: StallsView): Html {
  const { stalls: words } = boxWords(view)
  const { camera, drawing } = view
  const picture = camera.hasPicture
    ? html`<img src="/api/v1/cameras/${camera.id}/picture.jpg" alt="${view.words.pictureOf(camera.name)}" draggable="false">`
    : html`<p class="none">${words.noPicture}</p>`
  const others = view.stalls.filter(({ id }) => id !== drawing?.id)
  const draft =
    drawing === null
      ? ''
      : html`<svg class="draft" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><polygon/></svg>
<div class="corners" role="group" aria-label="${words.outline}" data-corner="${words.corner}" data-closed="${words.closed}"></div>`
  return html`<div class="stage" ${drawing === null ? '' : html`data-draws`}>${picture}${outlines(others)}${draft}</div>`
}

function form(view: StallsView, drawing: Drawing): Html {
  const { stalls: words } = boxWords(view)
  const { edit, record } = view.words
  const { id: camera } = view.camera
  const action = drawing.id === null ? `/streams/${camera}/stalls` : `/stalls/${drawing.id}`
  const kind = (one: StallKind) =>
    html`<option value="${one}" ${one === drawing.kind ? 'selected' : ''}>${words.kinds[one]}</option>`
  return html`<form class="panel draw" method="post" action="${action}">
<h2>${drawing.id === null ? words.add : html`<bdi>${words.change(drawing.name)}</bdi>`}</h2>
<p class="problem" role="alert">${drawing.problem ?? ''}</p>
<input type="hidden" name="revision" value="${drawing.revision}">
<input type="hidden" name="corners" value="${drawing.corners}">
<div class="pens" hidden>
<p>${words.how}</p>
<p class="hint">${words.byKeys}</p>
<p class="buttons"><button type="button" class="quiet" data-do="add">${words.addCorner}</button>
<button type="button" class="quiet" data-do="remove">${words.removeCorner}</button>
<button type="button" class="quiet" data-do="close">${words.close}</button></p>
<output class="unseen" role="status"></output>
</div>
<noscript><p>${words.needsScript}</p></noscript>
<label>${words.name}<input name="name" value="${drawing.name}" maxlength="60" required autocomplete="off" dir="auto"></label>
<label>${words.kind}<select name="kind">${kind('stall')}${kind('zone')}</select></label>
${expectedField(view, drawing)}
<p class="buttons"><a class="button quiet" href="/streams/${camera}/stalls">${record.cancel}</a><button>${edit.save}</button></p>
</form>`
}

function expectedField(view: StallsView, { expected }: Drawing): Html {
  const { stalls: words } = boxWords(view)
  const horse = ({ id, number, name, homeName }: Face) =>
    html`<label><input type="checkbox" name="expected" value="${id}" ${expected.includes(id) ? 'checked' : ''}> <bdi>${view.words.horse(number, name, homeName)}</bdi></label>`
  return html`<fieldset class="choices"><legend>${words.expected}</legend>
${view.horses.length === 0 ? html`<p class="hint">${words.noHorses}</p>` : html`<div>${view.horses.map(horse)}</div>`}</fieldset>`
}

function list(view: StallsView): Html {
  const { stalls: words } = boxWords(view)
  const { stalls, mayDraw, camera, drawing } = view
  const add =
    mayDraw && drawing?.id !== null
      ? html`<p><a class="button" href="/streams/${camera.id}/stalls?edit=new">${words.add}</a></p>`
      : ''
  return html`<section class="panel">
<h2>${words.title}</h2>
<p class="hint">${words.hint}</p>
${stalls.length === 0 ? html`<p>${words.none}</p>` : html`<ul class="rows">${stalls.map((one) => row(view, one))}</ul>`}
${add}
</section>`
}

function row(view: StallsView, { id, name, kind, expected }: StallRow): Html {
  const { stalls: words } = boxWords(view)
  const who = expected.map((one) => view.words.horse(one.number, one.name, one.homeName)).join(', ')
  const tools = view.mayDraw
    ? html`<div class="buttons"><a class="button quiet" href="/streams/${view.camera.id}/stalls?edit=${id}" ${id === view.drawing?.id ? html`aria-current="true"` : ''}>${words.change(name)}</a>
<form method="post" action="/stalls/${id}/delete"><button class="bad">${words.remove(name)}</button></form></div>`
    : ''
  return html`<li><p><strong><bdi>${name}</bdi></strong> <span class="soft">${words.kinds[kind]}</span>${who === '' ? '' : html`<br><bdi>${who}</bdi>`}</p>${tools}</li>`
}
