/**
 * `barnbox replay`: what was seen is run again twice, as the box is set now and as is asked for, and what comes of it is shown side by
 * side. Both begin with the horses as they are known now, each in a copy of its own: nothing of the box is changed, and nobody is told.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wallClock } from '../alerts/hours.ts'
import { ringFolderOf } from '../barn-replay.ts'
import { alertsAsAsked, alertsAsWished } from '../barn-wishes.ts'
import type { Config } from '../config/schema.ts'
import { BarnboxError } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { copyDatabase } from '../registry/database.ts'
import { openRegistry, type Registry, registryFile } from '../registry/registry.ts'
import type { StreamId } from '../types.ts'
import { chosenModels } from '../vision/resolve.ts'
import { eventsOf, filesOf, type Span, type Unread } from './replay-events.ts'
import { openLooker } from './replay-look.ts'
import { type ReplayRows, rowsOf } from './replay-rows.ts'
import { type Outcome, run } from './replay-run.ts'

export interface ReplayAsk extends Span {
  /** As the box is set now. */
  readonly now: Config
  /** As it is to be tried. */
  readonly asked: Config
  readonly stateDir: string
  /** IANA, of the barn. */
  readonly zone: string
}

export interface Replay {
  readonly span: { readonly fromMs: number; readonly toMs: number }
  readonly cameras: readonly StreamId[]
  /** Pictures that were run again, in both runs. */
  readonly frames: { readonly now: number; readonly asked: number }
  readonly rows: ReplayRows
  /** What is to be known of it, in sentences. */
  readonly notes: readonly string[]
}

/** A quiet camera is looked at every ten seconds at least. */
const quietSeconds = 10.5

/** Throws `REPLAY_EMPTY` where nothing is kept that can be run. */
export async function replay(ask: ReplayAsk, signal: AbortSignal): Promise<Replay> {
  const folder = ringFolderOf(ask.stateDir)
  const isByPictures = seesOtherwise(ask)
  const of = isByPictures ? 'pictures' : 'seen'
  // The daemon goes on writing: both runs have what there is now.
  const files = await filesOf(folder, ask, of)
  const cameras = [...new Set(files.map(({ streamId }) => streamId))].sort()
  const seen = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY }
  const unread: Unread = { files: 0, records: 0 }
  const missing = { looks: 0 }
  using copies = openCopies(ask.stateDir)
  const runOf = async (wanted: Config, registry: Registry): Promise<Outcome> => {
    const wished = alertsAsWished(ask.now.alerts, registry.settings, silentLog)
    const config = { ...wanted, alerts: alertsAsAsked(wanted.alerts, ask.now.alerts, wished) }
    await using looker = await openLooker({ config, registry, isByPictures, wished: missing, ...ask }, signal)
    const events = eventsOf(folder, files, ask, unread)
    const noted = async function* () {
      for await (const event of events) {
        signal.throwIfAborted()
        seen.fromMs = Math.min(seen.fromMs, event.atMs)
        seen.toMs = Math.max(seen.toMs, event.atMs)
        yield event
      }
    }
    const wall = wallClock(ask.zone)
    const lastsSeconds = isByPictures
      ? Math.max(quietSeconds, 2.5 * ask.now.replay.picture_seconds)
      : quietSeconds
    // Awaited here: the models go with the end of this function.
    return await run(noted(), {
      config,
      registry,
      cameras,
      show: looker.show,
      by: looker.by,
      wall,
      lastsSeconds,
    })
  }
  const now = await runOf(ask.now, copies.open())
  Object.assign(unread, { files: 0, records: 0 })
  missing.looks = 0
  const asked = await runOf(ask.asked, copies.open())
  if (now.frames === 0 && asked.frames === 0)
    throw new BarnboxError('REPLAY_EMPTY', emptyBecause(cameras, now.passedOver))
  return {
    ...{ span: seen, cameras, rows: rowsOf(now, asked) },
    frames: { now: now.frames, asked: asked.frames },
    notes: notesOf({ isByPictures, unread, wished: missing.looks, passedOver: now.passedOver }),
  }
}

/** Whether other models are to look: then only pictures can tell. */
function seesOtherwise({ now, asked, stateDir }: ReplayAsk): boolean {
  const [before, after] = [now, asked].map(({ vision }) => chosenModels(vision, stateDir))
  return before?.detector !== after?.detector || before?.embedder !== after?.embedder
}

function emptyBecause(cameras: readonly StreamId[], passedOver: number): string {
  if (cameras.length === 0) return 'nothing is kept of this time and these cameras'
  return passedOver > 0
    ? 'what is kept was seen by another embedder than the horses are known by now'
    : 'nothing was seen at this time'
}

interface Doubts {
  readonly isByPictures: boolean
  readonly unread: Unread
  readonly wished: number
  readonly passedOver: number
}

function notesOf({ isByPictures, unread, wished, passedOver }: Doubts): string[] {
  return [
    ...(isByPictures
      ? ['Other models look at the kept pictures only, in both columns; they are far apart.']
      : []),
    ...(wished > 0
      ? [`${wished} looks would have been asked for that nobody took at the time; pictures without them.`]
      : []),
    ...(passedOver > 0 ? [`${passedOver} pictures were passed over: they cannot be used now.`] : []),
    ...(unread.files + unread.records > 0
      ? [`${unread.files} files and ${unread.records} records could not be read.`]
      : []),
  ]
}

/** Copies of the registry as it stands, for as long as the command lasts. */
function openCopies(stateDir: string): Disposable & { open(): Registry } {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-replay-'))
  const opened: Registry[] = []
  const first = join(folder, 'first.db')
  try {
    copyDatabase(registryFile(stateDir), first)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    open() {
      const file = join(folder, `${opened.length}.db`)
      copyFileSync(first, file)
      const registry = openRegistry(file, silentLog, 'none')
      opened.push(registry)
      return registry
    },
    [Symbol.dispose]() {
      for (const registry of opened) registry[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
