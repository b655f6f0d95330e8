/**
 * Which ffmpeg this box uses: the configured one, the system's, or that of the npm package `ffmpeg-static`.
 * Each is proven by running it before it is believed.
 */
import { realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { captureOutput } from '../lib/child.ts'
import { BarnboxError } from '../lib/errors.ts'
import { findExecutable, isExecutable } from '../lib/executable.ts'
import { type Log, silentLog } from '../lib/log.ts'
import type { FfmpegVersion } from './arguments.ts'

export interface FfmpegPath extends FfmpegVersion {
  readonly path: string
  readonly from: 'config' | 'system' | 'ffmpeg-static'
  /** As ffmpeg says it: `5.1.9-0+deb12u1`. */
  readonly version: string
  /** Whether it can decode H.264 and H.265. */
  readonly h264: boolean
  readonly hevc: boolean
}

export interface FfmpegSearch {
  readonly configured?: string | undefined
  readonly pathList?: string | undefined
  /** The path that `ffmpeg-static` names, or undefined where the package is absent. */
  readonly resolveStatic?: () => string | undefined
  /** How long one may take to show itself. */
  readonly proofMs?: number
  readonly log?: Log
}

/** Builds from git have no number (`N-109468-gd39b34123d`): they are newer than what asks. */
const NEWEST: FfmpegVersion = { major: 99, minor: 0 }
/** Right after the box has started, two hundred MB of libraries come from what may be a slow disk. */
const PROOF_MS = 60_000

/** The first ffmpeg that runs; `FFMPEG_MISSING` names every place tried and what was wrong with it. */
export async function findFfmpeg(search: FfmpegSearch, signal: AbortSignal): Promise<FfmpegPath> {
  const { configured, pathList, proofMs = PROOF_MS, log = silentLog } = search
  const tried: string[] = []
  const proven = new Set<string>()
  const places: [FfmpegPath['from'], string, () => Promise<string | undefined> | string | undefined][] = [
    ['config', configured ?? '', () => configured],
    ['system', 'ffmpeg on PATH', () => findExecutable('ffmpeg', pathList ?? process.env['PATH'])],
    ['ffmpeg-static', "the npm package ffmpeg-static's", search.resolveStatic ?? resolveFfmpegStatic],
  ]
  for (const [from, words, locate] of places) {
    const path = await locate()
    if (path === undefined) {
      if (from !== 'config') tried.push(`${words}: not there`)
      continue
    }
    // What hangs would be waited for twice.
    const real = await realpath(path).catch(() => path)
    if (proven.has(real)) continue
    proven.add(real)
    const found = await prove(path, from, { log, timeoutMs: proofMs }, signal)
    if (typeof found !== 'string') {
      if (tried.length > 0 && configured) log.warn({ tried, path }, 'the configured ffmpeg does not run')
      return found
    }
    tried.push(`${path}: ${found}`)
  }
  throw new BarnboxError('FFMPEG_MISSING', `no ffmpeg that runs (${tried.join('; ')})`, {
    context: { tried },
  })
}

/** The program as it showed itself, or what is wrong with it. */
async function prove(
  path: string,
  from: FfmpegPath['from'],
  options: { readonly log: Log; readonly timeoutMs: number },
  stopped: AbortSignal,
): Promise<FfmpegPath | string> {
  if (!(await isExecutable(path))) return 'no program there'
  const late = AbortSignal.timeout(options.timeoutMs)
  const signal = AbortSignal.any([stopped, late])
  const hangs = () => late.aborted && !stopped.aborted
  const silent = `has not answered within ${Math.ceil(options.timeoutMs / 1000)} s: it hangs`
  const said = await captureOutput(path, ['-version'], options, signal)
  if (hangs()) return silent
  const version = /^ffmpeg version (\S+)/.exec(said.stdout)?.[1]
  if (said.code !== 0 || version === undefined) return 'does not answer -version as ffmpeg does'
  const decoders = await captureOutput(path, ['-hide_banner', '-decoders'], options, signal)
  if (hangs()) return silent
  const decodes = (codec: string) => new RegExp(`^ V\\S* ${codec} `, 'm').test(decoders.stdout)
  return { path, from, version, ...parseVersion(version), h264: decodes('h264'), hevc: decodes('hevc') }
}

export function parseVersion(text: string): FfmpegVersion {
  const numbers = /^n?(\d{1,2})\.(\d+)/.exec(text)
  return numbers ? { major: Number(numbers[1]), minor: Number(numbers[2]) } : NEWEST
}

function resolveFfmpegStatic(): string | undefined {
  try {
    const path: unknown = createRequire(import.meta.url)('ffmpeg-static')
    return typeof path === 'string' ? path : undefined
  } catch {
    return undefined
  }
}
