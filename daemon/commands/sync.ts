/**
 * `barnbox sync`: how the box and the central database stand to each other, whether the way there works, and what to mend.
 */
import { roundOf, serverOf } from '../barn-sync.ts'
import type { Loaded } from '../config/load.ts'
import type { SyncConfig } from '../config/schema.ts'
import { systemClock } from '../lib/clock.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { lockState } from '../registry/database.ts'
import { lockFile, openRegistry, type Registry, registryFile } from '../registry/registry.ts'
import { checkBarnhand } from '../sync/barnhand-check.ts'
import { type Connection, connect } from '../sync/connection.ts'
import { forgetPlace, placeIn } from '../sync/place.ts'
import { nothingTold } from '../sync/push.ts'
import { checkRedis } from '../sync/redis.ts'
import { meet, round } from '../sync/round.ts'
import { bringUp, joinFarm, roleOf } from '../sync/schema.ts'
import { nowKey, stateIn } from '../sync/sync.ts'
import type { Finding } from './mqtt-check.ts'
import type { SyncVerb } from './sync-verbs.ts'

interface Asked {
  readonly loaded: Loaded
  readonly sync: SyncConfig
  readonly registry: Registry
  readonly stateDir: string
  readonly version: string
  readonly signal: AbortSignal
}

/** Throws `BAD_REQUEST` where the config names no central database. */
export async function askSync(
  verb: SyncVerb,
  loaded: Loaded,
  { stateDir, version }: { readonly stateDir: string; readonly version: string },
  signal: AbortSignal,
): Promise<Finding[]> {
  const { sync } = loaded.config
  if (!sync)
    throw new BarnboxError('BAD_REQUEST', 'the config names no central database: there is no sync in it')
  using registry = openRegistry(registryFile(stateDir), silentLog, 'none')
  const asked = { loaded, sync, registry, stateDir, version, signal }
  if (verb === 'status') return status(asked)
  if (verb === 'check') return await check(asked)
  if (verb === 'now') return await meetNow(asked)
  forgetPlace(registry.settings)
  return [
    { part: 'reset', level: 'ok', detail: 'the next time all is told and heard anew; nothing is lost by it' },
  ]
}

function status({ registry, stateDir }: Asked): Finding[] {
  const { settings, sync } = registry
  const place = placeIn(settings)
  const last = stateIn(settings)
  const waiting = sync.outbox.waiting()
  const isRunning = daemonRuns(stateDir)
  const state: Finding = !last
    ? { part: 'state', level: 'warning', detail: 'the daemon has not tried yet' }
    : last.fault
      ? { part: 'state', level: 'problem', detail: `${last.fault.code}: ${last.fault.detail}` }
      : !isRunning
        ? {
            ...{ part: 'state', level: 'warning' },
            detail: `barnbox does not run; it was ${last.state} since ${new Date(last.sinceMs).toISOString()}`,
          }
        : {
            part: 'state',
            level: 'ok',
            detail: `${last.state} since ${new Date(last.sinceMs).toISOString()}`,
          }
  return [
    state,
    { part: 'waiting', level: 'ok', detail: `${waiting} rows are yet to be told` },
    {
      ...{ part: 'place', level: 'ok' },
      detail: place ? `${place.rounds} batches told to the server ${place.server}` : 'never met',
    },
  ]
}

function daemonRuns(stateDir: string): boolean {
  try {
    using _ = lockState(lockFile(stateDir))
    return false
  } catch (thrown) {
    if (asBarnboxError(thrown).code !== 'STATE_IN_USE') throw thrown
    return true
  }
}

async function check(asked: Asked): Promise<Finding[]> {
  return [...(await checkCentral(asked)), ...(await checkMirror(asked))]
}

/** Apart from the database: either may be away. */
async function checkMirror({ sync, loaded }: Asked): Promise<Finding[]> {
  const { redis } = sync.barnhand ?? {}
  if (!redis) return []
  try {
    await checkRedis({ ...redis, password: loaded.secrets.redisPassword })
    return [{ part: 'redis', level: 'ok', detail: `${redis.url}, states can be written and taken away` }]
  } catch (thrown) {
    const { code, message } = asBarnboxError(thrown)
    return [{ part: 'redis', level: 'problem', detail: `${code}: ${message}` }]
  }
}

async function checkCentral(asked: Asked): Promise<Finding[]> {
  const { sync, loaded, registry, signal } = asked
  const found: Finding[] = []
  const ok = (part: string, detail: string) => found.push({ part, level: 'ok', detail })
  const tell = (part: string, thrown: unknown) => {
    const { code, message } = asBarnboxError(thrown)
    found.push({ part, level: 'problem', detail: `${code}: ${message}` })
    return found
  }
  let connection: Connection
  try {
    connection = await connect(serverOf(sync, loaded), signal)
  } catch (error) {
    return tell('connection', error)
  }
  await using _ = connection
  ok(
    'connection',
    `${sync.url}, ${sync.tls === 'verify' ? 'encrypted, its certificate is valid' : 'in the clear'}`,
  )
  try {
    const { version, hasVectors, hasHypertables } = await bringUp(connection)
    ok('schema', `PostgreSQL ${version}, the schema barnbox is there`)
    ok('vectors', hasVectors ? 'pgvector' : 'no pgvector: no search over all boxes there')
    ok('history', hasHypertables ? 'TimescaleDB' : 'plain tables')
  } catch (error) {
    return tell('schema', error)
  }
  try {
    await joinFarm(connection, sync.farm, registry.boxId)
    const role = await roleOf(connection)
    found.push({ part: 'role', level: role.isOwner ? 'warning' : 'ok', detail: rights(role, sync.farm) })
    const { aheadMs } = await meet(
      connection,
      roundOf(sync, loaded.config, partsOf(asked), () => {}),
    )
    ok('clock', `${(aheadMs / 1000).toFixed(1)} s ahead of the database's`)
    const { barnhand } = sync
    if (barnhand) found.push(...(await checkBarnhand(connection, barnhand, registry.embedders.inUse()?.name)))
  } catch (error) {
    return tell('role', error)
  }
  return found
}

const rights = ({ role, isOwner }: { role: string; isOwner: boolean }, farm: string) =>
  isOwner
    ? `${role} may do more than a box needs: role.sql makes one that may not`
    : `${role} speaks for the farm ${farm}`

const partsOf = ({ registry, version }: Asked) => ({
  ...{ registry, version, clock: systemClock },
  // No daemon runs here.
  isLooking: () => false,
})

/** By the daemon where it runs, which has the horses in its memory, else here. */
async function meetNow(asked: Asked): Promise<Finding[]> {
  const { sync, loaded, registry, stateDir, signal } = asked
  let lock: Disposable
  try {
    lock = lockState(lockFile(stateDir))
  } catch (thrown) {
    if (asBarnboxError(thrown).code !== 'STATE_IN_USE') throw thrown
    registry.settings.set(nowKey, String(systemClock.utcMs()))
    return [{ part: 'now', level: 'ok', detail: 'the daemon does it: see barnbox sync status' }]
  }
  using _ = lock
  await using connection = await connect(serverOf(sync, loaded), signal)
  const parts = roundOf(sync, loaded.config, partsOf(asked), () => {})
  const told = nothingTold()
  const heard = await round(connection, parts, await meet(connection, parts), told, signal)
  return [
    {
      part: 'now',
      level: 'ok',
      detail: `${told.rows} rows told, ${heard} heard, ${told.held} held back, ${told.refused} refused`,
    },
  ]
}
