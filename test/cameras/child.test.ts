import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type ChildOptions, captureOutput, runChild, SILENT } from '../../daemon/lib/child.ts'
import { createLog, silentLog } from '../../daemon/lib/log.ts'
import { makeClip, noGst, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { childrenOf, survivors } from './harness.ts'

const fixture = fileURLToPath(new URL('fixtures/child.ts', import.meta.url))
const parentFixture = fileURLToPath(new URL('fixtures/parent.ts', import.meta.url))

function fixtureChild(env: Record<string, string>, more: Partial<ChildOptions> = {}): ChildOptions {
  const all = { ...process.env, ...env }
  const args = [fixture]
  return { command: process.execPath, args, env: all, log: silentLog, onStdout: () => {}, ...more }
}

t.test('an end by itself is told with code and the last of stderr', async (t) => {
  const noise = `${'n'.repeat(9_000)}the end`
  const end = await runChild(fixtureChild({ EXIT: '3', NOISE: noise }), new AbortController().signal)
  t.match(end, { code: 3, signal: null, reason: 'exited' })
  t.equal(end.stderrTail.length, 4_096)
  t.ok(end.stderrTail.endsWith('the end'))
  t.ok(end.ranForMs > 0)
})

for (const [name, setpriv] of [
  ['through setpriv', undefined],
  ['directly', null],
] as const) {
  t.test(`a program that is not there: spawn-failed, ${name}`, async (t) => {
    const options = { command: '/nowhere/at-all', args: [], log: silentLog, onStdout: () => {} }
    const end = await runChild(
      { ...options, ...(setpriv === null && { setpriv }) },
      new AbortController().signal,
    )
    t.equal(end.reason, 'spawn-failed')
    t.match(end.stderrTail, /nowhere/)
  })
}

t.test('a child that ignores SIGTERM is killed after the grace', async (t) => {
  const stop = new AbortController()
  const onStdout = () => stop.abort()
  const options = fixtureChild({ IGNORE_TERM: '1', STAY: '30' }, { onStdout, graceMs: 300 })
  const end = await runChild(options, stop.signal)
  t.match(end, { code: null, signal: 'SIGKILL', reason: 'stopped' })
  t.ok(end.ranForMs < 5_000)
})

t.test('the reason of the abort tells silence from a stop', async (t) => {
  const stop = new AbortController()
  const onStdout = () => stop.abort(SILENT)
  const end = await runChild(fixtureChild({ STAY: '30' }, { onStdout }), stop.signal)
  t.match(end, { signal: 'SIGTERM', reason: 'silent' })
})

t.test('the models’ large pages are not for a child', async (t) => {
  const said: Uint8Array[] = []
  const options = {
    command: 'env',
    args: [],
    log: silentLog,
    onStdout: (piece: Uint8Array) => void said.push(piece),
  }
  const env = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1', KEPT: 'oats' }
  await runChild({ ...options, env }, new AbortController().signal)
  t.match(String(Buffer.concat(said)), 'KEPT=oats')
  t.notMatch(String(Buffer.concat(said)), 'GLIBC_TUNABLES')
})

t.test('an aborted signal starts nothing', async (t) => {
  const end = await runChild(fixtureChild({ STAY: '30' }), AbortSignal.abort())
  t.match(end, { reason: 'stopped', ranForMs: 0 })
})

t.test('a reader that is busy holds the child back, and nothing is lost', async (t) => {
  let bytes = 0
  let busy = 0
  const onStdout = async (chunk: Uint8Array) => {
    busy += 1
    t.equal(busy, 1, 'one piece at a time')
    bytes += chunk.length
    await new Promise((resolve) => setTimeout(resolve, 1))
    busy -= 1
  }
  await runChild(fixtureChild({ CHUNKS: '20' }, { onStdout }), new AbortController().signal)
  t.ok(bytes > 20 * 60_000)
})

t.test('a stopped child whose full pipe nobody reads still ends at SIGTERM', async (t) => {
  const stop = new AbortController()
  const onStdout = () => {
    stop.abort()
    return new Promise<void>(() => {})
  }
  const end = await runChild(fixtureChild({ CHUNKS: '50', STAY: '30' }, { onStdout }), stop.signal)
  t.match(end, { signal: 'SIGTERM', reason: 'stopped' })
})

t.test('captured output is bounded', async (t) => {
  const said = await captureOutput(
    process.execPath,
    [fixture],
    { log: silentLog, timeoutMs: 10_000, env: { ...process.env, CHUNKS: '3' }, mostBytes: 10 },
    new AbortController().signal,
  )
  t.equal(said.stdout, 'chunk 0 xx')
})

/** Starts the parent fixture, waits until its child is at work, and kills the parent. */
async function killParent(env: Record<string, string>, beforeKill?: () => Promise<void>): Promise<number[]> {
  const parent: ChildProcess = spawn(process.execPath, [parentFixture], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!parent.stdout || parent.pid === undefined) throw new Error('no parent')
  await once(parent.stdout, 'data')
  await beforeKill?.()
  const children = await childrenOf(parent.pid)
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  return children
}

t.test('L22: kill -9 of the parent leaves no child', async (t) => {
  const children = await killParent({})
  t.equal(children.length, 1)
  t.same(await survivors(children, 2_000), [])
})

t.test('without the parent-death signal the same child survives: the test can fail', async (t) => {
  const children = await killParent({ NO_SETPRIV: '1' })
  t.equal(children.length, 1)
  t.same(await survivors(children, 300), children)
  for (const pid of children) process.kill(pid, 'SIGKILL')
  t.same(await survivors(children, 2_000), [])
})

for (const [name, env, skip] of [
  ['ffmpeg', {}, await noRtsp()],
  ['GStreamer', { GSTREAMER: '1' }, (await noRtsp()) || (await noGst())],
] as const) {
  t.test(`kill -9 of the parent leaves no ${name}, streaming or frozen`, { skip }, async (t) => {
    await using rtsp = await startRtspCamera({ '/cam': await makeClip() })
    const streaming = await killParent({ CAMERA_URL: rtsp.url('/cam'), ...env })
    t.equal(streaming.length, 1)
    t.same(await survivors(streaming, 2_000), [])
    const frozen = await killParent({ CAMERA_URL: rtsp.url('/cam'), ...env }, () => rtsp.command('freeze'))
    t.equal(frozen.length, 1)
    t.same(await survivors(frozen, 2_000), [])
  })
}

t.test('a missing setpriv is said once', async (t) => {
  const lines: string[] = []
  const code = `import { runChild } from ${JSON.stringify(new URL('../../daemon/lib/child.ts', import.meta.url).href)}
import { createLog } from ${JSON.stringify(new URL('../../daemon/lib/log.ts', import.meta.url).href)}
const options = { command: process.execPath, args: ['--version'], log: createLog('info'), onStdout: () => {} }
for (let n = 0; n < 2; n += 1) await runChild(options, new AbortController().signal)`
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  const said = await captureOutput(
    process.execPath,
    ['--input-type=module', '--eval', code],
    { log, timeoutMs: 10_000, env: { PATH: '/nowhere' } },
    new AbortController().signal,
  )
  t.same(lines, [], 'here setpriv is there')
  t.equal(said.stdout.match(/setpriv of util-linux is missing/g)?.length, 1)
})
