/**
 * `barnbox run`: the daemon. Starts the barn, feeds systemd's watchdog with progress, and stops in order.
 */
import { type Barn, startBarn, type World } from '../barn.ts'
import type { Loaded } from '../config/load.ts'
import { aborted, repeat } from '../lib/abort.ts'
import type { Notifier } from '../lib/systemd.ts'
import { lockState } from '../registry/database.ts'
import { lockFile } from '../registry/registry.ts'
import type { Clock } from '../types.ts'

/** Runs until the signal aborts; rejects when a part that everything needs cannot start. */
export async function run(
  loaded: Loaded,
  world: World,
  notifier: Notifier,
  signal: AbortSignal,
): Promise<void> {
  using _lock = lockState(lockFile(world.stateDir))
  for (const warning of loaded.warnings) world.log.warn({}, warning)
  await using barn = await startUnlessStopped(loaded, world, signal)
  if (!barn) return
  world.log.info(
    { port: barn.port, cameras: loaded.config.cameras.length, version: world.version },
    'barnbox runs',
  )
  await notifier.send('READY=1')
  const { watchdogMs } = notifier
  if (watchdogMs !== null) void feedWatchdog(barn, watchdogMs, notifier, world, signal)
  await aborted(signal)
  await notifier.send('STOPPING=1')
}

/** Four times within systemd's patience, so that one late or lost word does no harm. */
const feedsPerPatience = 4

function feedWatchdog(
  barn: Barn,
  patienceMs: number,
  notifier: Notifier,
  { clock }: World,
  signal: AbortSignal,
): Promise<void> {
  const isWell = createPulse(patienceMs, clock)
  const feed = async () => {
    if (isWell(barn)) await notifier.send('WATCHDOG=1')
  }
  return repeat(patienceMs / feedsPerPatience, feed, signal)
}

/**
 * Asked again and again, says whether the daemon gets on: frames were analysed within the patience, or there was nothing
 * to analyse. A barn without a live camera is idle, not stuck.
 */
export function createPulse(
  patienceMs: number,
  clock: Pick<Clock, 'monoMs'>,
): (now: { readonly progress: number; readonly idle: boolean }) => boolean {
  let progress = -1
  let aliveMs = clock.monoMs()
  return (now) => {
    if (now.idle || now.progress !== progress) aliveMs = clock.monoMs()
    progress = now.progress
    return clock.monoMs() - aliveMs < patienceMs
  }
}

/** Undefined where a stop cut the start short: what failed through that is no fault. */
async function startUnlessStopped(
  loaded: Loaded,
  world: World,
  signal: AbortSignal,
): Promise<Barn | undefined> {
  try {
    return await startBarn(loaded, world, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    world.log.debug({ err: error }, 'stopped before the start had ended')
    return undefined
  }
}
