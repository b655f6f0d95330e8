/**
 * Shows a plan's pictures to a system, with a caretaker who names the horses once, and scores what it said.
 */
import type { CoatSetting } from './embedding.ts'
import { enrolmentPhotos } from './enrolment.ts'
import { type Counts, count, type Marked, sceneOf } from './score/mot.ts'
import { type Names, type Product, productOf, tellOf, type Watched } from './score/product.ts'
import type { Plan } from './stall/plan.ts'
import { play, type StallFrame, type StallModel } from './stall/stall.ts'
import type { Shown, System } from './system.ts'

export interface Result {
  /** Over the whole plan: a horse that comes back must be the same. */
  readonly whole: Counts
  /** Each visit by itself: tracking alone. */
  readonly visits: readonly Counts[]
  readonly product: Product
}

/** A picture stands until the next one, but not for longer. */
const mostStandsMs = 1000

export async function watch(
  plan: Plan,
  coats: CoatSetting,
  fps: number,
  model: StallModel,
  system: System,
): Promise<Result> {
  system.givePhotos?.(enrolmentPhotos(model.enrolment, plan, coats, model.look))
  const watched: Watched[] = []
  let names: Names | undefined
  let namedFrom = 0
  let before: StallFrame | undefined
  for (const frame of play(plan, coats, fps, model)) {
    const visit = plan.visits[frame.visit]
    if (frame.visit !== before?.visit) {
      if (visit && !visit.enrolment && !names) {
        names = system.teach(tellOf(watched, plan.residents))
        namedFrom = watched.length
      }
      if (visit?.gap === 'restart') system.restart()
    }
    const standsMs = before?.visit === frame.visit ? frame.atMs - before.atMs : 1000 / fps
    before = frame
    watched.push(watchedOf(frame, await system.show(frame), Math.min(standsMs, mostStandsMs)))
  }
  const scenes = watched.map(({ scene }) => scene)
  return {
    whole: count(scenes),
    visits: [...Map.groupBy(watched, ({ visit }) => visit).values()].map((some) =>
      count(some.map(({ scene }) => scene)),
    ),
    product: productOf(plan, watched, names ?? new Map(), namedFrom, system.created),
  }
}

function watchedOf(frame: StallFrame, shown: readonly Shown[], standsMs: number): Watched {
  const truths = frame.truths.map(({ horse, box }): Marked => ({ id: String(horse), box }))
  return {
    visit: frame.visit,
    atMs: frame.atMs,
    standsMs,
    horses: frame.truths.map(({ horse }) => horse),
    shown,
    scene: sceneOf(truths, shown),
  }
}
