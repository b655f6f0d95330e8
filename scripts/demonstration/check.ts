/**
 * `scripts/demo --check`: plays the footage to a box, restarts the box in between, and holds what it saw against
 * the footage's schedule.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Analysed, CameraView, HorseId } from '../../daemon/types.ts'
import { FPS, SEGMENTS, truthAt } from '../footage/plan.ts'
import { type Box, newStateDir, startBox } from './box.ts'
import { type RtspCamera, startRtspCamera } from './rtsp.ts'
import { ownerOf, shareWithHorse, type Tally, tally } from './score.ts'
import { watchFrames } from './watch.ts'

/** The one JSON line that the check prints. */
export interface Figures {
  cameras: number
  frames: number
  fps: number
  horses: number
  ids_created: number
  ms_to_first_horse: number
  share_with_horse: number
  least_purity: number
  /** For each id's number the true horses that its boxes lay on. */
  ids: Record<string, Record<string, number>>
}

export interface Outcome {
  readonly figures: Figures
  /** What did not hold; empty when all did. */
  readonly failures: readonly string[]
}

export const streamId = 'demo'

/** The standing horses of the herd; the lying foal may be found or not. */
const herd = ['dark-grey', 'grey-mare', 'standing-foal', 'black']
const mostIds = 6
const leastPurity = 0.9
// From a frame's being on air to its being whole in the box, measured: boxes and truth overlap best at this lag.
const latencyMs = 40

export function demoConfig(camera: RtspCamera, mount: string, more: object = {}): object {
  return {
    http: { port: 0 },
    cameras: [{ id: streamId, name: 'Demo paddock', url: camera.url(mount) }],
    log: { level: 'info' },
    ...more,
  }
}

interface Played {
  readonly frames: Analysed[]
  readonly horses: { id: HorseId; number: number }[]
}

/** Lets a box watch from now until `untilMs`, and answers what it saw and whom it knows. */
async function watchUntil(
  box: Box,
  untilMs: number,
  onFrames: (frames: readonly Analysed[]) => void,
  signal: AbortSignal,
): Promise<Played> {
  using watch = watchFrames(box.url, streamId)
  while (Date.now() < untilMs) {
    await wait(Math.min(100, Math.max(1, untilMs - Date.now())), undefined, { signal })
    onFrames(watch.frames)
  }
  const { horses } = await box.get<{ horses: Played['horses'] }>(`/api/v1/streams/${streamId}/horses`)
  return { frames: [...watch.frames], horses }
}

interface Session {
  readonly before: Played
  readonly after: Played
  readonly msToFirstHorse: number
  readonly cameras: number
  readonly startedMs: number
}

/** Plays `splitMs` of the footage to one box, the rest up to `endMs` to another one on the same state. */
async function playTwice(
  camera: RtspCamera,
  splitMs: number,
  endMs: number,
  signal: AbortSignal,
): Promise<Session> {
  using state = newStateDir()
  const config = demoConfig(camera, '/demo')
  const bootMs = Date.now()
  let firstHorseMs = Number.NaN
  const noteFirst = (frames: readonly Analysed[]) => {
    if (Number.isNaN(firstHorseMs) && shareWithHorse(frames) > 0) firstHorseMs = Date.now()
  }
  await camera.command('restart-timeline')
  const startedMs = camera.events.findLast((one) => one.event === 'timeline')?.started_ms ?? bootMs
  const play = async (untilMs: number) => {
    await using box = await startBox({ config, stateDir: state.path })
    const played = await watchUntil(box, untilMs, noteFirst, signal)
    const { cameras } = await box.get<{ cameras: CameraView[] }>('/api/v1/cameras')
    return { played, cameras: cameras.length }
  }
  const { played: before } = await play(startedMs + splitMs)
  const { played: after, cameras } = await play(startedMs + endMs)
  return { before, after, msToFirstHorse: firstHorseMs - bootMs, cameras, startedMs }
}

/** The demo's own footage: four horses that come back changed, and a stranger at the end. */
export async function checkPan(file: string, signal: AbortSignal): Promise<Outcome> {
  await using camera = await startRtspCamera({ '/demo': file })
  const lengths = SEGMENTS.map(({ frames }) => (frames * 1000) / FPS)
  const total = lengths.reduce((a, b) => a + b, 0)
  const split = (lengths[0] ?? 0) + (lengths[1] ?? 0)
  const session = await playTwice(camera, split, total, signal)
  const { before, after, startedMs } = session
  const truth = (utcMs: number) => truthAt(Math.floor(((utcMs - latencyMs - startedMs) * FPS) / 1000))
  const all = [...before.frames, ...after.frames]
  const seen = tally(all, truth)
  const owners = new Map([...seen].map(([id, counts]) => [id, ownerOf(counts)]))
  const failures: string[] = []
  const passes = ['A', 'B', 'C'].map((segment) => ({
    segment,
    tally: tally(
      all.filter(({ utcMs }) => truth(utcMs).segment === segment),
      truth,
    ),
  }))
  for (const horse of herd) {
    const [first, ...later] = passes.map(({ segment, tally }) => ({ segment, ids: idsOf(tally, horse) }))
    if (!first?.ids.length) failures.push(`the ${horse} was given no id in pass A`)
    for (const { segment, ids } of later) {
      if (!ids.some((id) => first?.ids.includes(id)))
        failures.push(`the ${horse} did not get its id back in pass ${segment}`)
    }
  }
  const known = passes.flatMap(({ tally }) => [...tally.keys()])
  const stranger = [...owners].filter(([, owner]) => owner.horse === 'chestnut').map(([id]) => id)
  if (!stranger.some((id) => !known.includes(id))) failures.push('the chestnut got no id of its own')
  for (const [id, { horse, purity }] of owners) {
    if (purity < leastPurity)
      failures.push(`an id (${id}) is only ${Math.round(purity * 100)} % one horse (${horse})`)
  }
  if (after.horses.length > mostIds)
    failures.push(`${after.horses.length} ids were created, at most ${mostIds} expected`)
  return { figures: figuresOf(session, owners), failures }
}

/** The ids whose boxes lay mostly on this horse. */
function idsOf(tally: Tally, horse: string): HorseId[] {
  return [...tally].filter(([, counts]) => ownerOf(counts).horse === horse).map(([id]) => id)
}

/** Any other footage, three rounds of it: horses are found and none gets a new id in the third, after the restart. */
export async function checkVideo(file: string, signal: AbortSignal): Promise<Outcome> {
  await using camera = await startRtspCamera({ '/demo': file })
  const [mount] = camera.mounts
  const roundMs = (mount?.frames ?? 0) * (mount?.frame_ms ?? 0)
  const session = await playTwice(camera, 2 * roundMs, 3 * roundMs, signal)
  const { before, after } = session
  const failures: string[] = []
  if (before.horses.length === 0) failures.push('no horse was given an id')
  const known = new Set(before.horses.map(({ id }) => id))
  const fresh = after.horses.filter(({ id }) => !known.has(id))
  if (fresh.length > 0) failures.push(`${fresh.length} new ids after the restart`)
  const back = after.frames.some(({ boxes }) =>
    boxes.some(({ horseId }) => horseId !== null && known.has(horseId)),
  )
  if (!back) failures.push('no horse got its id back after the restart')
  return { figures: figuresOf(session, new Map()), failures }
}

function figuresOf(
  { before, after, msToFirstHorse, cameras }: Session,
  owners: Map<HorseId, ReturnType<typeof ownerOf>>,
): Figures {
  const frames = [...before.frames, ...after.frames]
  const seconds = [before.frames, after.frames]
    .map((one) => ((one.at(-1)?.utcMs ?? 0) - (one[0]?.utcMs ?? 0)) / 1000)
    .reduce((a, b) => a + b, 0)
  const numberOf = new Map(after.horses.map(({ id, number }) => [id, number]))
  const known = new Set(frames.flatMap(({ boxes }) => boxes.map(({ horseId }) => horseId)))
  known.delete(null)
  return {
    cameras,
    frames: frames.length,
    fps: Number((frames.length / seconds).toFixed(2)),
    horses: known.size,
    ids_created: after.horses.length,
    ms_to_first_horse: Math.round(msToFirstHorse),
    share_with_horse: Number(shareWithHorse(frames).toFixed(3)),
    least_purity: Number(Math.min(1, ...[...owners.values()].map(({ purity }) => purity)).toFixed(3)),
    ids: Object.fromEntries([...owners].map(([id, { seenOn }]) => [`#${numberOf.get(id) ?? '?'}`, seenOn])),
  }
}
