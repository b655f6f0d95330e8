/**
 * How soon a box that was long without a line has caught up, beside plain batched inserts of the same rows into a table alike, in turns; what
 * that does to the daemon's thread and memory; and how a box and a query fare beside a large central database.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import pg from 'pg'
import { systemClock } from '../../daemon/lib/clock.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import { connect } from '../../daemon/sync/connection.ts'
import { forgetPlace } from '../../daemon/sync/place.ts'
import type { RoundParts } from '../../daemon/sync/ports.ts'
import { nothingTold } from '../../daemon/sync/push.ts'
import { meet, round } from '../../daemon/sync/round.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'
import { createPostgres, type Postgres } from '../../test/support/postgres.ts'
import { catchUpWatching } from './parts/catch-up-daemon.ts'
import { median, quantile } from './parts/statistics.ts'

type Figures = Record<string, number>

const yard = 'yard' as StreamId
const farm = 'bench'
const { signal } = new AbortController()
const batchRows = 1000

interface Size {
  readonly queued: number
  readonly turns: number
  readonly horses: number
  readonly sightings: number
  readonly asks: number
}

const whole: Size = { queued: 100_000, turns: 3, horses: 10_000, sightings: 10_000_000, asks: 100 }
const rough: Size = { queued: 20_000, turns: 1, horses: 1000, sightings: 200_000, asks: 30 }

export async function run({ quick }: { quick: boolean }): Promise<Figures> {
  const size = quick ? rough : whole
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-bench-sync-'))
  await using postgres = await createPostgres({
    lines: ['max_wal_size = 8GB', 'shared_buffers = 512MB', 'maintenance_work_mem = 512MB'],
  })
  try {
    using registry = openRegistry(join(folder, 'barnbox.db'), silentLog, 'none')
    const url = await postgres.fresh()
    return {
      ...(await catchUp(registry, postgres, url, size)),
      ...(await watching(await postgres.fresh(), size)),
      ...(await besideMany(registry, postgres, url, size)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const partsOf = (registry: Registry): RoundParts => ({
  ...{ book: registry.sync, memory: registry.settings, farm, box: registry.boxId, program: 'bench' },
  ...{ giveWay: async () => {}, onApplied: () => {} },
  ...{ clock: systemClock, historyDays: 90, wantsLooks: true, bytesPerSecond: null },
})

const open = (url: string) => connect({ url, username: 'postgres', tls: 'off' }, signal)

/** Sightings of ten horses over the last days, as the pipeline stores them. */
function queue(registry: Registry, count: number): void {
  const endMs = systemClock.utcMs() - 120_000
  const startMs = endMs - count * 1000
  const horses = Array.from(
    { length: 10 },
    () => registry.horses.create({ streamId: yard, seenMs: startMs, confidence: 0.9 }).id,
  )
  const decision = {
    kind: 'matched',
    score: 0.9,
    secondScore: 0.4,
    threshold: 0.75,
    margin: 0.05,
    model: 'bench@1',
  } as const
  for (let from = 0; from < count; from += 1000)
    registry.sightings.save(
      Array.from({ length: Math.min(1000, count - from) }, (_, n) => {
        const fromMs = startMs + (from + n) * 1000
        const seen = { streamId: yard, trackletId: mintId<TrackletId>(), horseId: horses[n % 10] as HorseId }
        return {
          id: mintId<SightingId>(),
          ...seen,
          fromMs,
          toMs: fromMs + 900,
          detections: 5,
          addedDetections: 5,
          decision,
        }
      }),
    )
}

async function catchUp(registry: Registry, postgres: Postgres, url: string, size: Size): Promise<Figures> {
  queue(registry, size.queued)
  registry.sync.outbox.begin(0)
  while (registry.sync.outbox.fill());
  const marks = registry.sync.outbox.next('sighting', size.queued, Number.MAX_SAFE_INTEGER)
  const same = registry.sync.rows.sightings(marks.map(({ rowId }) => rowId))
  const [ours, theirs, growths, lags]: number[][] = [[], [], [], []]
  for (let turn = 0; turn < size.turns; turn++) {
    theirs?.push(await plain(postgres, url, same, registry.boxId))
    const done = await drain(registry, url)
    if (done.rows < size.queued) throw new Error(`only ${done.rows} rows were told`)
    ours?.push((done.rows / done.ms) * 1000)
    growths?.push(done.growthMb)
    lags?.push(done.lagMs)
    await postgres.ask(url, 'TRUNCATE barnbox.sightings')
  }
  const [oursPerSecond, theirsPerSecond] = [median(ours ?? []), median(theirs ?? [])]
  return {
    sync_vs_insert_ratio: oursPerSecond / theirsPerSecond,
    sync_rows_per_second: oursPerSecond,
    plain_rows_per_second: theirsPerSecond,
    sync_rss_growth_mb: Math.max(...(growths ?? [])),
    sync_lag_p99_ms: median(lags ?? []),
  }
}

/** The whole daemon, which goes on looking at its camera meanwhile. With so many rows that one frame is less than the percents that are promised. */
async function watching(url: string, size: Size): Promise<Figures> {
  const queued = 3 * size.queued
  const fill = (stateDir: string) => {
    using registry = openRegistry(registryFile(stateDir), silentLog, 'none')
    queue(registry, queued)
  }
  const { told, seconds, decoded, dropped } = await catchUpWatching(url, fill)
  if (told < queued) throw new Error(`only ${told} rows were told by the daemon`)
  return {
    watching_catch_up_seconds: seconds,
    watching_dropped_percent: (100 * dropped) / decoded,
  }
}

/** The same rows into a table alike, a thousand to a statement. */
async function plain(postgres: Postgres, url: string, rows: readonly object[], box: string): Promise<number> {
  {
    await using connection = await open(url)
    await meet(connection, { ...partsOf(openRegistry(':memory:', silentLog, 'none')), farm })
  }
  await postgres.ask(url, 'DROP TABLE IF EXISTS plain')
  await postgres.ask(url, 'CREATE TABLE plain (LIKE barnbox.sightings INCLUDING ALL)')
  const client = new pg.Client({ connectionString: url.replace('://', '://postgres@') })
  await client.connect()
  const startMs = performance.now()
  for (let from = 0; from < rows.length; from += batchRows) {
    const some = rows.slice(from, from + batchRows)
    const values = some.flatMap((row) => [farm, box, ...Object.values(row)])
    const width = values.length / some.length
    const places = some.map(
      (_, n) => `(${Array.from({ length: width }, (_, m) => `$${n * width + m + 1}`).join(',')})`,
    )
    await client.query(`INSERT INTO plain VALUES ${places.join(',')}`, values)
  }
  const ms = performance.now() - startMs
  await client.end()
  return (rows.length / ms) * 1000
}

/** From the first word to the last; what it does to memory and to the thread meanwhile. */
async function drain(registry: Registry, url: string) {
  forgetPlace(registry.settings)
  await using connection = await open(url)
  const parts = partsOf(registry)
  const meeting = await meet(connection, parts)
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 50)
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  const told = nothingTold()
  const startMs = performance.now()
  await round(connection, parts, meeting, told, signal)
  const ms = performance.now() - startMs
  lag.disable()
  clearInterval(watch)
  return { rows: told.rows, ms, growthMb: (most - before) / 2 ** 20, lagMs: lag.percentile(99) / 1e6 }
}

/** Other boxes have filled the database: how long this one's meetings take, and what people ask of it. */
async function besideMany(registry: Registry, postgres: Postgres, url: string, size: Size): Promise<Figures> {
  const other = 'zzzzzzzzzzzz'
  await postgres.ask(
    url,
    `INSERT INTO barnbox.horses (farm, box, id, stream, number, color, first_ms, confirmed, fields)
     SELECT $1, $2, gen_random_uuid(), 'yard', n, '#112233', 1790000000000, true, jsonb_build_object('name',
       jsonb_build_object('at', '01a0c5fe5000-0000-' || $2, 'by', null, 'v', 'Horse ' || n)) FROM generate_series(1, $3::int) n`,
    [farm, other, size.horses],
  )
  // Indexes of that many rows are built sooner than they grow.
  await postgres.ask(url, 'ALTER TABLE barnbox.sightings DROP CONSTRAINT sightings_pkey')
  await postgres.ask(url, 'DROP INDEX barnbox.sightings_by_horse')
  await postgres.ask(
    url,
    `INSERT INTO barnbox.sightings (farm, box, id, stream, tracklet, horse, from_ms, to_ms, detections, decision, score)
     SELECT $1, $2, gen_random_uuid(), 'yard', gen_random_uuid(), h.ids[1 + n % $3], 1790000000000 + n * 100::bigint,
       1790000000900 + n * 100::bigint, 5, 'matched', 0.9
     FROM (SELECT array_agg(id) AS ids FROM barnbox.horses WHERE box = $2) h, generate_series(1, $4::int) n`,
    [farm, other, size.horses, size.sightings],
  )
  await postgres.ask(url, 'ALTER TABLE barnbox.sightings ADD PRIMARY KEY (farm, box, id, from_ms)')
  await postgres.ask(
    url,
    'CREATE INDEX sightings_by_horse ON barnbox.sightings (farm, horse, to_ms DESC) WHERE horse IS NOT NULL',
  )
  await postgres.ask(url, 'ANALYZE')
  const [room] = await postgres.ask<{ bytes: number }>(
    url,
    `SELECT pg_total_relation_size('barnbox.sightings')::float8 / count(*) AS bytes FROM barnbox.sightings`,
  )
  await using connection = await open(url)
  const parts = partsOf(registry)
  const meeting = await meet(connection, parts)
  const timed = async (work: () => Promise<unknown>) => {
    const startMs = performance.now()
    await work()
    return performance.now() - startMs
  }
  const meets = () => round(connection, parts, meeting, nothingTold(), signal)
  const firstMs = await timed(meets)
  const [pulls, lists]: number[][] = [[], []]
  for (let n = 0; n < size.asks; n++) {
    // Somebody elsewhere names ten horses.
    const stamp = `${systemClock.utcMs().toString(16).padStart(12, '0')}-0000-${other}`
    await postgres.ask(
      url,
      `UPDATE barnbox.horses SET xid = pg_current_xact_id(), fields = fields || jsonb_build_object('name',
         jsonb_build_object('at', $2::text, 'by', null, 'v', $3::text))
       WHERE id IN (SELECT id FROM barnbox.horses WHERE farm = $1 AND box <> $4 ORDER BY id OFFSET $5 LIMIT 10)`,
      [farm, stamp, randomUUID().slice(0, 8), registry.boxId, (n * 10) % (size.horses - 10)],
    )
    pulls?.push(await timed(meets))
    lists?.push(
      await timed(() =>
        connection.query(
          `SELECT h.name, s.* FROM barnbox.horses h CROSS JOIN LATERAL (SELECT * FROM barnbox.sightings s WHERE s.farm = h.farm
             AND s.horse = h.id ORDER BY s.to_ms DESC LIMIT 50) s WHERE h.farm = $1 AND h.number = $2`,
          [farm, 1 + ((n * 37) % size.horses)],
        ),
      ),
    )
  }
  return {
    sighting_bytes: room?.bytes ?? 0,
    first_pull_seconds: firstMs / 1000,
    pull_p95_ms: quantile(pulls ?? [], 0.95),
    history_of_horse_p95_ms: quantile(lists ?? [], 0.95),
  }
}
