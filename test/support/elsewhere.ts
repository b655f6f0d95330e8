/**
 * What another box of the farm says of a horse, as this one hears it: said by somebody who knew all that was said here.
 */
import { createHybridClock } from '../../daemon/lib/hlc.ts'
import type { Registry } from '../../daemon/registry/registry.ts'
import type { Register } from '../../daemon/sync-types.ts'
import type { HorseId } from '../../daemon/types.ts'

export const otherBox = 'b0c5c0ffee00'

export function sayElsewhere(
  { sync }: Registry,
  id: HorseId,
  said: Readonly<Record<string, string | number | null>>,
  { actor, nowMs }: { actor: string | null; nowMs: number },
): void {
  const [horse] = sync.rows.horses([id])
  if (!horse) throw new Error('there is no such horse')
  const clock = createHybridClock(otherBox, () => nowMs)
  for (const { at } of Object.values(horse.fields)) clock.hear(at)
  const at = clock.next()
  const fields = Object.fromEntries(
    Object.entries(said).map(([field, v]): [string, Register] => [field, { at, by: actor, v }]),
  )
  const none = { corrections: [], seen: [], looks: [], blobs: new Map() }
  sync.apply({ ...none, horses: [{ ...horse, fields }] }, nowMs)
}
