/**
 * What the central database is told of this barn and what comes from there, and who hears of it here.
 */
import { wereTold } from './barn-suggest.ts'
import type { Loaded } from './config/load.ts'
import type { Config, SyncConfig } from './config/schema.ts'
import { sleep } from './lib/abort.ts'
import type { Bus } from './lib/bus.ts'
import type { Log } from './lib/log.ts'
import type { Registry } from './registry/registry.ts'
import { type Alike, type Alikes, createAlikes } from './sync/alike.ts'
import { type Barnhand, createBarnhand } from './sync/barnhand.ts'
import type { Server } from './sync/connection.ts'
import type { RoundParts } from './sync/ports.ts'
import { type Mirror, startMirror } from './sync/redis.ts'
import { startSync } from './sync/sync.ts'
import type { Applied, SyncView } from './sync-types.ts'
import type { Clock, Facts, Horse, HorseId } from './types.ts'

export interface BarnSync extends AsyncDisposable {
  /** Null where the config names no central database. */
  view(): SyncView | null
  /** Horses of other boxes that look like one of this box's, the most alike first; nobody has said that they are one. */
  alikes(id: HorseId): Horse[]
}

export interface BarnSyncParts {
  readonly registry: Registry
  readonly facts: Bus<Facts>
  /** What matches horses reads its looks anew. */
  readonly refresh: () => void
  /** Whether a picture is looked at now. */
  readonly isLooking: () => boolean
  readonly version: string
  readonly clock: Clock
  readonly log: Log
}

/** Where the central database is, and how this box shows itself there. */
export function serverOf(sync: SyncConfig, { secrets }: Pick<Loaded, 'secrets'>): Server {
  const { url, username, tls } = sync
  return { url, username, tls, password: secrets.syncPassword, ca: secrets.syncCa }
}

/** What a round is made with; `onApplied` hears of each page. */
export function roundOf(
  sync: SyncConfig,
  { identity }: Config,
  {
    registry,
    version,
    clock,
    isLooking,
  }: Pick<BarnSyncParts, 'registry' | 'version' | 'clock' | 'isLooking'>,
  onApplied: (applied: Applied) => void,
): RoundParts {
  return {
    ...{ book: registry.sync, memory: registry.settings, farm: sync.farm, box: registry.boxId },
    ...{ program: version, clock, historyDays: sync.history_days, onApplied },
    // Where each camera knows its own horses alone, nobody asks for those of another box.
    wantsLooks: identity.scope === 'barn',
    bytesPerSecond: sync.limit_kbit === undefined ? null : (sync.limit_kbit * 1000) / 8,
    giveWay: (signal) => afterPictures(isLooking, clock, signal),
  }
}

/** A box that always looks at some picture tells what it has all the same, if slowly. */
const mostGivenMs = 300
const lookAgainMs = 10

/** Pictures come first: a frame that is not looked at in time is lost, a row that is told later is not. */
async function afterPictures(isLooking: () => boolean, clock: Clock, signal: AbortSignal): Promise<void> {
  const untilMs = clock.monoMs() + mostGivenMs
  while (isLooking() && clock.monoMs() < untilMs && !signal.aborted) await sleep(lookAgainMs, signal)
}

export function joinCentral(loaded: Loaded, parts: BarnSyncParts, signal: AbortSignal): BarnSync {
  const { config } = loaded
  const { registry, log } = parts
  const { sync } = config
  if (!sync) {
    // What nobody will ever fetch is not noted.
    if (registry.sync.outbox.isOn()) registry.sync.outbox.end()
    return { view: () => null, alikes: () => [], [Symbol.asyncDispose]: async () => {} }
  }
  const own = new AsyncDisposableStack()
  const barnhand = barnhandOf(sync, parts)
  const mirror = barnhand && mirrorOf(loaded, sync, { ...parts, barnhand }, signal)
  if (mirror) own.use(mirror)
  // Where looks of other boxes are known here, they are compared here.
  const alikes = config.identity.scope === 'stream' ? alikesOf(sync, parts) : undefined
  const running = own.use(
    startSync(
      {
        ...roundOf(sync, config, parts, createTeller(parts)),
        ...{ server: serverOf(sync, loaded), everyMs: sync.every_seconds * 1000, log, barnhand, alikes },
      },
      signal,
    ),
  )
  const ofBarnhand = () => barnhand && { ...barnhand.view(), redis: mirror?.view() ?? null }
  return {
    alikes: (id) => likely(registry, id, alikes?.of(id) ?? []),
    view: () => ({ ...running.view(), barnhand: ofBarnhand() ?? null }),
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  }
}

/** Where a horse was seen last changes all the time: a row that is written this often says it well enough. */
const barnhandMs = 30_000

function barnhandOf(
  { barnhand }: SyncConfig,
  { registry, clock }: Pick<BarnSyncParts, 'registry' | 'clock'>,
): Barnhand | undefined {
  if (!barnhand) return undefined
  const { sync, settings } = registry
  return createBarnhand({
    ...{ config: barnhand, book: sync.portable, memory: settings, clock, everyMs: barnhandMs },
  })
}

/** All looks are compared: it is asked seldom. */
const alikesMs = 30 * 60_000

function alikesOf(
  { farm }: SyncConfig,
  { registry, clock }: Pick<BarnSyncParts, 'registry' | 'clock'>,
): Alikes {
  const kind = registry.embedders.inUse
  return createAlikes({ farm, box: registry.boxId, kind, clock, everyMs: alikesMs })
}

/** Without those that people have told apart, or said to be one. */
export function likely(
  { horses, corrections }: Pick<Registry, 'horses' | 'corrections'>,
  id: HorseId,
  found: readonly Alike[],
): Horse[] {
  const mine = horses.get(id)
  const apart = corrections.undoneMerges().filter((pair) => pair.includes(id))
  return found.flatMap(({ other }) => {
    const horse = horses.get(other)
    if (!horse || horse.id === mine?.id || wereTold(mine, horse)) return []
    return apart.some((pair) => pair.includes(horse.id)) ? [] : [horse]
  })
}

function mirrorOf(
  { secrets }: Loaded,
  { barnhand }: SyncConfig,
  { barnhand: rows, facts, clock, log }: BarnSyncParts & { readonly barnhand: Barnhand },
  signal: AbortSignal,
): Mirror | undefined {
  if (!barnhand?.redis) return undefined
  const { url, username } = barnhand.redis
  const ending = new AbortController()
  const until = AbortSignal.any([ending.signal, signal])
  const mirror = startMirror(
    {
      ...{ url, username, password: secrets.redisPassword, told: rows.told, clock, log },
      isOfficial: barnhand.official,
    },
    until,
  )
  facts.on('frame-analysed', mirror.see, until)
  return {
    ...mirror,
    [Symbol.asyncDispose]: () => {
      ending.abort()
      return mirror[Symbol.asyncDispose]()
    },
  }
}

/** What matches horses begins anew with each refresh: looks of other boxes may come all the time, and can wait a little. */
const refreshMs = 60_000

function createTeller(parts: BarnSyncParts): (applied: Applied) => void {
  let [isOld, refreshedMs] = [false, Number.NEGATIVE_INFINITY]
  return (applied) => {
    tell(applied, parts)
    isOld ||= applied.isGalleryOld
    const nowMs = parts.clock.monoMs()
    if (!isOld || nowMs - refreshedMs < refreshMs) return
    ;[isOld, refreshedMs] = [false, nowMs]
    parts.refresh()
  }
}

function tell({ fresh, edited, gone }: Applied, { registry, facts }: BarnSyncParts): void {
  const changed = [
    ...fresh.map((id) => [id, 'new'] as const),
    ...edited.map((id) => [id, 'details'] as const),
  ]
  for (const [id, change] of changed) {
    const horse = registry.horses.get(id)
    if (horse?.id === id) facts.publish('horse-changed', { horse, change })
  }
  for (const { horseId, into } of gone) {
    const streamId = registry.sync.streamOf(horseId)
    if (streamId) facts.publish('horse-gone', { streamId, horseId, into })
  }
}
