/**
 * Joins the rooms: every camera's frames through its chain, one at a time each, and the sightings into the registry.
 */
import { decisionBasis } from '../identity/decide.ts'
import { createIdentity } from '../identity/identity.ts'
import { repeat } from '../lib/abort.ts'
import type { Bell } from '../lib/bell.ts'
import type { Bus } from '../lib/bus.ts'
import { asBarnboxError } from '../lib/errors.ts'
import { mintId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Registry } from '../registry/registry.ts'
import type { SightingUpdate } from '../registry/sightings.ts'
import type { StoredVector } from '../registry/vectors.ts'
import type { Keeper } from '../replay-types.ts'
import { createTracker } from '../tracking/tracker.ts'
import type {
  Clock,
  EmbedderKind,
  Facts,
  Frame,
  Horse,
  HorseId,
  ScopeOf,
  SightingId,
  StreamId,
  TrackletId,
} from '../types.ts'
import { createOthers } from './elsewhere.ts'
import { type FrameSource, type FramesDeps, workOff } from './frames.ts'
import { lastPlaces } from './last-places.ts'
import { createMotionGate, type MotionRules } from './motion-gate.ts'
import { inScope, type Overlap } from './scope.ts'
import { createSightingBook, type SightingBook } from './sighting-book.ts'
import { createSnapshots, type Snapshot } from './snapshots.ts'
import { analyse, type Eyes, type StreamDeps } from './stream.ts'
import { type Tally, timed } from './tally.ts'
import { createTrackBook, type TrackBook, takeUp } from './tracks.ts'
import { createWitness } from './witness.ts'

export interface PipelineDeps {
  /** The eyes of a camera: each asks in turns of its own. */
  eyes(streamId: StreamId): Eyes & { jpeg(frame: Frame): Promise<Uint8Array> }
  /** Null where no horse can be recognised: no look is ever answered then. */
  readonly embedder: EmbedderKind | null
  /** Which cameras know their horses together. */
  readonly scopeOf: ScopeOf
  /** Which of them look at one place. */
  readonly overlap: Overlap
  readonly registry: Registry
  readonly facts: Bus<Facts>
  readonly tally: Tally
  /** Keeps what is seen; undefined where nothing is kept. */
  readonly keeper?: Keeper | undefined
  readonly clock: Clock
  readonly log: Log
}

export interface PipelineRules {
  readonly isPlain?: boolean
  readonly sameAbove: number
  readonly margin: number
  readonly looksToDecide: number
  readonly looksToCreate: number
  /** Tracklets of a new horse before it is more than provisional. */
  readonly trackletsToConfirm: number
  /** The detector's threshold. */
  readonly detectAbove: number
}

export interface Pipeline extends AsyncDisposable {
  /** Begins to work off a camera's frames; `bell` rings when one is there. */
  watch(streamId: StreamId, source: FrameSource, bell: Bell, motion: MotionRules): void
  snapshot(streamId: StreamId): Promise<Snapshot | undefined>
  /** Knows a horse by this vector too, which was stored by somebody else. */
  learn(vector: StoredVector): void
  /** Frames analysed since the start, over all cameras: quiet ones do not count, for they prove no eyes. */
  readonly analysed: number
}

/**
 * At most a second of "last seen" may be lost with the power: a frame's interval, its analysis and the flush come on top of
 * this. Saved once a second, a busy box (0.4 s from frame to frame) would lose 1.4 s.
 */
const saveEveryMs = 500
export const lostSeconds = 2
/** What is opened without an embedder. Nothing is ever stored under it. */
const noEmbedder: EmbedderKind = { id: 'none', dim: 1, name: 'none', preprocess: null, licence: null }

export function startPipeline(rules: PipelineRules, deps: PipelineDeps, signal: AbortSignal): Pipeline {
  const { scopeOf, registry, facts, tally, clock, log } = deps
  const looks = registry.openLooks(deps.embedder ?? noEmbedder)
  const known = inScope(scopeOf)
  const identity = createIdentity(rules, looks.stored.map(known), registry.horses.isConfirmed)
  const basis = { ...decisionBasis, model: deps.embedder?.id ?? null }
  const book = createSightingBook(basis, () => mintId<SightingId>(), tally.sightings)
  const others = createOthers(scopeOf, deps.overlap)
  const own = new AbortController()
  const ending = AbortSignal.any([signal, own.signal])
  const snapshots = createSnapshots((frame) => deps.eyes(frame.stream).jpeg(frame), clock, ending)
  const loops: Promise<void>[] = []
  let analysed = 0

  const tracks = createTrackBook()
  const save = createSaver({ book, tracks }, rules, { registry, facts, log })
  loops.push(repeat(saveEveryMs, save, ending))

  return {
    get analysed() {
      return analysed
    },
    snapshot: (streamId) => snapshots.get(streamId),
    learn(vector) {
      looks.learn(vector)
      identity.learn(known(vector), undefined)
    },
    watch(streamId, source, bell, motion) {
      const eyes = deps.eyes(streamId)
      const witness = createWitness(timed(eyes, tally, clock), deps.keeper)
      const chain: StreamDeps = {
        scopeId: scopeOf(streamId),
        others,
        eyes: witness.eyes,
        tracker: createTracker({ beginAbove: rules.detectAbove, lostSeconds }, () => mintId<TrackletId>()),
        identity,
        looks,
        registry,
        book,
        onHorse: (horse, change) => facts.publish('horse-changed', { horse, change }),
      }
      const resume = createResume(streamId, chain, { scopeOf, registry, log })
      const frames: FramesDeps = {
        gate: createMotionGate(motion),
        passOver: (frame) => others.quiet(streamId, frame.monoMs),
        async analyse(frame, takenMs) {
          resume(frame)
          const result = await analyse(frame, chain, takenMs)
          await witness.keep(frame, takenMs, eyes.jpeg)
          analysed++
          const { live, state } = chain.tracker
          tracks.note(result, state)
          tally.tracklets.set(streamId, live.filter(({ kind }) => kind === 'horse').length)
          return result
        },
        snapshots,
        facts,
        log,
      }
      loops.push(workOff(streamId, source, bell, frames, ending))
    },
    async [Symbol.asyncDispose]() {
      own.abort()
      await Promise.all(loops)
      book.endAll()
      save()
      tally.tracklets.clear()
    },
  }
}

/** Takes up what was stored of a camera's tracklets and of where its horses were, at its first frame. */
function createResume(
  streamId: StreamId,
  chain: StreamDeps,
  { scopeOf, registry, log }: Pick<PipelineDeps, 'scopeOf' | 'registry' | 'log'>,
): (frame: Frame) => void {
  let isFirst = true
  return (frame) => {
    if (!isFirst) return
    isFirst = false
    for (const [horseId, place] of lastPlaces(streamId, frame, registry))
      chain.identity.placed(streamId, horseId, place)
    const { resumed, refused } = takeUp(registry.tracks.get(streamId), frame, { ...chain, scopeOf, registry })
    if (resumed > 0)
      log.info({ camera: streamId, tracklets: resumed }, 'tracklets go on where they were left')
    if (refused > 0)
      log.warn({ camera: streamId, refused }, 'stored tracklets that make no sense were left out')
  }
}

/** Stores what is pending; what cannot be stored now stays pending, and nobody is told of it before it is a row. */
function createSaver(
  { book, tracks }: { readonly book: SightingBook; readonly tracks: TrackBook },
  rules: PipelineRules,
  { registry, facts, log }: Pick<PipelineDeps, 'registry' | 'facts' | 'log'>,
): () => void {
  let failing = false
  return () => {
    const updates = book.pending()
    try {
      const refused = registry.sightings.save(updates, tracks.pending(registry.tracks))
      if (refused.length > 0)
        log.error({ refused: refused.map(({ id }) => id) }, 'sightings were refused by their table')
      book.stored(updates)
      tracks.stored()
      if (failing) log.info({}, 'sightings are stored again')
      failing = false
    } catch (thrown) {
      const error = asBarnboxError(thrown)
      if (!failing) log.error({ code: error.code, err: error }, 'sightings cannot be stored')
      failing = true
      return
    }
    tellSeen(updates, rules, registry, facts)
  }
}

function tellSeen(
  updates: readonly SightingUpdate[],
  { trackletsToConfirm }: PipelineRules,
  registry: Registry,
  facts: Bus<Facts>,
): void {
  const seen = new Map<HorseId, Horse>()
  const seenAt = new Map<StreamId, Set<HorseId>>()
  for (const { horseId, streamId } of updates) {
    const horse = horseId === null ? undefined : registry.horses.get(horseId)
    if (!horse) continue
    seen.set(horse.id, horse)
    seenAt.set(streamId, (seenAt.get(streamId) ?? new Set()).add(horse.id))
  }
  const provisional = [...seen.values()].filter(({ standing }) => standing === 'provisional')
  if (provisional.length > 0) {
    const ids = provisional.map(({ id }) => id)
    for (const horse of registry.horses.promote(ids, trackletsToConfirm))
      facts.publish('horse-changed', { horse, change: 'details' })
  }
  for (const [streamId, ids] of seenAt) {
    facts.publish('horses-seen', { streamId, horses: [...ids].flatMap((id) => seen.get(id) ?? []) })
  }
}
