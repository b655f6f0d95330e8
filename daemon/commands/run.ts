/**
 * `barnbox run`: the daemon. Starts the barn, feeds systemd's watchdog with progress, changes to another config and back, puts a
 * backup in place while no barn is there, and stops in order.
 */
import { isConfirmed, putInPlace } from '../backup/staged.ts'
import { type Barn, startBarn, type World } from '../barn.ts'
import { noteRun } from '../barn-last-end.ts'
import { type Chosen, type ConfigLife, type Health, whatIsWorse } from '../config/life.ts'
import { repeat } from '../lib/abort.ts'
import type { Bell } from '../lib/bell.ts'
import { asBarnboxError } from '../lib/errors.ts'
import type { Notifier } from '../lib/systemd.ts'
import { lockState } from '../registry/database.ts'
import { lockFile } from '../registry/registry.ts'
import type { Clock } from '../types.ts'

export interface Configs {
  readonly life: ConfigLife
  readonly first: Chosen
  /** Rung when the file is to be read again, or a backup waits to be put in place. */
  readonly asked: Bell
  /** How long a config is on trial. */
  readonly trialMs?: number
}

const TRIAL_MS = 60_000

/** A config to run by, and how the barn stood before it. */
interface Turn {
  readonly chosen: Chosen
  readonly before: Health | null
}

/** Runs until the signal aborts; rejects when a part that everything needs cannot start. */
export async function run(
  configs: Configs,
  world: World,
  notifier: Notifier,
  signal: AbortSignal,
): Promise<void> {
  using _lock = lockState(lockFile(world.stateDir))
  using note = noteRun({ ...world, utcMs: world.clock.utcMs })
  const outerFaults = () => ({ configFault: configs.life.fault, memoryFault: note.fault })
  const telling: World = { ...world, outerFaults }
  let turn: Turn | undefined = { chosen: configs.first, before: null }
  if (configs.life.fault !== null) world.log.error({ code: 'CONFIG_INVALID' }, configs.life.fault)
  while (turn) {
    if (isRestored(world)) turn = { chosen: configs.life.start(), before: null }
    turn = await runBy(turn, configs, telling, notifier, signal)
  }
  await notifier.send('STOPPING=1')
}

/** Whether a backup has taken the place of what was there: nothing of it is open now. Throws `STATE_DIR`. */
function isRestored({ stateDir, log }: World): boolean {
  const last = putInPlace(stateDir)
  if (last?.isDone === true) log.info({ before: last.detail }, 'a backup was put in place')
  if (last?.isDone === false)
    log.error({ code: 'BACKUP_REFUSED', why: last.detail }, 'no backup was restored')
  return last?.isDone === true
}

/** The barn by one config, until it is asked to stop or to go on by another. */
async function runBy(
  { chosen, before }: Turn,
  configs: Configs,
  world: World,
  notifier: Notifier,
  signal: AbortSignal,
): Promise<Turn | undefined> {
  const { life } = configs
  const { log } = world
  for (const warning of chosen.loaded.warnings) log.warn({}, warning)
  tryNote(() => life.begin(chosen), log)
  let barn: Barn | undefined
  try {
    barn = await startUnlessStopped(chosen.loaded, world, signal)
  } catch (thrown) {
    const good = chosen.isTrial ? life.refuse(chosen, asBarnboxError(thrown).message) : undefined
    if (!good) throw thrown
    log.error({ code: asBarnboxError(thrown).code, err: thrown }, 'the barn does not start with this config')
    return { chosen: good, before: null }
  }
  if (!barn) return undefined
  await using running = barn
  const ended = new AbortController()
  using _ended = { [Symbol.dispose]: () => ended.abort() }
  const { length: cameras } = chosen.loaded.config.cameras
  log.info({ port: running.port, cameras, version: world.version }, 'barnbox runs')
  await notifier.send('READY=1')
  const { watchdogMs } = notifier
  const either = AbortSignal.any([signal, ended.signal])
  if (watchdogMs !== null) void feedWatchdog(running, watchdogMs, notifier, world, either)
  // Awaited here: the barn ends with this block.
  return await untilAnother({ chosen, before }, running, configs, world, signal)
}

/** Waits for another config, while it is on trial also for the time when it must have proved itself. */
async function untilAnother(
  { chosen, before }: Turn,
  barn: Barn,
  { life, asked, trialMs = TRIAL_MS }: Configs,
  { log, clock, stateDir }: World,
  signal: AbortSignal,
): Promise<Turn | undefined> {
  let dueMs = chosen.isTrial ? clock.monoMs() + trialMs : Number.POSITIVE_INFINITY
  while (!signal.aborted) {
    if (await isRungBefore(dueMs - clock.monoMs(), asked, signal)) {
      if (isConfirmed(stateDir)) return { chosen, before: null }
      const next = life.reread(chosen)
      if (next) {
        log.info({ changes: next.diff, trial: next.chosen.isTrial }, 'goes on by the config as it is now')
        return { chosen: next.chosen, before: barn.health() }
      }
      log.error({ code: 'CONFIG_INVALID' }, life.fault ?? '')
      continue
    }
    if (signal.aborted) break
    const why = whatIsWorse(before, barn.health())
    if (why === null) {
      tryNote(() => life.proven(chosen), log)
      log.info({}, 'the config has proved itself')
      dueMs = Number.POSITIVE_INFINITY
      continue
    }
    const good = life.refuse(chosen, why)
    if (good) {
      log.error({ code: 'CONFIG_INVALID' }, life.fault ?? '')
      return { chosen: good, before: null }
    }
    // There is nothing to go back to yet: it goes on, and is looked at again.
    dueMs = clock.monoMs() + trialMs
  }
  return undefined
}

/** Whether somebody asked within the time. */
async function isRungBefore(leftMs: number, asked: Bell, signal: AbortSignal): Promise<boolean> {
  if (leftMs === Number.POSITIVE_INFINITY) return asked.rung(signal)
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), Math.max(0, leftMs))
  try {
    return await asked.rung(AbortSignal.any([signal, over.signal]))
  } finally {
    clearTimeout(timer)
  }
}

/** What cannot be noted is no reason not to watch. */
function tryNote(work: () => void, log: World['log']): void {
  try {
    work()
  } catch (error) {
    log.warn({ err: error }, 'how the config stands cannot be noted')
  }
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
  loaded: Chosen['loaded'],
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
