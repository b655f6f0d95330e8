/**
 * The page of a sighting: its picture, why it is whose it is, and whose it is instead.
 */
import { html } from 'hono/html'
import { dayName } from '../days.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import type { Reasoned } from './naming.ts'
import { type Face, faceButton, hiddenFields, type PickerView, picker } from './picker.ts'
import { type Done, doneLine, type Linked } from './said.ts'
import { certainty, type SightingRow, spanOf } from './timeline.ts'
import { called, whySection } from './why.ts'

export interface AnswersView {
  /** The sightings that are answered for together. */
  readonly sightings: readonly string[]
  /** Whose they are thought to be; null where they are nobody's. */
  readonly of: string | null
  /** The horses that are most like them, the nearest first. */
  readonly offers: readonly Face[]
}

type Asked = Pick<AnswersView, 'sightings' | 'of'>

const about = ({ sightings, of }: Asked, answer: string): PickerView['hidden'] => [
  ...sightings.map((id) => ['sighting', id] as const),
  ['of', of ?? ''],
  ['answer', answer],
]

/** The answers that need no other page: the nearest horses, a new one, no horse at all. `another` leads to all horses. */
export function quickAnswers(
  spoken: Spoken,
  asked: AnswersView,
  canBeNone: boolean,
  another: Html | '' = '',
): Html {
  const { of, offers } = asked
  const { record, horse } = spoken.words
  const action = '/sightings/corrections'
  // Of a known horse's sighting only that horse can be denied.
  const deny = (one: Face) =>
    of === null
      ? html`<form method="post" action="${action}">${hiddenFields(about(asked, 'not'))}
<button class="quiet small" name="horse" value="${one.id}"><bdi>${record.pick.notThis(one.name ?? horse(one.number, null))}</bdi></button></form>`
      : ''
  const offer = (
    one: Face,
  ) => html`<div class="offer"><form method="post" action="${action}">${hiddenFields(about(asked, 'reassign'))}
${faceButton(spoken, one, 'horse')}</form>${deny(one)}</div>`
  const none = html`<form method="post" action="${action}">${hiddenFields(about(asked, 'incorrect'))}
<button class="quiet">${record.pick.noHorse}</button></form>`
  return html`${offers.length === 0 ? '' : html`<div class="offers" role="group" aria-label="${record.unknowns.maybe}">${offers.map(offer)}</div>`}
<form method="post" action="${action}" class="fresh">${hiddenFields(about(asked, 'new'))}
<label>${record.pick.name}<input name="name" maxlength="100" autocomplete="off" dir="auto"></label>
<button class="quiet">${record.pick.make}</button></form>
<div class="tools">${another}${canBeNone ? none : ''}</div>`
}

/** All horses that it may be. */
export function whoPicker(spoken: Spoken, asked: Asked, query: string, faces: readonly Face[]): Html {
  const hidden = about(asked, 'reassign')
  return picker(spoken, { query, faces, action: '/sightings/corrections', field: 'horse', hidden })
}

export interface SightingView extends Frame {
  readonly nowMs: number
  readonly mayCorrect: boolean
  readonly done: Done
  readonly sighting: SightingRow
  /** Whose it is thought to be; null where it is nobody's. */
  readonly horse: Linked | null
  /** The horse's own answer to "not this horse". */
  readonly why: Reasoned
  readonly answers: AnswersView
  readonly canBeNone: boolean
  readonly query: string
  readonly faces: readonly Face[]
}

function who(view: SightingView): Html {
  const { record } = view.words
  const notThis =
    view.horse === null
      ? ''
      : html`<form method="post" action="/sightings/corrections">${hiddenFields(about(view.answers, 'not'))}<button class="quiet">${record.sightings.notThis}</button></form>`
  return html`<section class="sheet who" id="who"><h2>${record.pick.title}</h2>
${notThis}${quickAnswers(view, view.answers, view.canBeNone)}
${whoPicker(view, view.answers, view.query, view.faces)}</section>`
}

export function sightingPage(view: SightingView): Html {
  const { words, sighting, horse, nowMs, why } = view
  const { sightings } = words.record
  const whose =
    horse === null
      ? words.unknown
      : horse.id === null
        ? html`<bdi>${called(words, horse)}</bdi>`
        : html`<a href="/horses/${horse.id}"><bdi>${called(words, horse)}</bdi></a>`
  const picture =
    sighting.picture === null
      ? html`<p class="hint">${words.why.noPicture}</p>`
      : html`<img class="large" src="${sighting.picture}" alt="">`
  return layout(
    view,
    sightings.page,
    html`<main class="record narrow">
${doneLine(view, view.done, view.mayCorrect)}
<section class="sheet"><h1>${sightings.page}</h1>
${picture}
<dl><dt>${sightings.of}</dt><dd>${whose} <span class="hint">${certainty(view, sighting)}</span></dd>
<dt>${sightings.when}</dt><dd>${dayName(view, sighting.toMs, nowMs)}, ${spanOf(view, sighting.fromMs, sighting.toMs)}</dd>
<dt>${words.record.stays.camera}</dt><dd><bdi>${sighting.camera}</bdi></dd></dl>
</section>
${whySection(view, why.words, why.why, nowMs)}
${view.mayCorrect ? who(view) : ''}
</main>`,
  )
}
