/**
 * Runs test files, some beside each other, and counts what really happened: a file that was killed or ran no test is a failure too.
 *
 *   node scripts/count-tests.ts [--exclude=GLOB] [FILE...]
 *
 * Without files it runs all. Not by tap's own runner: that one takes files by the alphabet, and puts a loader under each of them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, matchesGlob, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FinalResults, Parser, type Result } from 'tap-parser'
import { arrange } from './testing/lanes.ts'
import { offerProgram } from './testing/program.ts'
import { makeReady } from './testing/ready.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** So long a test waits where it says nothing else, and so long a file may take in any case. */
const patienceSeconds = 240
const mostMs = 600_000
/** Fewer files are through before what would save them time is made. */
const many = 20

// The tests' folders go with the run.
const temporary = mkdtempSync(join(tmpdir(), 'barnbox-tests-'))
// PostgreSQL refuses to be run by root: as another user it has to get to its own folder in here.
chmodSync(temporary, 0o711)
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }))
const running = new Set<ChildProcess>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal)
    process.exit(1)
  })
}
const counts = { passed: 0, failed: 0, skipped: 0 }

function skip(what: string, why: string): void {
  counts.skipped++
  process.stdout.write(`skipped: ${what} (${why})\n`)
}

/** Files with a failure; what fails in one says nothing of those that run beside it. */
const failing = new Set<string>()
/** Told once more at the end: whoever keeps only the last lines of a long run has to see what failed. */
const failures: string[] = []

function fail(file: string, what: string): void {
  counts.failed++
  failing.add(file)
  const said = `FAILED: ${file}${what}\n`
  failures.push(said)
  process.stdout.write(said)
}

function count(result: Result, file: string): void {
  // What is still to be done has not been shown: it is no pass.
  const left = result.skip || result.todo
  if (left) skip(`${file} > ${result.fullname}`, String(left))
  else if (result.ok) counts.passed++
  else fail(file, ` > ${result.fullname}\n${JSON.stringify(result.diag ?? {}, null, 2)}`)
}

/** Counts the assertions at the leaves; a point that only sums up its subtest is not one. */
function follow(parser: Parser, file: string): void {
  let sums = false
  parser.on('child', (child: Parser) => {
    sums = true
    follow(child, file)
  })
  parser.on('assert', (result: Result) => {
    if (!sums) count(result, file)
    sums = false
  })
}

/** The parser's reason for skipping a file that asserts nothing. */
const emptyFile = 'no tests found'

/** What is to be said of a file beyond its assertions: that it was skipped, is empty, or died. */
function countFile(file: string, { ok, plan }: FinalResults, end: string | null): void {
  if (end === null && plan.skipAll && plan.skipReason !== emptyFile) skip(file, plan.skipReason)
  else if (end === null && plan.skipAll) fail(file, ' has no test')
  else if ((end !== null || !ok) && !failing.has(file))
    fail(file, ` ended badly: ${end ?? 'its plan was not kept'}`)
}

/** `nice`: whoever runs beside it comes first. */
async function runFile(file: string, way: 'usual' | 'nice'): Promise<void> {
  const startedMs = performance.now()
  const [command, ...args] = [
    ...(way === 'nice' ? ['nice', '-n', '19'] : []),
    process.execPath,
    ...ready,
    file,
  ]
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: mostMs,
    killSignal: 'SIGKILL',
    env: environment,
  })
  running.add(child)
  const parser = new Parser()
  follow(parser, file)
  parser.on('bailout', (reason: string) => process.stdout.write(`bailed out: ${reason}\n`))
  const told = new Promise<FinalResults>((resolve) => parser.on('complete', resolve))
  child.stdout.pipe(parser)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on('close', (...end) => resolve(end)),
  )
  running.delete(child)
  const end = code === 0 ? null : `exit code ${code ?? signal}`
  countFile(file, await told, end)
  const ms = Math.round(performance.now() - startedMs)
  process.stdout.write(`${failing.has(file) ? 'NOT OK' : 'ok'} ${file} ${ms}\n`)
}

async function lane(next: () => string | undefined, way: 'usual' | 'nice' = 'usual'): Promise<void> {
  for (let file = next(); file !== undefined; file = next()) await runFile(file, way)
}

function wantedFiles(args: readonly string[]): string[] {
  const excluded = args.filter((arg) => arg.startsWith('--exclude=')).map((arg) => arg.slice(10))
  const named = args.filter((arg) => !arg.startsWith('--'))
  const inFolder = (path: string) =>
    statSync(path).isDirectory() ? globSync(`${path}/**/*.test.ts`, { cwd: root }) : [path]
  return (named.length > 0 ? named : [join(root, 'test')])
    .flatMap((path) => inFolder(resolve(path)))
    .map((path) => relative(root, path))
    .filter((file) => !excluded.some((glob) => matchesGlob(file, glob)))
}

const program = await offerProgram(join(temporary, 'program')).catch((error: Error) => {
  fail('the program', ` could not be built: ${error.message}`)
  return {}
})
const environment = { ...process.env, ...program, TMPDIR: temporary, TAP_TIMEOUT: String(patienceSeconds) }
const files = wantedFiles(process.argv.slice(2))
const ready = files.length < many ? [] : await makeReady(join(temporary, 'ready'))
const { judged, others } = arrange(files)
let isJudging = judged.length > 0
const judging = lane(() => judged.shift()).finally(() => {
  isJudging = false
})
await Promise.all([judging, lane(() => (isJudging ? others.pop() : undefined), 'nice')])
const [long, short] = [() => others.shift(), () => others.pop()]
await Promise.all([lane(long), lane(long), lane(short), lane(short)])
if (counts.passed + counts.failed === 0) counts.failed++
process.stdout.write(failures.join(''))
process.stdout.write(`${counts.skipped} skipped\n${counts.passed} passed, ${counts.failed} failed\n`)
process.exitCode = counts.failed === 0 ? 0 : 1
