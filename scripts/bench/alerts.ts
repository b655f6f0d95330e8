/**
 * A day and a night in eight stalls with scripted incidents, as a camera and a recogniser that err would show them: is each incident
 * raised once and in time, and how many alerts are raised of nothing?
 */

import { createLedger } from '../../daemon/alerts/ledger.ts'
import { rules as allRules, type Finding, type Rule, type Situation } from '../../daemon/alerts/rules.ts'
import { createPostures } from '../../daemon/presence/postures.ts'
import { createPresence } from '../../daemon/presence/presence.ts'
import type { AlertKind, Watch } from '../../daemon/presence-types.ts'
import type {
  AlertId,
  Box,
  CameraView,
  HorseId,
  SeenBox,
  Stall,
  StallId,
  StreamId,
  TrackletId,
} from '../../daemon/types.ts'
import { noBroker } from '../../test/support/broker.ts'
import { createRandom, type Random } from '../simulator/random.ts'
import { edgeDelays } from './parts/alert-edges.ts'
import { median, quantile } from './parts/statistics.ts'

export const name = 'alerts'

/**
 * How the recogniser errs, by what the simulated stalls show of it (decision 0012): of the time of a known horse it is named rightly, is
 * nobody, or is somebody else. Spells last some time, for the same look fails for the same reason.
 */
const errs = { named: 0.65, wrong: 0.03, spellSeconds: 40 } as const
/** A standing horse is missed now and then; one that lies flat is what the detector sees badly, for as long as it lies. */
const missed = { standing: 0.03, lying: 0.7 } as const
const lies = { timesANight: 4, fromSeconds: 600, toSeconds: 1800 } as const

/** Minutes of forty in which a horse has its head down. */
const eatsOf40 = 15

const startMs = Date.UTC(2026, 10, 22, 18)
const dayS = 24 * 3600
const hourS = 3600
const stallCount = 8
const [width, height] = [1000, 1000]

/** What happens, from when to when in seconds, and within how many it must be told. */
interface Incident {
  readonly kind: AlertKind
  readonly from: number
  readonly to: number
  readonly withinS: number
  /** What the alert must name. */
  readonly stall?: number
  readonly camera?: number
}

const at = (hours: number, minutes = 0) => hours * hourS + minutes * 60

/** One of each, with time between them. Hours from the evening on. */
const incidents: readonly Incident[] = [
  { kind: 'person_at_night', camera: 3, from: at(5), to: at(5, 2), withinS: 15 },
  { kind: 'horse_outside', from: at(6), to: at(6, 3), withinS: 120 },
  { kind: 'horse_missing', stall: 0, from: at(6), to: at(7), withinS: 20 * 60 },
  { kind: 'wrong_horse', stall: 1, from: at(9), to: at(10), withinS: 10 * 60 },
  { kind: 'wrong_horse', stall: 2, from: at(9), to: at(10), withinS: 10 * 60 },
  { kind: 'unknown_horse', stall: 4, from: at(11), to: at(12), withinS: 20 * 60 },
  { kind: 'camera_down', camera: 6, from: at(13), to: at(13, 20), withinS: 90 },
  { kind: 'stall_blind', stall: 7, from: at(15), to: at(15, 10), withinS: 200 },
  { kind: 'down_too_long', stall: 3, from: at(17), to: at(19, 30), withinS: 105 * 60 },
  { kind: 'restless', stall: 5, from: at(20), to: at(20, 30), withinS: 20 * 60 },
]
/** Estimates that are off unless somebody switches them on have figures of their own. */
const experimental = new Set(allRules.filter((rule) => rule.isExperimental).map(({ kind }) => kind))

const isGoing = ({ from, to }: Incident, second: number) => second >= from && second < to
const going = (kind: AlertKind, second: number, stall?: number) =>
  incidents.some(
    (one) => one.kind === kind && (stall === undefined || one.stall === stall) && isGoing(one, second),
  )

const horseIds = Array.from({ length: stallCount }, (_, n) => `horse-${n}` as HorseId)
const streamIds = Array.from({ length: stallCount + 1 }, (_, n) => `camera-${n}` as StreamId)
const aisle = streamIds[stallCount] as StreamId

function stallsOf(): Stall[] {
  const whole = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const
  const stalls = horseIds.map(
    (horseId, n): Stall => ({
      ...{ id: `stall-${n}` as StallId, streamId: streamIds[n] as StreamId, kind: 'stall', name: `${n}` },
      ...{ corners: whole, expected: [horseId], createdMs: startMs, revision: 0 },
    }),
  )
  const zone = {
    ...(stalls[0] as Stall),
    id: 'zone' as StallId,
    streamId: aisle,
    kind: 'zone' as const,
    expected: [],
  }
  return [...stalls, zone]
}

type Opinion = (second: number, tracklet: TrackletId) => HorseId | null

/** A recogniser's opinion of one horse, which changes from time to time. */
function createOpinion(random: Random, own: HorseId | null): Opinion {
  let until = -1
  let of: TrackletId | undefined
  let said: HorseId | null = own
  return (second: number, tracklet: TrackletId): HorseId | null => {
    // What is thought of one tracklet says nothing of the next.
    if (second < until && tracklet === of) return said
    of = tracklet
    until = second + random.waiting(errs.spellSeconds)
    const draw = random.uniform()
    const isWrong = draw > 1 - errs.wrong
    const other = random.pick(horseIds)
    // Nobody knows a stranger: it is somebody only by mistake.
    if (isWrong) said = other
    else said = own !== null && draw < errs.named / (1 - errs.wrong) ? own : null
    return said
  }
}

/** Tracklets end and begin anew: a horse turns, another passes, a look fails. */
const trackletSeconds = 180

/** The tracklet that goes on before each camera. */
function createTracklets(random: Random) {
  const open = streamIds.map((_, n) => ({ id: `t${n}`, until: -1 }))
  return (n: number, second: number): TrackletId => {
    const one = open[n] as { id: string; until: number }
    if (second >= one.until)
      Object.assign(one, { id: `t${n}-${second}`, until: second + random.waiting(trackletSeconds) })
    return one.id as TrackletId
  }
}

/** When a horse lies, as spans of seconds. */
function lyingSpans(random: Random): [number, number][] {
  return Array.from({ length: lies.timesANight }, () => {
    const from = random.between(at(4), at(12))
    return [from, from + random.between(lies.fromSeconds, lies.toSeconds)]
  })
}

interface Raised {
  readonly kind: AlertKind
  readonly finding: Finding
  readonly second: number
}

/** One night and day; answers what was raised. */
function play(seed: number): Raised[] {
  const random = createRandom(seed)
  const presence = createPresence(() => false)
  presence.draw(stallsOf(), startMs)
  const opinions = horseIds.map((own) => createOpinion(random, own))
  const stranger = createOpinion(random, null)
  const lying = horseIds.map(() => lyingSpans(random))
  const tracklets = createTracklets(random)
  const postures = createPostures()
  const ledger = createLedger(allRules, [], 0)
  const raised: Raised[] = []
  for (let second = 0; second < dayS; second++) {
    const nowMs = startMs + second * 1000
    const views = presence.views()
    for (const [n, streamId] of streamIds.entries()) {
      if (isOff(n, second)) continue
      const boxes = boxesAt(n, second, { opinions, stranger, lying, tracklets, random })
      const seen = { streamId, seq: second, utcMs: nowMs, width, height, boxes }
      presence.look(seen)
      postures.look(seen, views)
    }
    presence.see(
      new Map(streamIds.map((id, n): [StreamId, Watch] => [id, isOff(n, second) ? 'blind' : 'watching'])),
      nowMs,
    )
    const situation = situationAt(second, nowMs, presence.views(), postures.read(nowMs))
    const found = new Map<Rule, Finding[]>(allRules.map((rule) => [rule, rule.find(situation)]))
    const { raise, clear } = ledger.step(found, second * 1000)
    for (const one of clear) ledger.cleared(one)
    for (const one of raise) {
      raised.push({ kind: one.kind, finding: one, second })
      ledger.raised({
        ...one,
        ...{ id: `${raised.length}` as AlertId, openedMs: nowMs, closedMs: null, hasPicture: false },
        ...{
          acknowledgedMs: null,
          acknowledgedBy: null,
          snoozedUntilMs: null,
          verdict: null,
          escalations: 0,
        },
      })
    }
  }
  return raised
}

/** Whether nobody sees what a camera shows. */
const isOff = (n: number, second: number) =>
  incidents.some(
    (one) =>
      ((one.kind === 'camera_down' && one.camera === n) || (one.kind === 'stall_blind' && one.stall === n)) &&
      isGoing(one, second),
  )

interface Scene {
  readonly opinions: readonly Opinion[]
  readonly stranger: Opinion
  readonly lying: readonly (readonly (readonly [number, number])[])[]
  readonly tracklets: (n: number, second: number) => TrackletId
  readonly random: Random
}

function boxesAt(
  n: number,
  second: number,
  { opinions, stranger, lying, tracklets, random }: Scene,
): SeenBox[] {
  const who = whoIsAt(n, second)
  if (who === 'nobody') return []
  // Who is led out does not lie down there.
  const isLying =
    n !== stallCount &&
    typeof who === 'number' &&
    (going('down_too_long', second, n) ||
      lying[who]?.some(([from, to]) => second >= from && second < to) === true)
  if (random.chance(isLying ? missed.lying : missed.standing)) return []
  const trackletId = tracklets(n, second)
  const horseId = (who === 'stranger' ? stranger : opinions[who])?.(second, trackletId) ?? null
  const box = boxOf(isLying, going('restless', second, n), second, random)
  const certainty = horseId === null ? null : 0.93
  return [{ box, score: 0.8, kind: 'horse', trackletId, certainty, horseId }]
}

/** Of a horse from the side: half as high when it lies, three quarters when it eats from the ground. The detector's box trembles. */
function boxOf(isLying: boolean, isRestless: boolean, second: number, random: Random): Box {
  const isEating = second % (40 * 60) < eatsOf40 * 60
  const high = isLying ? 0.5 : isEating ? 0.74 : 1
  // To and fro, nine body lengths a minute.
  const x = isRestless ? 350 + Math.abs(((second * 72) % 600) - 300) : 500
  const tremble = () => random.normal() * 6
  return [x - 240 + tremble(), 800 - 400 * high + tremble(), x + 240 + tremble(), 800 + tremble()]
}

/** Who stands before a camera: the number of a horse. */
function whoIsAt(n: number, second: number): number | 'nobody' | 'stranger' {
  if (n === stallCount) return going('horse_outside', second) ? 0 : 'nobody'
  if (n === 0 && going('horse_missing', second, 0)) return 'nobody'
  // Two stand in each other's stalls.
  if ((n === 1 || n === 2) && going('wrong_horse', second)) return 3 - n
  return n === 4 && going('unknown_horse', second) ? 'stranger' : n
}

function situationAt(
  second: number,
  nowMs: number,
  stalls: Situation['stalls'],
  postures: Situation['postures'],
): Situation {
  const camera = (id: StreamId, n: number): CameraView => ({
    ...{
      id,
      name: id,
      state: incidents.some((one) => one.camera === n && one.kind === 'camera_down' && isGoing(one, second))
        ? 'down'
        : 'live',
    },
    ...{
      sinceMs: nowMs,
      detail: null,
      reason: null,
      lastFrameMs: nowMs,
      framesDecoded: 0,
      framesDropped: 0,
      framesAnalysed: 0,
    },
    ...{ framesQuiet: 0, framesFailed: 0, decode: { asked: 'software', used: 'software', why: null } },
  })
  const seen = incidents.filter((one) => one.kind === 'person_at_night' && isGoing(one, second))
  return {
    ...{ nowMs, cameras: streamIds.map(camera), troubles: [], stalls, isNight: true, postures },
    persons: new Map(seen.map(({ camera: n = 0 }) => [streamIds[n] as StreamId, nowMs])),
  }
}

/** What an alert may be late, or last longer than what it is of. */
const afterS = 15 * 60

/** While another horse is taken for nobody known, that is said, and is no false alarm. */
const follows = ({ kind, finding, second }: Raised, incident: Incident): boolean =>
  kind === 'unknown_horse' &&
  incident.kind === 'wrong_horse' &&
  finding.stallId === `stall-${incident.stall}` &&
  second >= incident.from &&
  second <= incident.to + afterS

function isOf({ kind, finding, second }: Raised, incident: Incident): boolean {
  if (kind !== incident.kind || second < incident.from || second > incident.to + afterS) return false
  if (incident.stall !== undefined && finding.stallId !== `stall-${incident.stall}`) return false
  return incident.camera === undefined || finding.streamId === streamIds[incident.camera]
}

function say(what: string, seed: number, { kind, second }: Pick<Raised, 'kind' | 'second'>, who = ''): void {
  process.stderr.write(`  night ${seed}, ${(second / hourS).toFixed(2)} h, ${what}: ${kind} ${who}\n`)
}

const whoIn = ({ finding }: Raised) =>
  [finding.streamId, finding.horseId].filter((one) => one !== null).join(' ')

/** Left out, and said why, where there is no broker. */
async function edges(count: number): Promise<Record<string, number>> {
  if (noBroker) {
    process.stderr.write(`bench: ${noBroker}\n`)
    return {}
  }
  const delays = await edgeDelays(count)
  return { edge_to_mqtt_p50_ms: median(delays), edge_to_mqtt_p95_ms: quantile(delays, 0.95) }
}

/** How often it went one way or another, over all nights. */
interface Count {
  once: number
  late: number
  missing: number
  twice: number
  ofNothing: number
}

const newCount = (): Count => ({ once: 0, late: 0, missing: 0, twice: 0, ofNothing: 0 })

function count(raised: readonly Raised[], scripted: readonly Incident[], seed: number, total: Count): void {
  for (const incident of scripted) {
    const own = raised.filter((one) => isOf(one, incident))
    const [first] = own
    const lateS = (first?.second ?? 0) - incident.from - incident.withinS
    if (first && lateS > 0) say(`late by ${lateS} s`, seed, first, whoIn(first))
    if (!first) say('missed', seed, { kind: incident.kind, second: incident.from })
    if (!first) total.missing++
    else if (own.length > 1) total.twice++
    else if (lateS > 0) total.late++
    else total.once++
  }
  const ofNothing = raised.filter(
    (one) => !incidents.some((incident) => isOf(one, incident) || follows(one, incident)),
  )
  for (const one of ofNothing) say('of nothing', seed, one, whoIn(one))
  total.ofNothing += ofNothing.length
}

export async function run({ quick }: { quick: boolean }): Promise<Record<string, number>> {
  const nights = quick ? 2 : 20
  const [usual, estimated] = [newCount(), newCount()]
  const isEstimated = ({ kind }: Pick<Raised, 'kind'>) => experimental.has(kind)
  const isUsual = (one: Pick<Raised, 'kind'>) => !isEstimated(one)
  for (let seed = 1; seed <= nights; seed++) {
    const raised = play(seed)
    count(raised.filter(isUsual), incidents.filter(isUsual), seed, usual)
    count(raised.filter(isEstimated), incidents.filter(isEstimated), seed, estimated)
  }
  const all = nights * incidents.filter(isUsual).length
  return {
    incidents_raised_once_rate: usual.once / all,
    incidents_late_rate: usual.late / all,
    incidents_missed_rate: usual.missing / all,
    incidents_twice_rate: usual.twice / all,
    false_alarms_per_stall_night: usual.ofNothing / (nights * stallCount),
    postures_raised_once_rate: estimated.once / (nights * incidents.filter(isEstimated).length),
    posture_false_alarms_per_stall_night: estimated.ofNothing / (nights * stallCount),
    ...(await edges(quick ? 20 : 200)),
  }
}
