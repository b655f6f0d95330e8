/**
 * What is to be told the central database of all that a box has already.
 */
import t from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { SightingId, StreamId, TrackletId } from '../../daemon/types.ts'

const startMs = Date.UTC(2026, 10, 1)
const yard = 'yard' as StreamId
const nobody = {
  kind: 'unknown',
  score: null,
  secondScore: null,
  threshold: 0,
  margin: 0,
  model: 'x',
} as const
const oneOf = (n: number) => ({
  ...{ id: mintId<SightingId>(), streamId: yard, trackletId: mintId<TrackletId>(), horseId: null },
  ...{ fromMs: startMs + n * 1000, toMs: startMs + n * 1000 + 500, detections: 1, addedDetections: 0 },
  decision: nobody,
})

t.test('the sightings that there are come little by little, each once, over a restart too', async (t) => {
  const file = registryFile(t.testdir({}))
  // Several are minted in a millisecond: in the order of their ids.
  const ids = Array.from({ length: 5000 }, () => mintId<SightingId>()).sort()
  const all = ids.map((id, n) => ({ ...oneOf(n), id }))
  const noted = (outbox: ReturnType<typeof openRegistry>['sync']['outbox']) =>
    outbox.next('sighting', 10_000, Number.MAX_SAFE_INTEGER).map(({ rowId }) => rowId)
  {
    using registry = openRegistry(file, silentLog, 'none')
    registry.sightings.save(all)
    const { outbox } = registry.sync
    outbox.begin(startMs + 10_000)
    t.same(noted(outbox), [], 'not at once: cameras go on')
    t.equal(outbox.fill(), true)
    t.same(
      noted(outbox),
      all.slice(10, 2000).map(({ id }) => id),
    )
    const last = all.at(-1)
    if (last) registry.sightings.save([{ ...last, toMs: last.toMs + 1000 }])
    const first = all[20]
    if (first) registry.sightings.save([{ ...first, toMs: first.toMs + 1000 }])
    registry.sightings.save([oneOf(6000)])
  }
  using registry = openRegistry(file, silentLog, 'none')
  const { outbox } = registry.sync
  let more = 0
  while (outbox.fill()) more++
  t.equal(more, 1)
  t.equal(outbox.fill(), false)
  const told = noted(outbox)
  t.equal(told.length, all.length - 10 + 1)
  t.equal(new Set(told).size, told.length)
  registry.settings.set('sync_fill', JSON.stringify({ sinceMs: 0, after: 100, upTo: 5000 }))
  while (outbox.fill());
  t.equal(noted(outbox).length, all.length + 1, 'noted by row numbers, as it was once: all of them come')
  outbox.begin(0)
  outbox.end()
  t.equal(outbox.fill(), false, 'nobody asks any more')
  t.equal(outbox.waiting(), 0)
})
