/** Which ends of a run are told as want of memory, and for how long. A real one: `test/faults/box.test.ts`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lastMemoryEnd, noteRun, readToll, type Toll } from '../daemon/barn-last-end.ts'
import { type Log, silentLog } from '../daemon/lib/log.ts'
import { until } from './support/until.ts'

const dayMs = 24 * 3600_000
const startMs = Date.UTC(2026, 10, 28, 4, 30)

/** A box on a machine of which the test says what its kernel has counted. */
function machine(t: Test) {
  const stateDir = t.testdir()
  const logged: string[] = []
  const log: Log = { ...silentLog, warn: (_fields: object, message: string) => void logged.push(message) }
  const now: { utcMs: number; toll: Toll | undefined } = { utcMs: startMs, toll: { boot: 'a', ended: 3 } }
  const note = () => noteRun({ stateDir, log, utcMs: () => now.utcMs, toll: () => now.toll, everyMs: 5 })
  /** Begins a run that does not come to take its note back. */
  const killed = () => {
    const run = note()
    const file = join(stateDir, 'running.json')
    const text = readFileSync(file, 'utf8')
    run[Symbol.dispose]()
    writeFileSync(file, text)
  }
  return { stateDir, now, note, killed, logged }
}

t.test('killed, and the kernel has ended one: told for a day, and known for longer', async (t) => {
  const { stateDir, now, note, killed, logged } = machine(t)
  killed()
  t.equal(lastMemoryEnd(stateDir), undefined)
  now.toll = { boot: 'a', ended: 5 }
  {
    using run = note()
    t.match(run.fault, /no memory left and ended barnbox.* on 2026-11-28 04:30 UTC\. .*vision\.workers/)
    now.utcMs += dayMs - 1
    t.ok(run.fault)
  }
  {
    using run = note()
    t.ok(run.fault, 'over a restart too')
    now.utcMs++
    t.equal(run.fault, null)
  }
  t.same(lastMemoryEnd(stateDir), { atMs: startMs, ended: 2 })
  t.equal(logged.length, 1)
})

t.test('other ends are not told', async (t) => {
  const { stateDir, now, note, killed } = machine(t)
  const isQuiet = (what: string) => {
    using run = note()
    t.equal(run.fault, null, what)
  }
  note()[Symbol.dispose]()
  t.notOk(existsSync(join(stateDir, 'running.json')))
  now.toll = { boot: 'a', ended: 4 }
  isQuiet('ended by itself, and the kernel ended another program')
  killed()
  isQuiet('killed by a person')
  killed()
  now.toll = { boot: 'b', ended: 9 }
  isQuiet('a power cut')
  killed()
  now.toll = undefined
  isQuiet('a kernel that does not say')
  writeFileSync(join(stateDir, 'running.json'), '{"boot":')
  now.toll = { boot: 'b', ended: 12 }
  isQuiet('half a note')
  t.equal(lastMemoryEnd(stateDir), undefined)
})

t.test('what was ended long before a run’s own end has nothing to do with it', async (t) => {
  const { now, note, killed, stateDir, logged } = machine(t)
  const file = join(stateDir, 'running.json')
  {
    using _run = note()
    now.toll = { boot: 'a', ended: 4 }
    await until(() => readFileSync(file, 'utf8').includes('"ended":4'), 'it is noted')
  }
  t.same(logged, ['the system has ended a program for want of memory'])
  killed()
  using run = note()
  t.equal(run.fault, null)
})

t.test('a folder that takes no note is no reason not to run', async (t) => {
  const { note, logged, stateDir } = machine(t)
  writeFileSync(join(stateDir, 'gone'), '')
  const nowhere = noteRun({ stateDir: join(stateDir, 'gone'), log: silentLog, utcMs: () => startMs })
  t.equal(nowhere.fault, null)
  nowhere[Symbol.dispose]()
  using run = note()
  t.equal(run.fault, null)
  t.same(logged, [])
})

t.test('this machine’s kernel says it', async (t) => {
  const toll = readToll()
  t.match(toll?.boot, /^[0-9a-f-]{36}$/)
  t.ok(Number.isInteger(toll?.ended))
})
