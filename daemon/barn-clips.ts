/**
 * The clips as pages and programs see them: whose what was seen in one is now, and what people set right by it. A box of a clip
 * stands for the sighting that it belongs to; who corrects the box corrects the sighting.
 */
import type { ToldCorrections } from './barn-corrections.ts'
import type {
  Clip,
  ClipCorrection,
  ClipSeen,
  ClipSpan,
  ListedClip,
  StoredClipCorrection,
} from './clip-types.ts'
import type { ClipFolder } from './clips/folder.ts'
import { unpackFrames } from './clips/frames.ts'
import { attribute, listed, trackletsOf } from './clips/whose.ts'
import type { Bus } from './lib/bus.ts'
import { BarnboxError } from './lib/errors.ts'
import type { Registry } from './registry/registry.ts'
import type { By, ClipId, Corrected, CorrectionId, Facts, HorseId, SightingId, StreamId } from './types.ts'

export interface ClipDesk {
  list(streamId: StreamId, limit: number, span?: ClipSpan): ListedClip[]
  get(id: ClipId): Clip | undefined
  /** Null where nobody looked while it was recorded, or where that is not known any more. */
  seen(clip: Clip): ClipSeen | null
  /** Where its file is. */
  path(clip: Clip): string
  /** All of it or nothing; answers how many sightings were corrected. Throws `BAD_REQUEST` and `STALE`. */
  correct(clip: Clip, corrections: readonly ClipCorrection[], by: By): number
  /** The newest first. */
  corrections(clip: Clip): StoredClipCorrection[]
  /** Takes back what was corrected by a clip, the newest first: all of it or nothing. Answers how many. Throws `STALE`. */
  undo(clip: Clip, by: By): number
}

interface Parts {
  readonly registry: Registry
  readonly folder: ClipFolder
  readonly corrections: ToldCorrections
  readonly facts: Bus<Facts>
}

export function openClipDesk({ registry, folder, corrections: desk, facts }: Parts): ClipDesk {
  const { clips } = registry
  const seen = (clip: Clip): ClipSeen | null => {
    const packed = clips.frames(clip.id)
    const frames = packed && unpackFrames(packed)
    return frames ? attribute(clip, frames, clips.whoWas(trackletsOf(frames))) : null
  }
  const tell = (clipId: ClipId) => facts.publish('clip-corrected', { clipId })
  return {
    seen,
    get: clips.get,
    path: ({ file }) => folder.path(file),
    list(streamId, limit, span) {
      const found = clips.list(streamId, limit, span)
      const [newest, oldest] = [found[0], found.at(-1)]
      if (!newest || !oldest) return []
      return listed(found, clips.whoWasThere(streamId, { fromMs: oldest.fromMs, toMs: newest.toMs }))
    },
    correct(clip, corrections, by) {
      const groups = groupsOf(seen(clip), corrections)
      const done = desk.together((now) => {
        const made = new Map<string, HorseId>()
        return groups.map(({ sightingId, all, first }) => {
          const corrected = correctOne(now, sightingId, first, { made, by })
          for (const one of all) clips.noteCorrection(clip.id, corrected.correction.id, one)
          return corrected
        })
      })
      tell(clip.id)
      return done.length
    },
    corrections: ({ id }) => clips.corrections(id),
    undo({ id }, by) {
      const standing = clips.corrections(id).filter(({ undoneMs }) => undoneMs === null)
      const ids = [...new Set<CorrectionId>(standing.map(({ correctionId }) => correctionId))]
      if (ids.length === 0) return 0
      desk.together((now) => ids.flatMap((correctionId) => now.undo(correctionId, by)))
      tell(id)
      return ids.length
    },
  }
}

interface Group {
  readonly sightingId: SightingId
  readonly first: ClipCorrection
  /** The boxes of this sighting that were named. */
  readonly all: readonly ClipCorrection[]
}

const bad = (words: string) => new BarnboxError('BAD_REQUEST', words)

/** Corrections by the sighting that each is about. Boxes of one sighting must be said to be the same. */
function groupsOf(seen: ClipSeen | null, corrections: readonly ClipCorrection[]): Group[] {
  const groups = new Map<SightingId, ClipCorrection[]>()
  for (const one of corrections) {
    const { frameIndex, detectionIndex, originalHorseId } = one
    const box = seen?.frames[frameIndex]?.boxes[detectionIndex]
    const where = `frame ${frameIndex}, detection ${detectionIndex}`
    if (box === undefined) throw bad(`${where}: nothing was seen there`)
    if (box.sightingId === null) throw bad(`${where}: it belongs to no sighting that is kept`)
    if (originalHorseId !== null && originalHorseId !== box.horse?.id)
      throw new BarnboxError('STALE', `${where}: it is not that horse’s any more`)
    groups.set(box.sightingId, [...(groups.get(box.sightingId) ?? []), one])
  }
  return [...groups].map(([sightingId, all]) => {
    const [first] = all as [ClipCorrection]
    if (all.some((one) => wordsOf(one) !== wordsOf(first)))
      throw bad('two boxes of one sighting are said to be different horses')
    return { sightingId, first, all }
  })
}

const wordsOf = ({ kind, correctedHorseId, correctedHorseName }: ClipCorrection) =>
  JSON.stringify([kind, correctedHorseId, correctedHorseName])

type Now = Pick<ToldCorrections, 'reassign' | 'newHorse' | 'incorrect'>

/** Several sightings of a new horse of one name are of one new horse. */
function correctOne(
  now: Now,
  sightingId: SightingId,
  { kind, correctedHorseId, correctedHorseName: name }: ClipCorrection,
  { made, by }: { readonly made: Map<string, HorseId>; readonly by: By },
): Corrected {
  if (kind === 'mark_incorrect') return now.incorrect(sightingId, by)
  const known = kind === 'reassign' ? correctedHorseId : (made.get(name ?? '') ?? null)
  if (known !== null) return now.reassign(sightingId, known, by)
  if (kind === 'reassign') throw bad('reassign needs corrected_horse_id')
  const corrected = now.newHorse(sightingId, name, by)
  const { otherId } = corrected.correction
  if (name !== null && otherId !== null) made.set(name, otherId)
  return corrected
}
