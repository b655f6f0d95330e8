/** What of the cameras' quality lies in the state folder, and how often it is written. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { tellOfCameras } from '../daemon/barn-cameras.ts'
import { badCameras, openQualityNote } from '../daemon/barn-quality.ts'
import { watchQuality } from '../daemon/cameras/quality.ts'
import { createBus } from '../daemon/lib/bus.ts'
import { silentLog } from '../daemon/lib/log.ts'
import type { CameraQuality } from '../daemon/system-types.ts'
import type { CameraState, CameraView, StreamId } from '../daemon/types.ts'

const good: CameraQuality = { label: 'fair', reasons: ['breaks'], breaks: 1, come: 1, dropped: 0 }
const bad: CameraQuality = { label: 'unusable', reasons: ['breaks'], breaks: 7, come: 0.6, dropped: 0 }

t.test('bad cameras are noted when they become so, and when they are well again', async (t) => {
  const stateDir = t.testdir({ 'camera-quality.json': '{"yard": {}}' })
  const clock = { ms: 0, monoMs: () => clock.ms }
  const note = openQualityNote({ stateDir, log: silentLog, clock })
  t.same(badCameras(stateDir), {}, 'what an earlier run has noted is of no account')
  const of = (gate: CameraQuality) =>
    note(
      new Map([
        ['yard' as StreamId, good],
        ['gate' as StreamId, gate],
      ]),
    )
  t.equal(of(good), false)
  t.equal(of(bad), true)
  t.same(badCameras(stateDir), { gate: bad })
  for (let breaks = 8; breaks < 40; breaks++) {
    clock.ms += 10_000
    t.equal(of({ ...bad, reasons: ['away'], breaks }), false, 'numbers alone are no news')
  }
  clock.ms += 5 * 60_000
  t.equal(of({ ...bad, breaks: 60 }), true, 'but now and then')
  t.match(badCameras(stateDir), { gate: { breaks: 60 } })
  clock.ms += 11 * 60_000
  t.equal(of({ ...bad, breaks: 60 }), false, 'one that stays away writes nothing')
  t.equal(of(good), true)
  t.same(badCameras(stateDir), {})
})

t.test('what is no note is none; a disk that is full stops nothing', async (t) => {
  const stateDir = t.testdir({})
  const note = openQualityNote({
    stateDir: join(stateDir, 'nowhere'),
    log: silentLog,
    clock: { monoMs: () => 0 },
  })
  t.doesNotThrow(() => note(new Map([['gate' as StreamId, bad]])))
  writeFileSync(join(stateDir, 'camera-quality.json'), '{"gate": ')
  t.same(badCameras(stateDir), {})
  t.equal(readFileSync(join(stateDir, 'camera-quality.json'), 'utf8'), '{"gate": ')
})

t.test('a break that is shorter than the time between two looks is counted', async (t) => {
  let nowMs = 0
  const quality = watchQuality(
    () => 1,
    () => nowMs,
  )
  const told = tellOfCameras(createBus(silentLog), () => ({ quality, views: () => [] }))
  const view = (state: CameraState, sinceMs: number): CameraView => ({
    ...{
      id: 'gate' as StreamId,
      name: 'Gate',
      state,
      sinceMs,
      detail: null,
      reason: null,
      lastFrameMs: null,
    },
    ...{ framesDecoded: nowMs / 1000, framesDropped: 0, framesAnalysed: 0, framesQuiet: 0, framesFailed: 0 },
    decode: { asked: 'software', used: 'software', why: null },
  })
  for (let n = 0; n < 40; n++) {
    told.onChange(view('live', nowMs))
    nowMs += 500
    told.onChange(view('down', nowMs))
    nowMs += 500
  }
  t.match(quality.read('gate' as StreamId), { breaks: 40 })
})
