/**
 * Everything that is compared, by name.
 */

import { ablations } from './ablations.ts'
import { openBarnHand } from './baselines/barnhand.ts'
import { createByteTrack } from './baselines/bytetrack.ts'
import { createCBiou } from './baselines/cbiou.ts'
import { systemOf } from './baselines/frames.ts'
import { createOcSort } from './baselines/ocsort.ts'
import { knownElsewhere } from './elsewhere.ts'
import { openOurs } from './ours.ts'
import { detector, look, rules } from './parameters.ts'
import type { System } from './system.ts'

/** The published thresholds, and lower ones for a detector whose scores sink in the dark: the better of the two counts. */
const published = 0.6
const lowered = 0.35

const ours = { rules, detectAbove: detector.threshold, dim: look.dim }

const others = {
  ours: () => openOurs(ours),
  /** At one of four cameras, each with its own horses. */
  ours_of_four: () => openOurs({ ...ours, elsewhere: knownElsewhere }),
  barnhand_guests: (fps: number) => openBarnHand({ fps, namesAreOfficial: false }),
  barnhand_named: (fps: number) => openBarnHand({ fps, namesAreOfficial: true }),
  bytetrack: (fps: number) => systemOf(() => createByteTrack({ high: published, fps }), fps),
  bytetrack_low: (fps: number) => systemOf(() => createByteTrack({ high: lowered, fps }), fps),
  ocsort: (fps: number) => systemOf(() => createOcSort({ detect: published }), fps),
  ocsort_low: (fps: number) => systemOf(() => createOcSort({ detect: lowered }), fps),
  cbiou: (fps: number) => systemOf(() => createCBiou({ detect: published }), fps),
  cbiou_low: (fps: number) => systemOf(() => createCBiou({ detect: lowered }), fps),
} satisfies Record<string, (fps: number) => System>

export type SystemName = keyof typeof others | `without ${string}`

/** All that is not ours. */
export const baselines = Object.keys(others).filter((name) => !name.startsWith('ours')) as SystemName[]

export function openSystem(name: SystemName, fps: number): System {
  if (name in others) return others[name as keyof typeof others](fps)
  const without = ablations[name.replace(/^without /, '')]
  if (!without) throw new RangeError(`there is no ${name}`)
  return openOurs({ ...ours, without })
}
