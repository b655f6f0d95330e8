/**
 * How the central database is kept in step with the box, in words.
 */
import { html } from 'hono/html'
import type { BarnhandView, PartFault, SyncView } from '../../daemon/sync-types.ts'
import type { Frame, Html } from '../layout.ts'
import { boxWords } from '../words/box.ts'
import { bytes, figure, figures } from './tell.ts'
import { time } from './times.ts'

type View = Frame & { readonly nowMs: number }

/** Nothing where the config names none. */
export function syncPart(view: View, sync: SyncView | null): Html | '' {
  if (sync === null) return ''
  const { sync: words } = boxWords(view).system
  const { state, fault, waiting, server } = sync
  const count = waiting.toLocaleString(view.words.language)
  const isWell = state !== 'waiting' && fault?.code !== 'SYNC_ROWS'
  return html`<section class="panel">
<h2>${words.title}</h2>
<ul class="checks"><li data-is="${isWell ? 'fine' : 'wrong'}"><strong>${words.states[state]}</strong>
${faultIn(words, fault)}</li>
${barnhandLines(view, sync.barnhand)}</ul>
<p>${words.waiting(count, waiting)}</p>
<details><summary>${boxWords(view).system.figures}</summary>${figures([
    ...(sync.inStepMs === null
      ? []
      : [[words.inStep, time(view, sync.inStepMs, view.nowMs, 'clock')] as const]),
    [
      words.told,
      `${sync.told.toLocaleString(view.words.language)} / ${sync.heard.toLocaleString(view.words.language)}`,
    ],
    [words.sent, bytes(view, sync.sentBytes)],
    ...(sync.held === 0 ? [] : [figure(view, words.held, sync.held)]),
    ...(sync.clockAheadMs === null ? [] : [[words.clock, seconds(view, sync.clockAheadMs)] as const]),
    ...(server === null ? [] : [[words.server, kindOf(server)] as const]),
  ])}</details>
</section>`
}

type SyncWords = ReturnType<typeof boxWords>['system']['sync']

function faultIn({ faults }: SyncWords, fault: PartFault | null): Html | '' {
  if (fault === null) return ''
  const said: Readonly<Record<string, string>> = faults
  return html`${said[fault.code] ?? faults.other} <bdi class="soft" lang="en">${fault.code}: ${fault.detail}</bdi>`
}

/** Parts that may be in trouble while the rest is well. */
function barnhandLines(view: View, barnhand: BarnhandView | null): Html | '' {
  if (barnhand === null) return ''
  const { sync: words } = boxWords(view).system
  const { fault, rows, unplaced, deleted, redis } = barnhand
  const line = (name: string, why: PartFault | null, told: string) =>
    html`<li data-is="${why === null ? 'fine' : 'wrong'}"><strong>${name}</strong> ${told} ${faultIn(words, why)}</li>`
  return html`${line(words.barnhand, fault, words.rows(rows, unplaced, deleted))}
${redis === null ? '' : line(words.redis, redis.fault, words.mirrored(redis.written.toLocaleString(view.words.language), redis.dropped))}`
}

const seconds = ({ words }: View, ms: number) =>
  `${(ms / 1000).toLocaleString(words.language, { maximumFractionDigits: 1 })}\u00a0s`

const kindOf = ({ version, hasVectors, hasHypertables }: NonNullable<SyncView['server']>) =>
  [
    `PostgreSQL ${version}`,
    ...(hasVectors ? ['pgvector'] : []),
    ...(hasHypertables ? ['TimescaleDB'] : []),
  ].join(', ')
