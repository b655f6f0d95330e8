/**
 * Made-up horses with looks of 768 numbers, as a good embedder would make them.
 */
import { mintId } from '../../daemon/lib/ids.ts'
import type { HorseId, StreamId, TrackletId } from '../../daemon/types.ts'
import { type Box, seeded } from './programs.ts'

export const yard = 'yard' as StreamId
export const kind = { id: 'wide@1', dim: 768, name: 'wide', preprocess: null, licence: null }
const random = seeded(11)

/** Any look, or one near to another: `far` is how much of it is its own. */
export const unit = (near?: Float32Array, far = 1): Float32Array => {
  const raw = Float32Array.from({ length: 768 }, (_, i) => (near?.[i] ?? 0) + far * (random() - 0.5) * 0.1)
  const norm = Math.hypot(...raw)
  return raw.map((value) => value / norm)
}

/** A horse with these looks; without a name it is one that nobody has said anything of. */
export function meetHorse(box: Box, looks: readonly Float32Array[], name: string | null): HorseId {
  const { registry } = box
  const { id } = registry.horses.create({
    ...{ streamId: yard, seenMs: box.nowMs(), confidence: 0.9, standing: 'horse' },
  })
  if (name !== null) registry.horses.updateHorseDetails(id, { name }, { actor: null, nowMs: box.nowMs() })
  const jpeg = Uint8Array.of(0xff, 0xd8, 1, 0xff, 0xd9)
  for (const vector of looks)
    registry.openLooks(kind).add(yard, {
      ...{ horseId: id, jpeg, vector, quality: 0.5, takenMs: box.nowMs(), camera: yard },
      trackletId: mintId<TrackletId>(),
    })
  return id
}
