/**
 * Runs tap and counts what really happened: a file that was killed or ran no test is a failure too.
 *
 *   node scripts/count-tests.ts [FILE...]
 *
 * Without files it runs all: those that judge what the box does within a time come last, one at a time.
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Parser, type Result } from 'tap-parser'

// The tests' folders go with the run.
const temporary = mkdtempSync(join(tmpdir(), 'barnbox-tests-'))
// PostgreSQL refuses to be run by root: as another user it has to get to its own folder in here.
chmodSync(temporary, 0o711)
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }))
const counts = { passed: 0, failed: 0, skipped: 0 }

function count(result: Result, file: string): void {
  // What is still to be done has not been shown: it is no pass.
  const left = result.skip || result.todo
  if (left) {
    counts.skipped++
    process.stdout.write(`skipped: ${result.name} (${left})\n`)
  } else if (result.ok) {
    counts.passed++
  } else {
    fail(`${file} > ${result.fullname}\n${JSON.stringify(result.diag ?? {}, null, 2)}`)
  }
}

function fail(what: string): void {
  counts.failed++
  process.stdout.write(`FAILED: ${what}\n`)
}

/** Counts the assertions at the leaves; a point that only sums up its subtest is not one. */
function follow(parser: Parser, file: string): void {
  let sums = false
  parser.on('child', (child: Parser) => {
    sums = true
    follow(child, parser.level === 0 ? child.name : file)
  })
  parser.on('assert', (result: Result) => {
    const isSum = sums
    sums = false
    if (parser.level === 0) countFile(result)
    else if (!isSum) count(result, file)
  })
}

/** tap's reason for skipping a file that asserts nothing. */
const emptyFile = 'no tests found'
let failedBefore = 0

/** What a file's own point says beyond its assertions: that it was skipped, is empty, or died. */
function countFile(result: Result): void {
  if (result.skip === emptyFile) fail(`${result.name} has no test`)
  else if (result.skip) count(result, result.name)
  else if (!result.ok && counts.failed === failedBefore)
    fail(`${result.name} ended badly: ${JSON.stringify(result.diag)}`)
  failedBefore = counts.failed
  process.stdout.write(`${result.ok ? 'ok' : 'NOT OK'} ${result.name} ${result.time ?? ''}\n`)
}

/** The daemon on a real stream, judged by what it recognises or loses in seconds: another test beside it changes the result. */
const alone = ['demo', 'kill', 'video'].map((name) => `test/system/${name}.test.ts`)

/** Runs tap once; answers whether it said that all is well. */
async function runTap(args: readonly string[]): Promise<boolean> {
  const tap = spawn('tap', ['run', '--reporter=tap', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
  })
  const parser = new Parser()
  follow(parser, '')
  parser.on('bailout', (reason: string) => process.stdout.write(`bailed out: ${reason}\n`))
  tap.stdout.pipe(parser)
  const [code] = await new Promise<[number | null]>((resolve) =>
    tap.on('close', (...end) => resolve([end[0]])),
  )
  return code === 0
}

const wanted = process.argv.slice(2)
const runs = wanted.length > 0 ? [wanted] : [alone.map((file) => `--exclude=${file}`), ['--jobs=1', ...alone]]
for (const args of runs) {
  const before = counts.failed
  if (!(await runTap(args)) && counts.failed === before) counts.failed++
}
if (counts.passed + counts.failed === 0) counts.failed++
process.stdout.write(`${counts.skipped} skipped\n${counts.passed} passed, ${counts.failed} failed\n`)
process.exitCode = counts.failed === 0 ? 0 : 1
