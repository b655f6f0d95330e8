/**
 * One random life of several boxes, apart and together, and what they know at its end.
 */
import { createHub } from './hub.ts'
import { createOracle, everything, happen, known, openBox, seeded, startMs } from './programs.ts'

export type Known = ReturnType<typeof known>

/** What each of so many boxes knows once each has heard all. A tenth of all batches end in a box's death. */
export function live(
  seed: number,
  count: number,
): {
  horses: number
  corrections: number
  known: Known[]
  lost: string[]
} {
  const random = seeded(seed * 7919 + count)
  const time = { ms: startMs }
  const oracle = createOracle()
  const hub = createHub(1 + Math.floor(random() * 20), () => random() < 0.1)
  const boxes = Array.from({ length: count }, (_, n) => openBox(`${n}`, time, n * 40_000))
  for (let step = 0; step < 40 * count; step++) {
    time.ms += Math.floor(random() * 3000)
    const box = boxes[Math.floor(random() * count)]
    if (!box) continue
    const what = random()
    if (what < 0.12) hub.push(box.registry)
    else if (what < 0.24) hub.pull(box.registry, box.nowMs())
    else happen(box, random)
    oracle.note(box)
  }
  // Whoever dies while all is told and heard comes again.
  for (let round = 0; round < 12; round++) {
    for (const { registry } of boxes) hub.push(registry)
    for (const { registry, nowMs } of boxes) hub.pull(registry, nowMs())
  }
  const { ids, corrections } = everything(boxes)
  const all = boxes.map((box) => known(box, ids, corrections))
  for (const box of boxes) box[Symbol.dispose]()
  return { horses: ids.length, corrections: corrections.length, known: all, lost: all.flatMap(oracle.lost) }
}
