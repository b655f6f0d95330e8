/**
 * Who is in which stall, as the barn knows it: stalls, analysed pictures and the cameras' state go in, and what has changed is told.
 */
import { repeat } from './lib/abort.ts'
import type { Bus } from './lib/bus.ts'
import type { Overlap } from './pipeline/scope.ts'
import { createPostures, type Postures } from './presence/postures.ts'
import { createPresence } from './presence/presence.ts'
import type { Posture, StallView, Watch } from './presence-types.ts'
import type { Registry } from './registry/registry.ts'
import type { CameraQuality } from './system-types.ts'
import type { CameraView, Clock, Facts, HorseId, StallId, StreamId } from './types.ts'

export interface BarnPresence {
  views(): StallView[]
  /** The stall that a horse is surely in. */
  stallOf(horseId: HorseId): StallView | undefined
  /** When each camera saw a person last, UTC ms. */
  readonly persons: ReadonlyMap<StreamId, number>
  /** How the horse in each stall lies or stands; none where nobody asks for that. */
  postures(): ReadonlyMap<StallId, Posture>
}

export interface PresenceParts {
  readonly registry: Pick<Registry, 'stalls' | 'tracks'>
  readonly facts: Bus<Facts>
  readonly overlap: Overlap
  readonly cameras: () => readonly CameraView[]
  readonly quality: (id: StreamId) => CameraQuality | null
  /** Whether pictures are looked at at all. */
  readonly isWatching: () => boolean
  readonly clock: Clock
}

const everyMs = 1000
/** A quiet camera is looked at every ten seconds at least. */
export const blindAfterMs = 30_000

export function watchStalls(
  parts: PresenceParts,
  { asksForPostures }: { readonly asksForPostures: () => boolean },
  signal: AbortSignal,
): BarnPresence {
  const { registry, facts, clock, cameras } = parts
  const presence = createPresence(parts.overlap)
  // They cost something with every picture, and people switch the rules on and off that want them.
  const posturesIfAsked = (now: Postures | undefined) =>
    asksForPostures() ? (now ?? createPostures()) : undefined
  let postures = posturesIfAsked(undefined)
  const persons = new Map<StreamId, number>()
  /** When each camera's pictures were looked at last, on the clock that never goes back. */
  const analysed = new Map<StreamId, number>()
  const told = new Map<StallId, string>()
  const draw = () =>
    presence.draw(
      cameras().flatMap(({ id }) => registry.stalls.ofStream(id)),
      clock.utcMs(),
    )
  const tell = () => {
    const views = presence.views()
    const standing = postures?.read(clock.utcMs()) ?? new Map<StallId, Posture>()
    for (const view of views) {
      const words = wordsOf(view, standing.get(view.stall.id))
      if (told.get(view.stall.id) === words) continue
      told.set(view.stall.id, words)
      facts.publish('stall-changed', { stallId: view.stall.id })
    }
    for (const id of told.keys()) if (!views.some(({ stall }) => stall.id === id)) told.delete(id)
  }
  draw()
  for (const { id } of cameras()) presence.remember(id, registry.tracks.places(id), clock.utcMs())
  facts.on('stalls-drawn', draw, signal)
  facts.on('horse-gone', ({ horseId, into }) => presence.rename(horseId, into), signal)
  facts.on(
    'frame-analysed',
    (seen) => {
      analysed.set(seen.streamId, clock.monoMs())
      presence.look(seen)
      postures?.look(seen, presence.views())
      if (seen.boxes.some(({ kind }) => kind === 'person')) persons.set(seen.streamId, seen.utcMs)
    },
    signal,
  )
  const look = () => {
    postures = posturesIfAsked(postures)
    const eyes = cameras().map((camera): [StreamId, Watch] => [camera.id, watchOf(camera, analysed, parts)])
    presence.see(new Map(eyes), clock.utcMs())
    tell()
  }
  void repeat(everyMs, look, signal)
  return {
    views: presence.views,
    stallOf: presence.stallOf,
    persons,
    postures: () => postures?.read(clock.utcMs()) ?? new Map(),
  }
}

/** How well a camera sees: by its pictures, and by whether anybody looks at them. */
function watchOf(
  { id, state }: CameraView,
  analysed: ReadonlyMap<StreamId, number>,
  { quality, isWatching, clock }: PresenceParts,
): Watch {
  const agoMs = clock.monoMs() - (analysed.get(id) ?? Number.NEGATIVE_INFINITY)
  if (state !== 'live' || !isWatching() || agoMs > blindAfterMs) return 'blind'
  const label = quality(id)?.label
  return label === 'poor' || label === 'unusable' ? 'partly_blind' : 'watching'
}

/** What others are told of a stall. */
const wordsOf = ({ stall, match, occupied, horseId, watch }: StallView, posture: Posture | undefined) =>
  JSON.stringify([stall.revision, match, occupied, horseId, watch, posture?.isUnsure, posture?.lyingSinceMs])

/** The registry's stalls, each change told on once it is stored. */
export function toldStalls({ stalls }: Pick<Registry, 'stalls'>, facts: Bus<Facts>): Registry['stalls'] {
  const tell = (streamId: StreamId | undefined) => {
    if (streamId !== undefined) facts.publish('stalls-drawn', { streamId })
  }
  return {
    ...stalls,
    add(...given) {
      const stall = stalls.add(...given)
      tell(stall.streamId)
      return stall
    },
    change(...given) {
      const stall = stalls.change(...given)
      tell(stall.streamId)
      return stall
    },
    remove(id, by) {
      const streamId = stalls.get(id)?.streamId
      const isGone = stalls.remove(id, by)
      tell(streamId)
      return isGone
    },
    restore(...given) {
      const stall = stalls.restore(...given)
      tell(stall.streamId)
      return stall
    },
  }
}
