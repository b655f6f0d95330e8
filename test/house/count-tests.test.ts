/** The suite's own count: what a file did not show is no pass, however it ended; and each file runs once. */
import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { arrange } from '../../scripts/testing/lanes.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const count = (...args: string[]) => node('scripts/count-tests.ts', ...args)

function node(...args: string[]): Promise<{ code: number; lines: string[] }> {
  const quiet = '--disable-warning=ExperimentalWarning'
  const command = ['-u', 'NODE_OPTIONS', process.execPath, quiet, ...args]
  return new Promise((resolve) => {
    execFile('env', command, { cwd: root }, (error, stdout) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, lines: stdout.trimEnd().split('\n') })
    })
  })
}

const using = (text: string) => `import t from 'tap'\n${text}\n`

t.test('what really happened is counted', async (t) => {
  const folder = t.testdir({
    'good.test.ts': using(`t.pass()
      t.test('in it', async (t) => { t.ok(true); await t.test('deeper', async (t) => { t.ok(true) }) })`),
    'part.test.ts': using(`t.equal(1, 1); t.equal(1, 2); t.ok(true, 'later', { todo: true })`),
    'skipped.test.ts': using(`t.plan(0, 'no camera')`),
    'empty.test.ts': using(''),
    'mute.test.ts': 'export {}\n',
    'thrown.test.ts': `throw new Error('as it begins')\n`,
    'killed.test.ts': using(`process.kill(process.pid, 'SIGKILL')`),
    'unfinished.test.ts': using(`t.test('never', () => new Promise(() => {}))`),
    'left-out.test.ts': using(`t.fail()`),
  })
  const { code, lines } = await count(folder, `--exclude=${relative(root, folder)}/left-*.test.ts`)
  t.equal(code, 1)
  t.match(lines.at(-1), '4 passed, 6 failed')
  t.match(lines.at(-2), '2 skipped')
  const said = lines.join('\n')
  for (const words of [
    /FAILED: \S*part\.test\.ts > should be equal/,
    /FAILED: \S*empty\.test\.ts has no test/,
    /FAILED: \S*mute\.test\.ts has no test/,
    /FAILED: \S*thrown\.test\.ts ended badly: exit code 1/,
    /FAILED: \S*killed\.test\.ts ended badly: exit code SIGKILL/,
    /FAILED: \S*unfinished\.test\.ts > .*never/,
    /^skipped: \S*skipped\.test\.ts \(no camera\)$/m,
    /^skipped: \S*part\.test\.ts > later/m,
    /^ok \S*good\.test\.ts \d+$/m,
    /^NOT OK \S*part\.test\.ts \d+$/m,
  ])
    t.match(said, words)
  t.notMatch(said, /left-out/)
  t.match(await count(`${folder}/good.test.ts`), {
    code: 0,
    lines: [/^ok/, '0 skipped', '3 passed, 0 failed'],
  })
})

t.test(
  'each file runs once: those that are judged by themselves, those that wait before those that reckon',
  async (t) => {
    const files = globSync('test/**/*.test.ts', { cwd: root })
    const { judged, others } = arrange(files)
    t.equal(judged.length, 3)
    for (const file of judged) t.ok(existsSync(`${root}/${file}`))
    t.same([...judged, ...others].sort(), files.sort())
    const at = (start: string) => others.findIndex((file) => file.startsWith(start))
    t.ok(at('test/faults/') < at('test/system/') && at('test/mqtt/') < at('test/identity/'))
    t.same(arrange(['test/lib/bell.test.ts']), { judged: [], others: ['test/lib/bell.test.ts'] })
  },
)

t.test('what is made ready for a run is what is loaded, each line in its place', async (t) => {
  const folder = t.testdir({
    'make.ts': `import { makeReady } from '${root}scripts/testing/ready.ts'
      console.log(JSON.stringify(await makeReady(process.argv[2] ?? '')))`,
    'ask.ts': `import t from 'tap'
      import { readVersion } from '${root}daemon/lib/version.ts'
      import { systemClock } from '${root}daemon/lib/clock.ts'
      t.equal(readVersion(), 'ready' as string)
      t.type(systemClock.utcMs(), 'number')`,
    ready: {},
  })
  const ready = join(folder, 'ready')
  const { code, lines } = await node(join(folder, 'make.ts'), ready)
  t.equal(code, 0)
  const clock = readFileSync(join(ready, 'daemon/lib/clock.ts'), 'utf8')
  const places = (text: string) => text.split('\n').map((line) => line.indexOf('utcMs'))
  t.notMatch(clock, /: Clock/)
  t.same(places(clock), places(readFileSync(join(root, 'daemon/lib/clock.ts'), 'utf8')))
  writeFileSync(join(ready, 'daemon/lib/version.ts'), "export const readVersion = () => 'ready'")
  const asked = await node(...(JSON.parse(lines[0] ?? '[]') as string[]), join(folder, 'ask.ts'))
  t.equal(asked.code, 0, asked.lines.join('\n'))
  t.equal((await node(join(folder, 'ask.ts'))).code, 1, 'and nowhere else')
})
