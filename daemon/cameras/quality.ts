/**
 * How well a camera can be watched, in four words: by how many pictures come, how often it breaks off, and how many of its pictures are
 * looked at. The rule is pure; the watch keeps what it needs of the last ten minutes and the last hour.
 */
import type { CameraQuality, QualityLabel } from '../system-types.ts'
import type { CameraView, StreamId } from '../types.ts'

/** What the label is made of. */
export interface QualityFigures {
  readonly isLive: boolean
  /** Pictures that came, of those that were asked for. */
  readonly come: number
  /** Of those that came: passed over because the models were busy, and such as nobody could look at. */
  readonly dropped: number
  readonly failed: number
  /** How often it broke off in the last hour. */
  readonly breaks: number
}

const order: readonly QualityLabel[] = ['excellent', 'fair', 'poor', 'unusable']

/** From which figure on it is fair, poor and unusable; what is bad about it alone cannot make it worse than that. */
const steps = {
  few: { of: ({ come }: QualityFigures) => 1 - come, from: [0.1, 0.4, 0.75] },
  breaks: { of: ({ breaks }: QualityFigures) => breaks, from: [1, 3, 6] },
  // What the box cannot keep up with is still a good picture.
  dropped: { of: ({ dropped }: QualityFigures) => dropped, from: [0.1, 0.5] },
  failed: { of: ({ failed }: QualityFigures) => failed, from: [0.01, 0.1, 0.5] },
} as const

export function qualityOf(figures: QualityFigures): Pick<CameraQuality, 'label' | 'reasons'> {
  if (!figures.isLive) return { label: 'unusable', reasons: ['away'] }
  const found = Object.entries(steps).map(([reason, { of, from }]) => ({
    reason: reason as keyof typeof steps,
    worse: from.filter((least) => of(figures) >= least).length,
  }))
  const bad = found.filter(({ worse }) => worse > 0).sort((a, b) => b.worse - a.worse)
  return { label: order[bad[0]?.worse ?? 0] ?? 'excellent', reasons: bad.map(({ reason }) => reason) }
}

const WINDOW_MS = 10 * 60_000
const HOUR_MS = 3600_000
/** Before that nothing can be said of it. */
const LEAST_MS = 30_000

interface Sample {
  readonly monoMs: number
  readonly view: CameraView
}

export interface QualityWatch {
  /** To be told every few seconds. */
  sample(views: readonly CameraView[]): void
  /** Null while it is too early to say. */
  read(id: StreamId): CameraQuality | null
  /** What is known of a camera is of another one from now on. */
  forget(id: StreamId): void
}

/** `fpsOf`: how many pictures a second were asked for. */
export function watchQuality(
  fpsOf: (id: StreamId) => number | undefined,
  monoMs: () => number,
): QualityWatch {
  const samples = new Map<StreamId, Sample[]>()
  const breaks = new Map<StreamId, number[]>()
  const add = (view: CameraView) => {
    const now = monoMs()
    const list = samples.get(view.id) ?? []
    const last = list.at(-1)?.view
    // A short break shows only in that it is live since another time.
    if (last?.state === 'live' && (view.state !== 'live' || view.sinceMs !== last.sinceMs))
      breaks.set(view.id, [...(breaks.get(view.id) ?? []).filter((at) => now - at < HOUR_MS), now])
    samples.set(view.id, [...list.filter((one) => now - one.monoMs < WINDOW_MS), { monoMs: now, view }])
  }
  return {
    sample: (views) => views.forEach(add),
    forget(id) {
      samples.delete(id)
      breaks.delete(id)
    },
    read(id) {
      const list = samples.get(id) ?? []
      const [first, last] = [list[0], list.at(-1)]
      if (!first || !last || last.monoMs - first.monoMs < LEAST_MS) return null
      const now = monoMs()
      const recent = (breaks.get(id) ?? []).filter((at) => now - at < HOUR_MS).length
      const figures = figuresOf(first, last, recent, fpsOf(id) ?? 1)
      return { ...qualityOf(figures), breaks: recent, come: figures.come, dropped: figures.dropped }
    },
  }
}

function figuresOf(first: Sample, last: Sample, breaks: number, fps: number): QualityFigures {
  const grown = (of: (view: CameraView) => number) => Math.max(0, of(last.view) - of(first.view))
  const came = grown(({ framesDecoded }) => framesDecoded)
  const share = (count: number) => (came === 0 ? 0 : Math.min(1, count / came))
  return {
    isLive: last.view.state === 'live',
    come: Math.min(1, came / (((last.monoMs - first.monoMs) / 1000) * fps)),
    dropped: share(grown(({ framesDropped }) => framesDropped)),
    failed: share(grown(({ framesFailed }) => framesFailed)),
    breaks,
  }
}
