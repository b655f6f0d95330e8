/**
 * Recorded video on the page of a camera: a list, each clip with its player. Without scripts it plays without boxes.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import type { Spoken } from '../words/languages.ts'
import { time } from './times.ts'

export interface ClipCard {
  readonly id: string
  readonly streamId: string
  readonly fromMs: number
  readonly lengthMs: number
  readonly isProtected: boolean
  /** Whom the camera saw meanwhile. */
  readonly horses: readonly { readonly number: number; readonly name: string | null }[]
}

export interface ClipsView {
  readonly clips: readonly ClipCard[]
  /** Where the older ones begin; null where there are none. */
  readonly olderMs: number | null
  readonly isFirst: boolean
}

function clipCard(spoken: Spoken, clip: ClipCard, nowMs: number): Html {
  const { words } = spoken
  const video = `/api/v1/streams/${clip.streamId}/chunks/${clip.id}/video.mp4`
  const names = clip.horses.map(({ number, name }) => words.horse(number, name))
  // As the list says it, in letters that every disk takes.
  const began = new Date(clip.fromMs)
    .toLocaleString('sv', { timeZone: spoken.zone })
    .replace(' ', 'T')
    .replaceAll(':', '-')
  return html`<li class="clip" data-clip="${clip.id}" data-stream="${clip.streamId}">
<details>
<summary><strong>${time(spoken, clip.fromMs, nowMs, 'seconds')}</strong>
<span class="length">${words.time.seconds(Math.round(clip.lengthMs / 1000))}</span>
<span class="names"><bdi>${names.length === 0 ? words.clips.nobody : names.join(', ')}</bdi></span>
${clip.isProtected ? html`<span class="kept">${words.clips.kept}</span>` : ''}</summary>
<div class="view">
<video class="picture" controls muted playsinline preload="none" src="${video}"></video>
<svg class="overlay" aria-hidden="true"></svg>
</div>
<p class="save"><a href="${video}" download="${clip.streamId}-${began}.mp4">${words.clips.save}</a></p>
</details>
</li>`
}

/** Nothing where nothing was recorded. */
export function clipsSection(
  spoken: Spoken,
  { clips, olderMs, isFirst }: ClipsView,
  nowMs: number,
): Html | '' {
  if (clips.length === 0 && isFirst) return ''
  const { clips: words } = spoken.words
  return html`<section class="clips" id="clips"><h2>${words.title}</h2>
<p class="hint">${words.hint}</p>
<ul class="clip-list">${clips.map((clip) => clipCard(spoken, clip, nowMs))}</ul>
<p class="clip-pages">${isFirst ? '' : html`<a href="?#clips">${words.newest}</a>`}
${olderMs === null ? '' : html`<a href="?clips=${olderMs}#clips">${words.older}</a>`}</p>
</section>`
}
