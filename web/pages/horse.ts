/**
 * The page of a horse: where it is, what is known of it and why, and everything by which people set it right.
 */
import { html } from 'hono/html'
import { type Frame, type Html, layout } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import { taken } from './board.ts'
import { alikesPart, type ElsewhereEdit, elsewhereSection } from './elsewhere.ts'
import { type FactsView, factsForm, factsList } from './facts.ts'
import { badge, face } from './figures.ts'
import { gallery, type LookView, type NameThen, namesSection } from './gallery.ts'
import { type MergeChoice, type Reasoned, sameSection } from './naming.ts'
import type { Face } from './picker.ts'
import { picker } from './picker.ts'
import { type Done, doneLine, type Said, saidList } from './said.ts'
import { type StayRow, staysSection } from './stays.ts'
import { type TimelineView, timeline } from './timeline.ts'
import { time } from './times.ts'
import { whySection } from './why.ts'

/** Where a horse is, or was seen last. */
export interface Whereabouts {
  readonly isHere: boolean
  readonly camera: string
  /** The stall or zone that it stands in; null where it stands in none. */
  readonly stall: string | null
  readonly streamId: string
  /** Since when it is there, or when it was seen there last. */
  readonly sinceMs: number
  /** Whether that camera gives pictures now. */
  readonly isCameraLive: boolean
}

export interface HorsePageView extends Frame {
  readonly nowMs: number
  /** Events after this id are not yet in the page. */
  readonly after: number
  readonly mayCorrect: boolean
  readonly done: Done
  readonly horse: Face
  /** When its picture was taken; null where nobody knows. */
  readonly takenMs: number | null
  readonly isProvisional: boolean
  /** Null where no camera has seen it. */
  readonly where: Whereabouts | null
  readonly facts: FactsView
  readonly looks: { readonly looks: readonly LookView[]; readonly more: number }
  readonly names: readonly NameThen[]
  readonly timeline: TimelineView
  readonly stays: readonly StayRow[]
  /** Why its newest sighting is thought to be of it; null where it was never seen. */
  readonly why: Reasoned | null
  /** Horses that may be this one. */
  readonly maybe: readonly MergeChoice[]
  /** What other boxes said in place of what was here, the newest first. */
  readonly elsewhere: readonly ElsewhereEdit[]
  /** Horses of other boxes that look like this one. */
  readonly alikes: readonly Face[]
  readonly said: readonly Said[]
}

function head(view: HorsePageView): Html {
  const { words, horse, where, nowMs, facts } = view
  const { head: say } = words.record
  const marks = [
    ...(facts.isOfficial ? [html`<span class="mark">${say.resident}</span>`] : []),
    ...(view.isProvisional ? [html`<span class="hint">${say.unsure}</span>`] : []),
  ]
  return html`<header class="sheet head ${where?.isHere ? 'here' : ''}" data-part="head">
<span class="face">${face(horse.avatar)}${badge(horse.number, horse.color)}</span>
<div><h1><bdi>${words.horse(horse.number, horse.name, horse.homeName)}</bdi></h1>
${where === null ? html`<p class="hint">${words.sightings(0)}</p>` : place(view, where, nowMs)}
${taken(view, view, nowMs)}${marks}</div></header>`
}

function place(spoken: Spoken, where: Whereabouts, nowMs: number): Html {
  const { head: say } = spoken.words.record
  const camera = where.isHere ? say.here(where.camera) : say.last(where.camera)
  const since = where.isHere
    ? html`${say.since} ${time(spoken, where.sinceMs, nowMs, 'clock')}`
    : html`${time(spoken, where.sinceMs, nowMs, 'clock')} (${time(spoken, where.sinceMs, nowMs, 'ago')})`
  return html`<p class="place"><span><a href="/streams/${where.streamId}"><bdi>${camera}</bdi></a>${where.stall === null ? '' : html`, <strong class="stall"><bdi>${where.stall}</bdi></strong>`}</span> <span>${since}</span></p>
${where.isCameraLive ? '' : html`<p class="problem">${say.offline}</p>`}`
}

/** The second tap is asked for in words; what was deleted comes back by undo. */
function removal({ words: { record } }: Spoken, id: string): Html {
  return html`<details class="sheet remove"><summary>${record.remove.title}…</summary>
<p>${record.remove.hint}</p>
<form method="post" action="/horses/${id}/delete"><button class="danger">${record.remove.button}</button></form></details>`
}

function tools(view: HorsePageView): Html {
  const { id } = view.horse
  const { record } = view.words
  const merge = html`<p><a class="button quiet" href="/horses/${id}/merge">${record.merge.title}…</a></p>`
  const alikes = alikesPart(view, { horse: view.horse, revision: view.facts.revision, alikes: view.alikes })
  return html`<section class="sheet" data-part="same">${sameSection(view, view.maybe)}${alikes}${merge}</section>`
}

export function horsePage(view: HorsePageView): Html {
  const { words, horse, nowMs, mayCorrect, why, elsewhere } = view
  const { record } = words
  const all = html`<p><a href="/corrections">${record.said.all}</a></p>`
  const { id, revision } = view.facts
  return layout(
    view,
    words.horse(horse.number, horse.name),
    html`<p class="lost" role="status" hidden>${words.lost}</p>
<main class="record" data-horse="${horse.id}" data-after="${view.after}" data-now="${nowMs}">
${doneLine(view, view.done, mayCorrect)}
${head(view)}
<div class="column">
${timeline(view, view.timeline)}
${gallery(view, horse.id, view.looks, mayCorrect, nowMs)}
</div>
<div class="column">
${mayCorrect ? factsForm(view, view.facts) : factsList(view, view.facts.facts)}
${elsewhereSection(view, { id, revision, edits: elsewhere, mayCorrect, nowMs })}
${staysSection(view, view.stays, horse.color)}
${why ? html`<div data-part="why">${whySection(view, why.words, why.why, nowMs)}</div>` : ''}
${mayCorrect ? tools(view) : ''}
${namesSection(view, view.names, nowMs)}
<section class="sheet" data-part="said"><h2>${record.said.title}</h2>${saidList(view, view.said, mayCorrect, nowMs)}${all}</section>
${mayCorrect ? removal(view, horse.id) : ''}
</div>
</main>`,
  )
}

export interface MergePageView extends Frame {
  readonly horse: Face
  readonly query: string
  readonly faces: readonly Face[]
}

/** Choosing the horse that another one is. */
export function mergePage(view: MergePageView): Html {
  const { words, horse, query, faces } = view
  const { merge, cancel } = words.record
  const action = `/horses/${horse.id}/merge`
  return layout(
    view,
    merge.title,
    html`<main class="record narrow"><section class="sheet">
<h1><span class="face">${face(horse.avatar)}${badge(horse.number, horse.color)}</span> <span><bdi>${words.horse(horse.number, horse.name)}</bdi><br>${merge.title}</span></h1>
<p>${merge.hint}</p>
${picker(view, { query, faces, action, field: 'into', hidden: [] })}
<p><a class="button quiet" href="/horses/${horse.id}">${cancel}</a></p>
</section></main>`,
  )
}
