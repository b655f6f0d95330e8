/**
 * `barnbox run`: the daemon. Starts the barn, feeds systemd's watchdog with progress, and stops in order.
 */
import { type Barn, startBarn, type World } from '../barn.ts'
import type { Loaded } from '../config/load.ts'
import { aborted, repeat } from '../lib/abort.ts'
import type { Notifier } from '../lib/systemd.ts'

/** Runs until the signal aborts; rejects when a part that everything needs cannot start. */
export async function run(
  loaded: Loaded,
  world: World,
  notifier: Notifier,
  signal: AbortSignal,
): Promise<void> {
  await using barn = await startUnlessStopped(loaded, world, signal)
  if (!barn) return
  world.log.info(
    { port: barn.port, cameras: loaded.config.cameras.length, version: world.version },
    'barnbox runs',
  )
  await notifier.send('READY=1')
  let fed = -1
  const feed = async () => {
    // A barn without a live camera is idle, not stuck; one with a live camera must get on.
    if (!barn.idle && barn.progress === fed) return
    fed = barn.progress
    await notifier.send('WATCHDOG=1')
  }
  if (notifier.watchdogMs !== null) void repeat(notifier.watchdogMs, feed, signal)
  await aborted(signal)
  await notifier.send('STOPPING=1')
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
