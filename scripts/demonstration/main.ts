/**
 * Shows barnbox at work: a real RTSP camera with moving horses, and the daemon on it.
 *
 *   scripts/demo [--check] [--video FILE] [--port N]
 */
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { main as makeFootage } from '../footage.ts'
import { newStateDir, startBox } from './box.ts'
import { checkPan, checkVideo, demoConfig } from './check.ts'
import { startRtspCamera } from './rtsp.ts'

const HELP = `usage: scripts/demo [--check] [--video FILE] [--port N]

Starts a real RTSP camera that pans over horses, and barnbox on it, and prints the page's address.

  --check        runs without a page: exits 0 when horses were found and kept their ids after coming back and after
                 a restart; prints one JSON line with the figures
  --video FILE   plays FILE instead (with --check: three times)
  --port N       where the page is served (default 8480)
`

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    video: { type: 'string' },
    port: { type: 'string', default: '8480' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const ending = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort())

/** The footage to play: the panned photo, or the given video made servable. Made once, kept in the cache. */
async function footage(video: string | undefined): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'barnbox')
  mkdirSync(cache, { recursive: true })
  const out = join(cache, video === undefined ? 'pan.mp4' : `${basename(video)}.demo.mp4`)
  const what = video === undefined ? ['pan'] : ['video', '--video', video]
  const code = await makeFootage([...what, '--out', out], ending.signal)
  if (code !== 0) throw new Error('the footage could not be made')
  return out
}

async function check(video: string | undefined): Promise<number> {
  const file = await footage(video)
  const { figures, failures } = await (video === undefined
    ? checkPan(file, ending.signal)
    : checkVideo(file, ending.signal))
  process.stdout.write(`${JSON.stringify({ ...figures, ok: failures.length === 0 })}\n`)
  for (const failure of failures) process.stderr.write(`demo: ${failure}\n`)
  return failures.length === 0 ? 0 : 1
}

async function show(video: string | undefined, port: number): Promise<number> {
  await using camera = await startRtspCamera({ '/demo': await footage(video) })
  const config = demoConfig(camera, '/demo', { http: { port } })
  using state = newStateDir()
  await using box = await startBox({ config, stateDir: state.path })
  process.stdout.write(
    `barnbox watches ${camera.url('/demo')}\nOpen ${box.url} in a browser. Ctrl-C ends it.\n`,
  )
  await new Promise((resolve) => ending.signal.addEventListener('abort', resolve, { once: true }))
  return 0
}

if (values.help) {
  process.stdout.write(HELP)
} else {
  try {
    process.exitCode = await (values.check ? check(values.video) : show(values.video, Number(values.port)))
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
