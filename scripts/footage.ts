/**
 * Makes the demo's footage.
 *
 *   footage.ts pan --out FILE.mp4 [--truth FILE.json] [--cache DIR] [--ffmpeg PATH]
 *   footage.ts video --video FILE --out FILE.mp4 [--ffmpeg PATH]
 */
import { mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findFfmpeg } from '../daemon/cameras/ffmpeg.ts'
import { bringPhotos } from './footage/photos.ts'
import { truth } from './footage/plan.ts'
import { renderPan, transcode, writeJson } from './footage/render.ts'

export { FPS, FRAMES, SEGMENTS, type TruthFrame, truth, truthAt } from './footage/plan.ts'

const HELP = `Makes the demo's footage.

  footage.ts pan --out FILE.mp4 [--truth FILE.json]   pans over two photos of Debian's package gcompris-qt-data
  footage.ts video --video FILE --out FILE.mp4        makes any video servable (H.264, closed groups, no B-frames)

  --truth FILE    where each horse is in each frame, as JSON
  --cache DIR     where the photos are kept (default: $XDG_CACHE_HOME/barnbox)
  --ffmpeg PATH   the ffmpeg to use (default: found by itself)
  --force         makes it again although the file is there

What is there already and newer than its source is left as it is.
`

/** Runs the command line; returns the exit code. */
export async function main(args: string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      truth: { type: 'string' },
      video: { type: 'string' },
      cache: { type: 'string' },
      ffmpeg: { type: 'string' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const command = positionals[0]
  if (values.help || values.out === undefined || (command !== 'pan' && command !== 'video')) {
    process.stdout.write(HELP)
    return values.help ? 0 : 64
  }
  const { path } = await findFfmpeg({ configured: values.ffmpeg }, signal)
  if (command === 'video') {
    if (values.video === undefined) throw new Error('--video FILE is missing')
    if (values.force || !(await isNewer(values.out, values.video, sourceOf('render'))))
      await transcode(values.video, values.out, path, signal)
    return 0
  }
  if (values.force || !(await isNewer(values.out, sourceOf('plan'), sourceOf('render')))) {
    const photos = await bringPhotos(values.cache ?? defaultCache(), signal)
    await renderPan(photos, values.out, path, signal)
  }
  if (values.truth !== undefined) await writeJson(values.truth, truth())
  return 0
}

/** Where photos and footage are kept from run to run. */
export function defaultCache(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'barnbox')
}

/** The demo's own footage, made first where needed; answers its file. */
export async function panFootage(signal: AbortSignal): Promise<string> {
  const file = join(defaultCache(), 'pan.mp4')
  await mkdir(defaultCache(), { recursive: true })
  if ((await main(['pan', '--out', file], signal)) !== 0) throw new Error('the footage could not be made')
  return file
}

function sourceOf(part: string): string {
  return fileURLToPath(new URL(`footage/${part}.ts`, import.meta.url))
}

async function isNewer(made: string, ...sources: string[]): Promise<boolean> {
  const changed = await Promise.all(sources.map(async (source) => (await stat(source)).mtimeMs))
  const madeAt = await stat(made).catch(() => undefined)
  return madeAt !== undefined && madeAt.mtimeMs >= Math.max(...changed)
}

if (import.meta.main) {
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort())
  try {
    process.exitCode = await main(process.argv.slice(2), ending.signal)
  } catch (error) {
    process.stderr.write(`footage: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
