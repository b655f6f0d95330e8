/**
 * Why the box thinks that a sighting is of a horse: in words, and by the look that was judged beside those that were nearest.
 */
import { html } from 'hono/html'
import type { Decision } from '../../daemon/types.ts'
import type { Html } from '../layout.ts'
import type { Words } from '../words/en.ts'
import type { Spoken } from '../words/languages.ts'
import { time } from './times.ts'

/** A horse as it is called now; no number where it is gone. */
export interface Called {
  readonly number: number | null
  readonly name: string | null
}

export interface WhyView {
  /** The picture of the look that was judged; null where it is not kept. */
  readonly picture: string | null
  readonly atMs: number
  readonly looks: number
  readonly best: (Called & { readonly probability: number }) | null
  readonly second: (Called & { readonly probability: number }) | null
  readonly nearest: readonly NearView[]
  readonly ofSecond: NearView | null
}

export interface NearView extends Called {
  readonly picture: string | null
  readonly takenMs: number | null
  readonly similarity: number
}

/** Never rounded up to a certainty, nor down to an impossibility. */
export const share = (value: number) => Math.min(0.99, Math.max(0.01, value)).toFixed(2)
export const called = (words: Words, { number, name }: Called) =>
  name ?? (number === null ? words.why.gone : words.horse(number, null))

/** The reason in a line. */
export function whyWords(words: Words, decision: Decision, why: WhyView | null): string {
  if (decision.kind !== 'corrected') return `${thought(words, decision, why, false)}.`
  const { corrected, thought: asBoxThought } = words.why
  return why ? `${corrected} ${asBoxThought(thought(words, decision, why, true))}.` : corrected
}

/** `isOther`: a person has said otherwise, so it must be told whom the box took it for. */
function thought(
  all: Words,
  { kind, score, threshold }: Decision,
  why: WhyView | null,
  isOther: boolean,
): string {
  const words = all.why
  const accepted = threshold === null ? [] : [words.accepted(share(threshold))]
  if (!why) {
    if (score === null) return words.notLooked
    return [words.probable(share(score)), ...accepted, words.forgotten].join('; ')
  }
  const { best, second } = why
  if (why.looks === 0) return words.inDoubt
  const looks = words.looks(why.looks)
  if (!best) return `${words.first}; ${looks}`
  const probability = share(best.probability)
  if (kind === 'created') return `${words.likeNobody(called(all, best), probability)}; ${looks}`
  const next = second ? [words.second(called(all, second), share(second.probability))] : []
  const isGiven =
    kind === 'matched' ? words.probable(probability) : words.unsure(called(all, best), probability)
  const first = isOther ? words.is(called(all, best), probability) : isGiven
  return [first, ...next, looks, ...accepted].join('; ')
}

/** The section on a horse's page. */
export function whySection(spoken: Spoken, reason: string, why: WhyView | null, nowMs: number): Html {
  const { title, judged, next } = spoken.words.why
  const pictures = why && [
    figure(
      spoken.words,
      why.picture,
      html`<b>${judged}</b> ${time(spoken, why.atMs, nowMs, 'ago')}`,
      'judged',
    ),
    ...why.nearest.map((one) => near(spoken, one, nowMs)),
    ...(why.ofSecond ? [near(spoken, why.ofSecond, nowMs, next)] : []),
  ]
  return html`<section class="reasons">
<h3>${title}</h3>
<p dir="auto">${reason}</p>
${pictures === null ? '' : html`<div class="looks">${pictures}</div>`}
</section>`
}

function near(spoken: Spoken, one: NearView, nowMs: number, what?: string): Html {
  const { words } = spoken
  const when = one.takenMs === null ? '' : time(spoken, one.takenMs, nowMs, 'ago')
  const caption = html`${what === undefined ? '' : html`<i>${what}:</i> `}<b><bdi>${called(words, one)}</bdi></b> ${when}
<span>${words.why.alike(Math.max(0, one.similarity).toFixed(2))}</span>`
  return figure(words, one.picture, caption, what === undefined ? 'near' : 'next')
}

function figure(words: Words, picture: string | null, caption: Html, kind: string): Html {
  const shown =
    picture === null
      ? html`<span class="none">${words.why.noPicture}</span>`
      : html`<img src="${picture}" alt="" loading="lazy">`
  return html`<figure class="${kind}">${shown}<figcaption>${caption}</figcaption></figure>`
}
