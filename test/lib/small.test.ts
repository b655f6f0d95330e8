/**
 * The small ones of daemon/lib: back-off, ids, errors, log, executables.
 */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { createBackoff } from '../../daemon/lib/backoff.ts'
import { asBarnboxError, BarnboxError, ERROR_KINDS, type ErrorCode } from '../../daemon/lib/errors.ts'
import { findExecutable, isExecutable } from '../../daemon/lib/executable.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import { createLog, silentLog } from '../../daemon/lib/log.ts'
import { isLoopback } from '../../daemon/lib/loopback.ts'
import { median } from '../../daemon/lib/median.ts'

t.test('a back-off doubles to its bound, jitters by a fifth, and begins again', async (t) => {
  const middle = createBackoff(1000, 10_000, () => 0.5)
  t.same(
    [1, 2, 3, 4, 5, 6].map(() => middle.next()),
    [1000, 2000, 4000, 8000, 10_000, 10_000],
  )
  middle.reset()
  t.equal(middle.next(), 1000)
  t.equal(createBackoff(1000, 10_000, () => 0).next(), 800)
  t.equal(Math.round(createBackoff(1000, 10_000, () => 1).next()), 1200)
  const waits = new Set(Array.from({ length: 20 }, () => createBackoff(1000, 10_000).next()))
  t.ok(waits.size > 10, 'boxes that lost the same power do not call at the same moment')
})

t.test('ids are UUIDv7: unique, and sorted by the time they were made', async (t) => {
  const ids = Array.from({ length: 5000 }, () => mintId())
  for (const id of ids.slice(0, 10)) {
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  }
  t.equal(new Set(ids).size, ids.length)
  const spaced: string[] = []
  for (let n = 0; n < 10; n++) {
    spaced.push(mintId())
    await wait(3)
  }
  t.same([...spaced].sort(), spaced)
})

t.test('an error knows its kind, context and cause', async (t) => {
  for (const code of Object.keys(ERROR_KINDS) as ErrorCode[]) {
    t.equal(new BarnboxError(code, 'x').kind, ERROR_KINDS[code])
  }
  const cause = new Error('below')
  const error = new BarnboxError('DB_BROKEN', 'the file is damaged', { context: { file: 'x' }, cause })
  t.match(error, { name: 'BarnboxError', message: 'the file is damaged', cause, context: { file: 'x' } })
  t.ok(error instanceof Error)
  t.notOk('cause' in new BarnboxError('INTERNAL', 'x'))
})

t.test('whatever was thrown becomes ours', async (t) => {
  const own = new BarnboxError('NOT_FOUND', 'no horse')
  t.equal(asBarnboxError(own), own)
  const foreign = new TypeError('x is not a function')
  t.match(asBarnboxError(foreign), {
    code: 'INTERNAL',
    kind: 'bug',
    message: foreign.message,
    cause: foreign,
  })
  for (const thrown of ['text', undefined, null, 7]) {
    t.match(asBarnboxError(thrown), { code: 'INTERNAL', message: String(thrown) })
  }
})

t.test('the log is one JSON line each, from its level on', async (t) => {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  log.debug({}, 'not this')
  log.child({ camera: 'yard' }).warn({ err: new Error('why') }, 'something')
  const [line = ''] = lines
  t.equal(lines.length, 1)
  t.ok(line.endsWith('\n'))
  t.match(JSON.parse(line), { level: 'warn', camera: 'yard', msg: 'something', err: { message: 'why' } })
  t.ok(Math.abs(Date.parse(JSON.parse(line).time) - Date.now()) < 10_000)
  silentLog.child({}).error({}, 'nobody hears it')
})

t.test('an executable is found on PATH, never in the working directory', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-lib-'))
  const [empty, good] = [join(folder, 'empty'), join(folder, 'good')]
  for (const one of [empty, good]) mkdirSync(one)
  mkdirSync(join(empty, 'tool'))
  const tool = join(good, 'tool')
  writeFileSync(tool, '#!/bin/sh\n')
  t.notOk(await isExecutable(tool), 'without the permission')
  chmodSync(tool, 0o755)
  t.equal(await findExecutable('tool', `${empty}:/nowhere:${good}`), tool, 'a folder of that name is none')
  const before = process.cwd()
  process.chdir(good)
  t.equal(await findExecutable('tool', `:${empty}:`), undefined)
  process.chdir(before)
  t.equal(await findExecutable('tool', undefined), undefined)
})

t.test('loopback addresses', async (t) => {
  for (const host of ['localhost', '::1', '127.0.0.1', '127.9.9.9']) t.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '', 'localhost.example', '127.0.0.1.example', '10.127.0.1'])
    t.notOk(isLoopback(host), host)
})

t.test('the middle of some values, the higher of two', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([10, 2, 33, 4]), 10, 'by size, not by their text')
  t.equal(median([]), 0)
})
