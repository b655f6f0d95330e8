/**
 * What `barnbox replay` is asked for on the command line, and how it answers.
 */
import type { Loaded } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { BarnboxError } from '../lib/errors.ts'
import { taskOf } from './models-try.ts'
import { type Replay, replay } from './replay.ts'
import { replayText } from './replay-text.ts'

export interface ReplayFlags {
  readonly config?: string
  /** Another config, to be tried. */
  readonly with?: string
  readonly set?: readonly string[]
  readonly threshold?: number
  readonly model?: string
  readonly from?: string
  readonly to?: string
  readonly camera?: readonly string[]
  readonly json?: boolean
}

interface Place {
  readonly stateDir: string
  readonly say: (text: string) => void
  /** The config of a file, the box's where none is named, with some settings in the form of the environment. */
  readonly load: (file: string | undefined, more: Readonly<Record<string, string>>) => Loaded
}

/** Throws `BAD_REQUEST`, `REPLAY_EMPTY` and what loading a config throws. */
export async function sayReplay(
  flags: ReplayFlags,
  { stateDir, say, load }: Place,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { config, from, to, camera: cameras = [], json } = flags
  const now = load(config, {}).config
  const asked = askedConfig(flags, stateDir, (more) => load(flags.with ?? config, more).config)
  const span = {
    fromMs: from === undefined ? 0 : timeOf(from, nowMs),
    toMs: to === undefined ? Number.MAX_SAFE_INTEGER : timeOf(to, nowMs),
    cameras,
  }
  if (span.fromMs >= span.toMs) throw new BarnboxError('BAD_REQUEST', '--from must be before --to')
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const result = await replay({ ...span, now, asked, stateDir, zone }, signal).catch((thrown: unknown) => {
    // What a stop cut short is no fault.
    if (!signal.aborted) throw thrown
  })
  if (!result) return
  say(json ? JSON.stringify(replayJson(result)) : replayText(result, clockIn(zone)))
}

function askedConfig(
  { set = [], threshold, model }: ReplayFlags,
  stateDir: string,
  load: (more: Readonly<Record<string, string>>) => Config,
): Config {
  const pairs = set.map((one): [string, string] => {
    const [, key, value] = /^([a-z0-9_.]+)=(.*)$/i.exec(one) ?? []
    if (key === undefined || value === undefined)
      throw new BarnboxError('BAD_REQUEST', `--set wants a key and a value like identity.margin=0.05: ${one}`)
    return [`BARNBOX__${key.replaceAll('.', '__').toUpperCase()}`, value]
  })
  const loaded = load(Object.fromEntries(pairs))
  const task = model === undefined ? undefined : taskOf(stateDir, model)
  const models = task === undefined ? {} : { [task === 'detect' ? 'detector' : 'embedder']: model }
  return {
    ...loaded,
    vision: { ...loaded.vision, ...(threshold !== undefined && { threshold }), ...models },
  }
}

/** `8h`: so many hours ago; else a time as ISO 8601 has it, in the zone of this machine where it names none. */
export function timeOf(text: string, nowMs: number): number {
  const [, hours] = /^(\d+(?:\.\d+)?)h$/.exec(text) ?? []
  const ms = hours === undefined ? Date.parse(text) : nowMs - Number(hours) * 3_600_000
  if (Number.isFinite(ms)) return ms
  throw new BarnboxError('BAD_REQUEST', `${text} is no time like 2026-11-22T18:00, nor hours ago like 8h`)
}

/** `2026-11-22 18:00:05` on the clock of a zone. */
export function clockIn(zone: string): (utcMs: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return (utcMs) => format.format(utcMs)
}

const iso = (ms: number) => new Date(ms).toISOString()

function replayJson({ span, cameras, frames, rows, notes }: Replay) {
  const spanOf = (told: { fromMs: number; toMs: number | null } | null) =>
    told && { from: iso(told.fromMs), to: told.toMs === null ? null : iso(told.toMs) }
  return {
    ...{ from: iso(span.fromMs), to: iso(span.toMs), cameras, pictures: frames, notes },
    horses: rows.horses.map(({ horse, name, isNew, now, asked }) => ({
      ...{ horse, name, is_new: isNew, minutes: { now, asked } },
    })),
    nobody_known: { minutes: rows.unknown },
    alerts: rows.alerts.map(({ now, asked, ...about }) => ({
      ...about,
      ...{ now: spanOf(now), asked: spanOf(asked) },
    })),
  }
}
