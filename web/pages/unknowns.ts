/**
 * Who is unknown: a question for each group of sightings that look like one animal, and its answers.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import type { Face } from './picker.ts'
import { type Done, doneLine } from './said.ts'
import { type AnswersView, quickAnswers, whoPicker } from './sighting.ts'
import { time } from './times.ts'

export interface GroupView {
  readonly answers: AnswersView
  /** The newest time. */
  readonly atMs: number
  readonly cameras: readonly string[]
  readonly pictures: readonly {
    readonly url: string
    readonly sightingId: string
    readonly takenMs: number
  }[]
}

export interface UnknownsView extends Frame {
  readonly nowMs: number
  readonly after: number
  readonly mayCorrect: boolean
  readonly done: Done
  readonly groups: readonly GroupView[]
  /** Sightings of which no picture is kept. */
  readonly notLooked: number
}

function pictures(spoken: Spoken, { pictures: some }: GroupView, nowMs: number): Html {
  const { sightings } = spoken.words.record
  const figure = ({ url, sightingId, takenMs }: GroupView['pictures'][number], at: number) =>
    html`<figure class="${at === 0 ? 'first' : ''}"><a href="/sightings/${sightingId}"><img src="${url}" alt="${sightings.page}" loading="lazy"></a>
<figcaption>${time(spoken, takenMs, nowMs, 'clock')}</figcaption></figure>`
  return html`<div class="seen-in">${some.map(figure)}</div>`
}

function about(spoken: Spoken, { answers, atMs, cameras }: GroupView, nowMs: number): Html {
  const count = spoken.words.record.unknowns.count(answers.sightings.length)
  return html`<p class="hint">${count}, ${time(spoken, atMs, nowMs, 'ago')}, <bdi>${cameras.join(', ')}</bdi></p>`
}

function group(view: UnknownsView, one: GroupView): Html {
  const { pick } = view.words.record
  const [id = ''] = one.answers.sightings
  const another = html`<a class="button quiet" href="/unknowns/${id}">${pick.another}</a>`
  const answers = html`<h2>${pick.title}</h2>
${quickAnswers(view, one.answers, true, another)}`
  return html`<article class="sheet who" data-group="${id}">${pictures(view, one, view.nowMs)}${about(view, one, view.nowMs)}
${view.mayCorrect ? answers : ''}</article>`
}

export function unknownsPage(view: UnknownsView): Html {
  const { words, groups, notLooked } = view
  const { unknowns, said } = words.record
  const head = html`<div class="whole"><h1>${unknowns.title}</h1>
${groups.length > 0 ? html`<p>${unknowns.hint}</p>` : html`<p class="empty">${unknowns.none}</p>`}</div>`
  return layout(
    view,
    unknowns.title,
    html`<p class="lost" role="status" hidden>${words.lost}</p>
<main class="record" data-after="${view.after}" data-now="${view.nowMs}">
${doneLine(view, view.done, view.mayCorrect)}
${head}
<div class="groups whole" data-part="groups">${groups.map((one) => group(view, one))}</div>
<div class="whole">${notLooked > 0 ? html`<p class="hint">${unknowns.notLooked(notLooked)}</p>` : ''}
<p><a href="/corrections">${said.all}</a></p></div>
</main>`,
  )
}

export interface GroupPageView extends Frame {
  readonly nowMs: number
  readonly mayCorrect: boolean
  readonly group: GroupView
  readonly query: string
  readonly faces: readonly Face[]
}

/** One group with all horses that it may be. */
export function groupPage(view: GroupPageView): Html {
  const { words, group, nowMs } = view
  const { pick, cancel } = words.record
  return layout(
    view,
    pick.title,
    html`<main class="record narrow"><section class="sheet who"><h1>${pick.title}</h1>
${pictures(view, group, nowMs)}${about(view, group, nowMs)}
${view.mayCorrect ? html`${whoPicker(view, group.answers, view.query, view.faces)}${quickAnswers(view, { ...group.answers, offers: [] }, true)}` : ''}
<p><a class="button quiet" href="/unknowns">${cancel}</a></p></section></main>`,
  )
}
