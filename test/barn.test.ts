/**
 * What a barn does while parts of it are missing.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { startBarn } from '../daemon/barn.ts'
import { loadConfig } from '../daemon/config/load.ts'
import { systemClock } from '../daemon/lib/clock.ts'
import { silentLog } from '../daemon/lib/log.ts'
import { mainFile } from '../scripts/testing/program.ts'
import { parseExposition } from './support/exposition.ts'

async function folder(t: Test, config: object): Promise<{ stateDir: string; file: string }> {
  const stateDir = await mkdtemp(join(tmpdir(), 'barnbox-barn-'))
  t.teardown(() => rm(stateDir, { recursive: true, force: true }))
  const file = join(stateDir, 'barnbox.yaml')
  const yard = { id: 'yard', url: 'rtsp://127.0.0.1:9/yard' }
  await writeFile(file, JSON.stringify({ cameras: [yard], http: { port: 0 }, ...config }))
  return { stateDir, file }
}

/** The lines of the daemon's log until it serves, all parsed. */
async function untilItRuns(child: ChildProcess): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = []
  if (child.stdout === null) throw new Error('there is no log to read')
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line))
    if (lines.at(-1)?.['msg'] === 'barnbox runs') return lines
  }
  throw new Error(`it does not run: ${JSON.stringify(lines)}`)
}

t.test('without ffmpeg and models the page is there, says so, and a stop is a clean one', async (t) => {
  const { stateDir, file } = await folder(t, { vision: { detector: '/nowhere/no-such-model.onnx' } })
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, [mainFile, 'run', '--config', file], {
    env: { ...env, BARNBOX_STATE_DIR: stateDir, PATH: '/nowhere' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines = await untilItRuns(child)
  const codes = lines.flatMap(({ code }) => code ?? [])
  t.same(codes, ['MODEL_MISSING', 'FFMPEG_MISSING'])
  const url = `http://127.0.0.1:${lines.at(-1)?.['port']}`
  const ready = await fetch(`${url}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), {
    checks: { registry: 'ok', models: /no-such-model/, cameras: /^ffmpeg is missing: / },
  })
  t.match(await (await fetch(`${url}/api/v1/cameras`)).json(), {
    cameras: [{ id: 'yard', state: 'down', detail: /^ffmpeg is missing: / }],
  })
  const metrics = parseExposition(await (await fetch(`${url}/metrics`)).text())
  t.equal(metrics.value('barnbox_fault', { part: 'ffmpeg' }), 1)
  t.equal(metrics.value('barnbox_fault', { part: 'models' }), 1)
  t.match(await (await fetch(`${url}/api/v1/system`)).json(), {
    node: process.versions.node,
    models: { detector: null, embedder: null },
    workers: null,
    cameras: [{ id: 'yard', state: 'down', frames_quiet: 0 }],
    faults: [{ part: 'models' }, { part: 'ffmpeg' }],
    ffmpeg: null,
  })
  const page = await (await fetch(url)).text()
  t.match(page, /No horse can be recognised.*no-such-model/)
  t.match(page, /No camera can be watched/)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.same(await ended, [0, null])
})

t.test('a vision worker that ends while it loads is a fault that only a restart mends', async (t) => {
  const { stateDir, file } = await folder(t, {})
  const workerUrl = new URL('data:text/javascript,process.exit(0)')
  const fatal: string[] = []
  const world = {
    clock: systemClock,
    log: silentLog,
    stateDir,
    version: 'test',
    visionWorld: { workerUrl },
    onFatal: ({ code }: { code: string }) => void fatal.push(code),
  }
  await t.rejects(startBarn(loadConfig(file, {}), world, new AbortController().signal), {
    code: 'VISION_ENDED',
  })
  t.same(fatal, ['VISION_ENDED'])
})
