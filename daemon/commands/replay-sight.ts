/**
 * The daemon's own chain, tracker to horse, over what was seen: nothing is looked at again but where pictures are handed in, and what it
 * stores goes into a registry of its own.
 */
import { decisionBasis } from '../identity/decide.ts'
import { createIdentity } from '../identity/identity.ts'
import { iou } from '../lib/boxes.ts'
import { mintId } from '../lib/ids.ts'
import { createOthers } from '../pipeline/elsewhere.ts'
import { lostSeconds, type PipelineRules } from '../pipeline/pipeline.ts'
import { inScope, type Overlap } from '../pipeline/scope.ts'
import { createSightingBook } from '../pipeline/sighting-book.ts'
import { analyse, type Eyes, type StreamDeps } from '../pipeline/stream.ts'
import type { Registry } from '../registry/registry.ts'
import type { SeenFrame } from '../replay-types.ts'
import { createTracker } from '../tracking/tracker.ts'
import type {
  Analysed,
  EmbedderKind,
  Frame,
  Look,
  Picture,
  ScopeOf,
  SightingId,
  StreamId,
  TrackletId,
} from '../types.ts'

export interface ReplaySight {
  look(streamId: StreamId, frame: ReplayFrame, eyes: Eyes): Promise<Analysed>
  /** A camera shows what it showed before. */
  quiet(streamId: StreamId, takenMs: number): void
}

/** A frame's place in time, and its picture where there is one. */
export interface ReplayFrame {
  readonly utcMs: number
  readonly takenMs: number
  readonly sceneMs: number
  readonly picture: Picture
}

export interface ReplaySightDeps {
  readonly rules: PipelineRules
  readonly scopeOf: ScopeOf
  readonly overlap: Overlap
  readonly registry: Registry
  readonly embedder: EmbedderKind
}

/** A pipeline's life: it begins with the stored looks as they are now, and with no tracklets. */
export function openReplaySight(deps: ReplaySightDeps): ReplaySight {
  const { rules, scopeOf, overlap, registry, embedder } = deps
  const looks = registry.openLooks(embedder)
  const identity = createIdentity(rules, looks.stored.map(inScope(scopeOf)), registry.horses.isConfirmed)
  const book = createSightingBook({ ...decisionBasis, model: embedder.id }, () => mintId<SightingId>())
  const others = createOthers(scopeOf, overlap)
  const chains = new Map<StreamId, Omit<StreamDeps, 'eyes'>>()
  const chainOf = (streamId: StreamId): Omit<StreamDeps, 'eyes'> => {
    const fresh = {
      ...{ scopeId: scopeOf(streamId), others, identity, looks, registry, book },
      tracker: createTracker({ beginAbove: rules.detectAbove, lostSeconds }, () => mintId<TrackletId>()),
      onHorse: () => {},
    }
    const chain = chains.get(streamId) ?? fresh
    chains.set(streamId, chain)
    return chain
  }
  let seq = 0
  return {
    async look(streamId, { utcMs, takenMs, sceneMs, picture }, eyes) {
      const frame: Frame = { ...picture, stream: streamId, seq: ++seq, utcMs, monoMs: sceneMs }
      const result = await analyse(frame, { ...chainOf(streamId), eyes }, takenMs)
      // Sightings are rows for those who ask later: nobody will.
      book.stored(book.pending())
      return result
    },
    quiet: (streamId, takenMs) => others.quiet(streamId, takenMs),
  }
}

/** A box that was looked at is the one that is asked for, if other rules moved it no further than this. */
const sameBox = 0.9
/** Of what was seen no pixels are left; what needs some goes into a registry that nobody looks at. */
const noPixels = Uint8Array.of(0)

/** What eyes could not answer, for nobody asked them at the time. */
export interface Wished {
  looks: number
}

/** Eyes that answer what was answered when the frame was seen, but for boxes that are too weak now. */
export function recordedEyes({ detections, looks }: SeenFrame, above: number, wished: Wished): Eyes {
  const lookAt = (box: SeenFrame['looks'][number]['box'], wantsCrop: boolean): Look | undefined => {
    const nearest = looks
      .map((one) => ({ ...one, alike: iou(one.box, box) }))
      .reduce<{ look: Look; alike: number } | undefined>(
        (best, one) => (one.alike > (best?.alike ?? sameBox) ? one : best),
        undefined,
      )
    if (!nearest) {
      wished.looks++
      return undefined
    }
    return { ...nearest.look, ...(wantsCrop && { crop: noPixels }) }
  }
  return {
    detect: async () => detections.filter(({ score }) => score >= above),
    embed: async (_, boxes, crops) => boxes.map((box, at) => lookAt(box, crops[at] === true)),
    crop: async () => noPixels,
    thumbnail: async () => noPixels,
  }
}

/** The picture of a frame of which only its size is left. */
export const withoutPixels = ({ width, height }: SeenFrame): Picture => ({
  ...{ format: 'nv12', width, height, pixels: new Uint8Array(0) },
})
