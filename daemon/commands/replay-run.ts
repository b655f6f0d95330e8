/**
 * One run over what was seen, under one set of rules: who was recognised for how long, and what would have been told.
 */
import type { WallTime } from '../alerts/hours.ts'
import { rulesOf } from '../barn-look-out.ts'
import type { Config } from '../config/schema.ts'
import { overlapOf, scopes } from '../pipeline/scope.ts'
import type { Eyes } from '../pipeline/stream.ts'
import type { Registry } from '../registry/registry.ts'
import type { SeenBy } from '../replay-types.ts'
import type { Analysed, EmbedderKind, HorseId, Picture, StreamId } from '../types.ts'
import type { ReplayEvent } from './replay-events.ts'
import { openReplaySight, type ReplaySight } from './replay-sight.ts'
import { createReplayWatch, type ReplayedAlert } from './replay-watch.ts'

/** A frame as one run sees it. */
export interface Shown {
  readonly takenMs: number
  readonly sceneMs: number
  readonly picture: Picture
  readonly eyes: Eyes
}

export interface RunDeps {
  readonly config: Config
  /** A copy that is this run's own. */
  readonly registry: Registry
  /** Those that are run again: of others no stall is asked for. */
  readonly cameras: readonly StreamId[]
  /** What an event shows; null where it is no frame, or cannot be used. */
  readonly show: (event: ReplayEvent) => Promise<Shown | null>
  /** By what a frame is seen in this run. */
  readonly by: (event: ReplayEvent) => SeenBy
  readonly wall: (utcMs: number) => WallTime
  /** What a frame showed is taken to last no longer than this. */
  readonly lastsSeconds: number
}

export interface NamedHorse {
  readonly horseId: HorseId
  /** What it is called, or its tracking id. */
  readonly name: string
  readonly trackingId: string
  /** Nobody knew it before this run. */
  readonly isNew: boolean
  seconds: number
}

export interface Outcome {
  readonly frames: number
  readonly horses: readonly NamedHorse[]
  /** Horses that were nobody known, each counted. */
  readonly unknownSeconds: number
  readonly alerts: readonly (ReplayedAlert & {
    readonly stall: string | null
    readonly horse: string | null
  })[]
  /** Of an embedder that the horses are not known by. */
  readonly passedOver: number
}

/** With nothing kept for so long, and another life after, the box was off. */
const offAfterMs = 60_000
const tickMs = 1000

export async function run(events: AsyncIterable<ReplayEvent>, deps: RunDeps): Promise<Outcome> {
  const { registry, show } = deps
  const before = new Set(registry.horses.all().map(({ id }) => id))
  const tally = createTally(deps.lastsSeconds)
  const time = createTime(deps)
  const lives = createLives(deps)
  let [frames, passedOver] = [0, 0]
  for await (const event of events) {
    const { atMs, streamId, kept } = event
    time.reach(event, (nowMs) => tally.showing(nowMs, (id, takenMs) => lives.current?.quiet(id, takenMs)))
    if (kept.kind === 'state') {
      time.watch(atMs).state(streamId, kept.state.state, atMs)
      continue
    }
    const sight = lives.sightOf(event)
    const shown = sight && (await show(event))
    if (!shown) {
      passedOver++
      continue
    }
    const { eyes, ...frame } = shown
    const seen = await sight.look(streamId, { ...frame, utcMs: atMs }, eyes)
    time.watch(atMs).look(seen)
    tally.add(seen, frame.takenMs)
    frames++
  }
  return { ...tally.told(registry, before), frames, passedOver, alerts: alertsOf(time.alerts, registry) }
}

/** The seconds of the replay, each of which the rules look at. */
function createTime({ config, registry, cameras, wall, lastsSeconds }: RunDeps) {
  const overlap = overlapOf(config.cameras)
  let watch: ReturnType<typeof createReplayWatch> | undefined
  let [nextMs, lastMs, life] = [0, 0, '']
  const begin = (atMs: number) => {
    nextMs = atMs + tickMs
    const stalls = cameras.flatMap((id) => registry.stalls.ofStream(id))
    return createReplayWatch({ config: config.alerts, stalls, overlap, wall, lastsSeconds }, atMs)
  }
  const watchAt = (atMs: number) => {
    watch ??= begin(atMs)
    return watch
  }
  return {
    watch: watchAt,
    get alerts(): readonly ReplayedAlert[] {
      return watch?.alerts ?? []
    },
    /** Lets time pass up to an event; what passed while the box was off was seen by nobody. */
    reach({ atMs, life: now }: ReplayEvent, onSecond: (nowMs: number) => void) {
      const on = watchAt(atMs)
      const untilMs = now === life || life === '' ? atMs : Math.min(atMs, lastMs + offAfterMs)
      for (; nextMs <= untilMs; nextMs += tickMs) {
        onSecond(nextMs)
        on.tick(nextMs)
      }
      if (nextMs <= atMs) nextMs = atMs + tickMs
      lastMs = atMs
      life = now
    },
  }
}

/** One sight a life; what comes late from a life that is over belongs to none, and neither does what another embedder saw. */
function createLives({ config, registry, by }: RunDeps) {
  const over = new Set<string>()
  const known = registry.embedders.inUse()
  const scopeOf = scopes(config.identity.scope)
  const overlap = overlapOf(config.cameras)
  let life = ''
  let current: ReplaySight | undefined
  const begin = (models: SeenBy, embedder: EmbedderKind) =>
    openReplaySight({
      rules: rulesOf(config.identity, { ...models, detectAbove: config.vision.threshold }),
      ...{ scopeOf, overlap, registry, embedder },
    })
  return {
    get current() {
      return current
    },
    sightOf(event: ReplayEvent): ReplaySight | null {
      if (event.life !== life) {
        if (over.has(event.life)) return null
        over.add(life)
        life = event.life
        const models = by(event)
        const isKnown = models.embedder !== null && (known === undefined || models.embedder.id === known.id)
        current = isKnown && models.embedder ? begin(models, models.embedder) : undefined
      }
      return current ?? null
    },
  }
}

/** For how long each horse was seen under its name. */
function createTally(lastsSeconds: number) {
  const last = new Map<StreamId, { readonly atMs: number; readonly takenMs: number }>()
  const seconds = new Map<HorseId, number>()
  let unknownSeconds = 0
  return {
    add({ streamId, utcMs, boxes }: Analysed, takenMs: number) {
      const gap = (utcMs - (last.get(streamId)?.atMs ?? utcMs)) / 1000
      last.set(streamId, { atMs: utcMs, takenMs })
      if (gap > lastsSeconds) return
      const horses = boxes.filter(({ kind }) => kind === 'horse')
      const named = new Set(horses.flatMap(({ horseId }) => (horseId === null ? [] : [horseId])))
      for (const id of named) seconds.set(id, (seconds.get(id) ?? 0) + gap)
      unknownSeconds += gap * horses.filter(({ horseId }) => horseId === null).length
    },
    /** The cameras that show at a moment what they showed last. */
    showing(nowMs: number, tell: (streamId: StreamId, takenMs: number) => void) {
      for (const [streamId, { atMs, takenMs }] of last)
        if (nowMs - atMs <= lastsSeconds * 1000) tell(streamId, takenMs + nowMs - atMs)
    },
    told(registry: Registry, before: ReadonlySet<HorseId>) {
      const horses = [...seconds].map(([horseId, seconds]): NamedHorse => {
        const horse = registry.horses.get(horseId)
        const trackingId = horse?.trackingId ?? horseId
        const isNew = !before.has(horseId)
        return { horseId, name: horse?.name ?? trackingId, trackingId, isNew, seconds }
      })
      horses.sort((a, b) => (a.trackingId < b.trackingId ? -1 : 1))
      return { horses, unknownSeconds }
    },
  }
}

function alertsOf(alerts: readonly ReplayedAlert[], registry: Registry): Outcome['alerts'] {
  const nameOf = (id: HorseId) => {
    const horse = registry.horses.get(id)
    return horse?.name ?? horse?.trackingId ?? id
  }
  return alerts.map((alert) => ({
    ...alert,
    stall: alert.stallId === null ? null : (registry.stalls.get(alert.stallId)?.name ?? alert.stallId),
    horse: alert.horseId === null ? null : nameOf(alert.horseId),
  }))
}
