/**
 * Horses with many looks of some kilobytes each.
 */
import { mintId } from '../../daemon/lib/ids.ts'
import type { HorseId, StreamId, TrackletId } from '../../daemon/types.ts'
import { type Box, found, kind, type Random } from './programs.ts'

const yard = 'yard' as StreamId

export function withLooks(box: Box, count: number, random: Random): HorseId {
  const horse = found(box, yard, random)
  const by = { actor: null, nowMs: box.nowMs() }
  box.registry.horses.updateHorseDetails(horse, { name: `Horse ${horse.slice(0, 8)}` }, by)
  for (let n = 1; n < count; n++) {
    const jpeg = Uint8Array.from({ length: 15_000 }, () => Math.floor(random() * 256))
    const seen = { trackletId: mintId<TrackletId>(), camera: yard, takenMs: box.nowMs() }
    const vector = Float32Array.of(1, 0, 0, 0)
    box.registry.openLooks(kind).add(yard, { horseId: horse, jpeg, vector, quality: 0.5, ...seen })
  }
  return horse
}
