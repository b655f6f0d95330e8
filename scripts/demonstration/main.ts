/**
 * Shows barnbox at work: a real RTSP camera with moving horses, and the daemon on it.
 *
 *   scripts/demo [--check] [--video FILE] [--port N]
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultCache, main as makeFootage, panFootage } from '../footage.ts'
import { newStateDir, startBox } from './box.ts'
import { checkPan, checkVideo, demoConfig } from './check.ts'
import { startRtspCamera } from './rtsp.ts'

const ending = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort())

/** The footage to play: the panned photo, or the given video made servable. Made once, kept in the cache. */
async function footage(video: string | undefined): Promise<string> {
  if (video === undefined) return panFootage(ending.signal)
  mkdirSync(defaultCache(), { recursive: true })
  const out = join(defaultCache(), cacheName(video))
  const code = await makeFootage(['video', '--video', video, '--out', out], ending.signal)
  if (code !== 0) throw new Error('the footage could not be made')
  return out
}

/** Another file of the same name, or one that was changed, is another footage. */
function cacheName(video: string): string {
  const { size, mtimeMs } = statSync(video)
  const key = createHash('sha256')
    .update(`${resolve(video)} ${size} ${mtimeMs}`)
    .digest('hex')
  return `${basename(video)}-${key.slice(0, 10)}.mp4`
}

/** From a warm start the check of the demo's own footage (70 s) is over by then, or has failed. */
const checkSeconds = 118

async function check(video: string | undefined): Promise<number> {
  const file = await footage(video)
  const { figures, failures } =
    video === undefined
      ? await checkPan(file, AbortSignal.any([ending.signal, AbortSignal.timeout(checkSeconds * 1000)]))
      : await checkVideo(file, ending.signal)
  process.stdout.write(`${JSON.stringify({ ...figures, ok: failures.length === 0 })}\n`)
  for (const failure of failures) process.stderr.write(`demo: ${failure}\n`)
  return failures.length === 0 ? 0 : 1
}

async function show(video: string | undefined, port: number): Promise<number> {
  await using camera = await startRtspCamera({ '/demo': await footage(video) })
  const config = demoConfig(camera, '/demo', { http: { port } })
  using state = newStateDir()
  await using box = await startBox({ config, stateDir: state.path }).catch((error: Error) => {
    if (!error.message.includes('PORT_IN_USE')) throw error
    throw new Error(`port ${port} is taken, perhaps by another demo: choose one with --port N`)
  })
  process.stdout.write(
    `barnbox watches ${camera.url('/demo')}\nOpen ${box.url} in a browser. Ctrl-C ends it.\n`,
  )
  await new Promise((resolve) => ending.signal.addEventListener('abort', resolve, { once: true }))
  return 0
}

/** What was asked for, or a line of what is wrong with it. */
function parse(args: string[]): { check: boolean; video: string | undefined; port: number } {
  const { values } = parseArgs({
    args,
    options: {
      check: { type: 'boolean', default: false },
      video: { type: 'string' },
      port: { type: 'string', default: '8480' },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is no port`)
  if (values.video !== undefined && !existsSync(values.video))
    throw new Error(`${values.video} does not exist`)
  return { check: values.check, video: values.video, port }
}

try {
  const asked = parse(process.argv.slice(2))
  process.exitCode = await (asked.check ? check(asked.video) : show(asked.video, asked.port))
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
