/**
 * What is not as it should be (pure): a rule looks at how the barn stands and names what it finds. How long it must be so, and how it is
 * told, is the ledger's.
 */
import type { AlertKind, AlertSubject, Posture, Severity, StallView } from '../presence-types.ts'
import type { CameraView, HorseId, StreamId } from '../types.ts'

/** How the barn stands at a moment. */
export interface Situation {
  readonly nowMs: number
  /** Those that are switched on. */
  readonly cameras: readonly CameraView[]
  /** What of the box is not well, and why. */
  readonly troubles: readonly { readonly part: string; readonly detail: string }[]
  readonly stalls: readonly StallView[]
  /** When each camera saw a person last. */
  readonly persons: ReadonlyMap<StreamId, number>
  /** Whether it is the time at which nobody should be there. */
  readonly isNight: boolean
  /** How each stall's horse lies or stands, where that is estimated. */
  readonly postures: ReadonlyMap<StallView['stall']['id'], Posture>
}

export interface Finding extends AlertSubject {
  readonly detail: string | null
  /** It cannot be told now: what is open of it stays open, and nothing new is. */
  readonly isUnclear?: boolean
}

export interface Rule {
  readonly kind: AlertKind
  readonly severity: Severity
  /** Off unless somebody switches it on. */
  readonly isExperimental?: boolean
  /** So long it must be so before it is an alert, and so long it must not be before that ends. */
  readonly afterMs: number
  readonly clearAfterMs: number
  /** After its end it is not raised again for so long. */
  readonly coolDownMs: number
  find(situation: Situation): Finding[]
}

const second = 1000
const minute = 60 * second

const nobody: AlertSubject = { streamId: null, stallId: null, horseId: null, part: null }
/** A person is there as long as one was seen so lately: boxes flicker. */
const personSeenMs = 10 * second

const isAway = ({ state }: CameraView) => state === 'down' || state === 'silent'
const isStall = ({ stall }: StallView) => stall.kind === 'stall'
const at = ({ stall }: StallView, horseId: HorseId | null = null): AlertSubject => ({
  ...{ ...nobody, streamId: stall.streamId, stallId: stall.id, horseId },
})

export const rules: readonly Rule[] = [
  {
    ...{ kind: 'camera_down', severity: 'warning' },
    ...{ afterMs: minute, clearAfterMs: 10 * second, coolDownMs: 5 * minute },
    find: ({ cameras }) =>
      cameras
        .filter(isAway)
        .map(({ id, detail }) => ({ ...nobody, streamId: id, detail: detail ?? 'It gives no picture.' })),
  },
  {
    // Of a camera that is away it is said already that nothing is seen there.
    ...{ kind: 'stall_blind', severity: 'warning' },
    ...{ afterMs: 2 * minute, clearAfterMs: 30 * second, coolDownMs: 10 * minute },
    find({ stalls, cameras }) {
      const away = new Set(cameras.filter(isAway).map(({ id }) => id))
      return stalls
        .filter((view) => isStall(view) && view.watch === 'blind' && !away.has(view.stall.streamId))
        .map((view) => ({ ...at(view), detail: 'Nobody looks at its pictures.' }))
    },
  },
  {
    ...{ kind: 'box_trouble', severity: 'critical' },
    ...{ afterMs: minute, clearAfterMs: minute, coolDownMs: 30 * minute },
    find: ({ troubles }) => troubles.map(({ part, detail }) => ({ ...nobody, part, detail })),
  },
  {
    ...{ kind: 'horse_missing', severity: 'critical' },
    ...{ afterMs: 10 * minute, clearAfterMs: 30 * second, coolDownMs: 30 * minute },
    find: ({ stalls }) => stalls.filter(isStall).flatMap((view) => missingFrom(view, stalls)),
  },
  {
    ...{ kind: 'wrong_horse', severity: 'warning' },
    ...{ afterMs: minute, clearAfterMs: minute, coolDownMs: 30 * minute },
    find: ({ stalls }) =>
      stalls
        .filter((view) => isStall(view) && view.stall.expected.length > 0)
        .flatMap((view) => {
          if (view.match === 'other') return [{ ...at(view, view.horseId), detail: null }]
          return isUnsure(view) ? [{ ...at(view), detail: null, isUnclear: true }] : []
        }),
  },
  {
    ...{ kind: 'unknown_horse', severity: 'info' },
    ...{ afterMs: 10 * minute, clearAfterMs: minute, coolDownMs: 60 * minute },
    find: ({ stalls, nowMs }) =>
      stalls
        .filter((view) => isStall(view) && view.stall.expected.length > 0 && view.watch !== 'blind')
        .flatMap((view): Finding[] => {
          if (view.match === 'unsure' && view.occupied === true) return [{ ...at(view), detail: null }]
          return isNewlyNamed(view, nowMs) ? [{ ...at(view), detail: null, isUnclear: true }] : []
        }),
  },
  {
    ...{ kind: 'horse_outside', severity: 'warning' },
    ...{ afterMs: 30 * second, clearAfterMs: 30 * second, coolDownMs: 10 * minute },
    find: (situation) =>
      situation.stalls
        .filter(({ stall }) => stall.kind === 'zone')
        .flatMap((view) => outsideIn(view, situation)),
  },
  {
    ...{ kind: 'person_at_night', severity: 'warning' },
    ...{ afterMs: 2 * second, clearAfterMs: 2 * minute, coolDownMs: 10 * minute },
    find: ({ persons, isNight, nowMs }) =>
      isNight
        ? [...persons]
            // What was seen later than now was seen before the clock was set back.
            .filter(([, seenMs]) => seenMs <= nowMs && nowMs - seenMs <= personSeenMs)
            .map(([streamId]) => ({ ...nobody, streamId, detail: null }))
        : [],
  },
  {
    ...{ kind: 'down_too_long', severity: 'critical', isExperimental: true },
    ...{ afterMs: 90 * minute, clearAfterMs: 2 * minute, coolDownMs: 60 * minute },
    find: (situation) => postured(situation, 'lyingSinceMs'),
  },
  {
    ...{ kind: 'restless', severity: 'warning', isExperimental: true },
    ...{ afterMs: 10 * minute, clearAfterMs: 5 * minute, coolDownMs: 60 * minute },
    find: (situation) => postured(situation, 'restlessSinceMs'),
  },
]

const isUnsure = ({ match, watch }: StallView) => match === 'unsure' || watch === 'blind'

/**
 * Where nobody was known before, one name that nothing bears out is believed for so long: it fades within two and a half minutes
 * (`presence/belief.ts`) once it is not said any more, and 95 of 100 wrong ones are said for less than another one and a half (decision
 * 0012). Meanwhile it holds the alert back, but does not begin its time anew: a stranger is taken for the stall's own now and then.
 */
const borneOutMs = 4 * minute

const isNewlyNamed = ({ match, sinceMs }: StallView, nowMs: number) =>
  match === 'expected' && sinceMs <= nowMs && nowMs - sinceMs < borneOutMs

/** Horses that belong into a stall that is surely without them, and are in no other one. */
function missingFrom(view: StallView, all: readonly StallView[]): Finding[] {
  const isElsewhere = (horseId: HorseId) => all.some((other) => other !== view && other.horseId === horseId)
  const there = view.match === 'expected' ? view.horseId : null
  // Of several that are expected one is enough: who of a mare and her foal hides the other nobody can tell.
  if (there !== null) return []
  return view.stall.expected
    .filter((horseId) => !isElsewhere(horseId))
    .map((horseId) => ({
      ...at(view, horseId),
      detail: null,
      ...(isUnsure(view) ? { isUnclear: true } : {}),
    }))
}

/** So lately a horse must have left its stall for somebody unnamed to be taken for it: later it is told as missing. */
const justLeftMs = 10 * minute

/**
 * A horse that has a stall, in a zone that is not its own. Somebody nobody can name is the one that has just left its stall, where all others
 * are seen; else an alert of whoever is not seen elsewhere goes on by it.
 */
function outsideIn(view: StallView, { stalls: all, nowMs }: Situation): Finding[] {
  const stalls = all.filter(isStall)
  const { stall, horseId, occupied, watch } = view
  if (horseId !== null) {
    const hasStall = stalls.some((one) => one.stall.expected.includes(horseId))
    return hasStall && !stall.expected.includes(horseId) ? [{ ...at(view, horseId), detail: null }] : []
  }
  // In a zone that is somebody's, that is who it will be.
  if (occupied !== true || watch === 'blind' || stall.expected.length > 0) return []
  const away = stalls.flatMap((one) => missingFrom(one, all).map((finding) => ({ ...finding, home: one })))
  return away.map(({ home, ...finding }) => {
    const isIt = away.length === 1 && !finding.isUnclear && nowMs - home.sinceMs < justLeftMs
    return {
      ...at(view, finding.horseId),
      ...(isIt ? { detail: 'It alone is missing from its stall.' } : { detail: null, isUnclear: true }),
    }
  })
}

function postured({ stalls, postures }: Situation, since: 'lyingSinceMs' | 'restlessSinceMs'): Finding[] {
  return stalls.filter(isStall).flatMap((view) => {
    const posture = postures.get(view.stall.id)
    if (view.watch === 'blind' || posture?.isUnsure) return [{ ...at(view), detail: null, isUnclear: true }]
    // Of the stall: who lies is often nobody known, and that comes and goes.
    return posture?.[since] ? [{ ...at(view), detail: null }] : []
  })
}
