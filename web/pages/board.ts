/**
 * What pages with cameras and horses are made of: tiles, cards, and what is wrong. View model in, HTML out.
 */
import { html } from 'hono/html'
import type { AlertKind, Severity } from '../../daemon/presence-types.ts'
import type { CameraState, CameraView, Decoding } from '../../daemon/types.ts'
import { type Here, hereText } from '../here.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { whyNot } from '../words/camera.ts'
import type { Words } from '../words/en.ts'
import type { Spoken } from '../words/languages.ts'
import { badge, face } from './figures.ts'
import { time } from './times.ts'

export interface CameraTile {
  readonly id: string
  readonly name: string
  readonly state: CameraState
  readonly sinceMs: number
  readonly reason: CameraView['reason']
  /** Nobody can look at its pictures. */
  readonly isBlind: boolean
  readonly decode: Decoding
  /** Who is there now, the one seen last first. */
  readonly here: readonly Here[]
}

/** A part of the box that cannot do its work, and why. */
export interface Fault {
  readonly part: keyof Words['faults']
  readonly detail: string
}

export interface HorseCard {
  readonly id: string
  readonly streamId: string
  readonly number: number
  readonly name: string | null
  readonly color: string
  readonly lastSeenMs: number
  readonly sightings: number
  readonly avatar: string | null
  /** When that was taken; null where nobody knows. */
  readonly takenMs: number | null
  /** The camera that saw it last. */
  readonly lastStreamId: string
  /** Null where there is but one camera. */
  readonly cameraName: string | null
  /** The camera where it was founded, while it is away from there: another may have a horse of that number. */
  readonly homeName: string | null
  readonly version: number
  /** Null where nothing is known of its stall. */
  readonly place: HorsePlace | null
}

/** In which stall a horse is, or is not. */
export interface HorsePlace {
  readonly state: 'home' | 'wrong' | 'missing' | 'there'
  readonly here: string | null
  /** Its own, where it is not there. */
  readonly own: string | null
  readonly sinceMs: number
  /** Ids of what may change this. */
  readonly stalls: readonly string[]
}

export interface BoardView extends Frame {
  readonly nowMs: number
  /** Events after this id are not yet in the page. */
  readonly after: number
  /** The name of the stand-in embedder, or null when a real one is in use. */
  readonly stopgap: string | null
  readonly faults: readonly Fault[]
  /** What is not as it should be in the barn. */
  readonly alerts: readonly { readonly kind: AlertKind; readonly severity: Severity }[]
  readonly cameras: readonly CameraTile[]
  readonly horses: readonly HorseCard[]
}

/** What changes with the camera's state: its caption, and the reason that stands where the picture would be. */
export function cameraStatus(spoken: Spoken, camera: CameraTile, nowMs: number): Html {
  const { words } = spoken
  const dated = camera.state === 'silent' || camera.state === 'down'
  const state = html`${words.state[camera.state]}${dated ? html` ${time(spoken, camera.sinceMs, nowMs, 'clock')}` : ''}`
  const whyLive = camera.isBlind
    ? html`<p class="why"><strong>${words.blind}</strong></p>`
    : html`<p class="waiting">${words.waiting}</p>`
  const why =
    camera.state === 'live'
      ? whyLive
      : html`<p class="why"><strong>${state}</strong> ${whyNot(spoken, camera.reason)}</p>`
  return html`<div class="status" data-state="${camera.state}">
${why}
<p class="caption"><a class="camera-name" href="/streams/${camera.id}"><bdi>${camera.name}</bdi></a> <span class="state">${state}</span>${decodeNote(words, camera.decode)}</p>
</div>`
}

/** Hardware that does not decode costs the processor: whoever keeps the box must see it. */
function decodeNote(words: Words, { asked, why }: Decoding): Html | '' {
  return why === null
    ? ''
    : html` <span class="note">${words.inSoftware(asked)} <bdi lang="en">${why}</bdi></span>`
}

/** `video`: the camera's own video, where a script plays it; else the analysed pictures. `over`: what lies on the picture. */
export function cameraTile(
  spoken: Spoken,
  camera: CameraTile,
  nowMs: number,
  shows: 'pictures' | 'video',
  over: Html | null = null,
): Html {
  const picture = `/api/v1/cameras/${camera.id}/picture.jpg`
  const alt = spoken.words.pictureOf(camera.name)
  return html`<article class="tile" data-camera="${camera.id}" data-state="${camera.state}"
 data-picture="${picture}" data-alt="${alt}">
<div class="view">
<noscript><img class="picture" src="${picture}" alt="${alt}"></noscript>
${shows === 'video' ? html`<video class="picture" muted autoplay playsinline disablepictureinpicture aria-label="${alt}"></video>` : ''}
${over ?? ''}
<svg class="overlay" aria-hidden="true"></svg>
<span class="age" hidden></span>
</div>
${cameraStatus(spoken, camera, nowMs)}
${whoIsThere(spoken, camera.here)}
</article>`
}

function whoIsThere({ words }: Spoken, here: readonly Here[]): Html {
  const [newest] = here
  return html`<p class="there" ${here.length === 0 ? html`hidden` : ''}>${
    newest?.avatar ? html`<img src="${newest.avatar}" alt="">` : ''
  }<span><bdi>${here.length === 0 ? '' : hereText(words, here)}</bdi></span></p>`
}

/** Without scripts the card leads to a page with the form; with them the form opens at once. */
export function horseCard(spoken: Spoken, horse: HorseCard, nowMs: number): Html {
  const { words } = spoken
  return html`<a class="card" href="/horses/${horse.id}" data-horse="${horse.id}" data-stream="${horse.streamId}"
 data-number="${horse.number}" data-name="${horse.name ?? ''}" data-color="${horse.color}" data-sightings="${horse.sightings}"
 data-version="${horse.version}" data-stalls="${horse.place?.stalls.join(' ') ?? ''}" data-at="${horse.lastStreamId}" data-home="${horse.homeName ?? ''}">
<span class="face">${face(horse.avatar)}${badge(horse.number, horse.color)}</span>
<span class="about">
<strong class="name"><bdi>${words.horse(horse.number, horse.name, horse.homeName)}</bdi></strong>
<span class="seen">${words.seen} ${time(spoken, horse.lastSeenMs, nowMs, 'ago')}</span>
<span class="count">${words.sightings(horse.sightings)}</span>
${taken(spoken, horse, nowMs)}
${horse.place === null ? '' : place(spoken, horse.place, nowMs)}
${horse.cameraName === null ? '' : html`<span class="where"><bdi>${words.at(horse.cameraName)}</bdi></span>`}
${horse.name === null ? html`<span class="hint">${words.nameIt}</span>` : ''}
</span>
</a>`
}

/** How old the picture of a horse is. */
export function taken(spoken: Spoken, { takenMs }: Pick<HorseCard, 'takenMs'>, nowMs: number): Html {
  if (takenMs === null) return html``
  return html`<span class="taken">${spoken.words.picture} ${time(spoken, takenMs, nowMs, 'ago')}</span>`
}

/** Where it is, or is not; what is not as it should be stands out. */
function place(spoken: Spoken, { state, here, own, sinceMs }: HorsePlace, nowMs: number): Html {
  const { place: words } = boxWords(spoken).stalls
  const text = {
    home: words.home(here ?? ''),
    there: words.home(here ?? ''),
    wrong: own === null ? words.anothers(here ?? '') : words.wrong(here ?? '', own),
    missing: words.missing(own ?? ''),
  }[state]
  return html`<span class="place ${state}"><bdi>${text}</bdi> ${words.since} ${time(spoken, sinceMs, nowMs, 'clock')}</span>`
}

function notice(words: Words, { part, detail }: Fault): Html {
  return html`<p class="fault"><strong>${words.faults[part]}</strong> <bdi lang="en">${detail}</bdi></p>`
}

/** How many things are not as they should be, and which. */
export function openAlerts(spoken: Spoken, alerts: BoardView['alerts']): Html {
  const { alerts: words } = boxWords(spoken)
  const kinds = [...new Set(alerts.map(({ kind }) => words.kinds[kind]))]
  const isUrgent = alerts.some(({ severity }) => severity === 'critical')
  return html`<div class="told" role="status">${
    alerts.length === 0
      ? ''
      : html`<a class="open-alerts ${isUrgent ? 'critical' : ''}" href="/alerts"><strong>${words.openNow(alerts.length)}</strong> ${kinds.join(', ')}</a>`
  }</div>`
}

/** The whole of such a page: `content` stands in its main part. */
export function boardPage(view: BoardView, title: string, content: Html): Html {
  const { words } = view
  return layout(
    view,
    title,
    html`<p class="lost" role="status" hidden>${words.lost}</p>
<div class="faults" role="alert">${view.faults.map((fault) => notice(words, fault))}</div>
${openAlerts(view, view.alerts)}
<main class="now" data-after="${view.after}" data-now="${view.nowMs}">
${content}
</main>
<footer>
${view.stopgap === null ? '' : html`<p class="stopgap">${words.stopgap(view.stopgap)}</p>`}
<noscript><p>${words.needsScripts}</p></noscript>
</footer>
<dialog class="dialog" aria-labelledby="dialog-title"></dialog>
<p class="toast" role="status" hidden></p>`,
  )
}
