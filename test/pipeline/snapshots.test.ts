import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { createSnapshots, type Snapshots } from '../../daemon/pipeline/snapshots.ts'
import type { Analysed, Frame } from '../../daemon/types.ts'
import { yard } from '../identity/vectors.ts'
import { frameAt, startMs } from './yard.ts'

interface World {
  readonly snapshots: Snapshots
  readonly stop: AbortController
  /** Milliseconds on both clocks. */
  nowMs: number
  encoded: number
  offer(): Promise<Analysed>
}

function newWorld(encode?: (frame: Frame) => Promise<Uint8Array>): World {
  const stop = new AbortController()
  let seq = 0
  const plain = async (frame: Frame) => {
    world.encoded++
    return Uint8Array.from([frame.seq])
  }
  const clock = { utcMs: () => startMs + world.nowMs, monoMs: () => world.nowMs }
  const world: World = {
    snapshots: createSnapshots(encode ?? plain, clock, stop.signal),
    stop,
    nowMs: 0,
    encoded: 0,
    async offer() {
      const frame = frameAt(++seq, clock.utcMs(), clock.monoMs())
      const analysed = { streamId: yard, seq, utcMs: frame.utcMs, width: 1280, height: 720, boxes: [] }
      await world.snapshots.offer(frame, analysed)
      return analysed
    },
  }
  return world
}

t.test('nothing is encoded while nobody looks', async (t) => {
  const world = newWorld()
  for (let n = 0; n < 5; n++) await world.offer()
  t.equal(world.encoded, 0)
})

t.test('the first look waits for the next picture; then the newest is there at once', async (t) => {
  const world = newWorld()
  await world.offer()
  const first = Promise.all([world.snapshots.get(yard), world.snapshots.get(yard)])
  await setImmediate()
  const analysed = await world.offer()
  t.match(await first, [
    { jpeg: Uint8Array.from([2]), analysed },
    { jpeg: Uint8Array.from([2]), analysed },
  ])
  t.equal(world.encoded, 1, 'once for all who look')
  world.nowMs += 200
  await world.offer()
  t.match(await world.snapshots.get(yard), { analysed: { seq: 3 } })
  t.equal(world.encoded, 2)
})

t.test('encoding stops when nobody has looked for a while', async (t) => {
  const world = newWorld()
  const first = world.snapshots.get(yard)
  await world.offer()
  await first
  for (let n = 0; n < 50; n++) {
    world.nowMs += 200
    await world.offer()
  }
  t.ok(world.encoded <= 25, `${world.encoded} in 5 s at most`)
  const before = world.encoded
  const next = world.snapshots.get(yard)
  await world.offer()
  t.match(await next, { analysed: { seq: 52 } }, 'a new picture, not the one from then')
  t.equal(world.encoded, before + 1)
})

t.test('an old picture is not shown as the newest: without one in time there is none', async (t) => {
  const world = newWorld()
  const first = world.snapshots.get(yard)
  await world.offer()
  await first
  world.nowMs += 3000
  const startedMs = performance.now()
  t.equal(await world.snapshots.get(yard), undefined)
  const waited = performance.now() - startedMs
  t.ok(waited > 3900 && waited < 8000, `${waited} ms`)
})

t.test('a stop ends the waiting', async (t) => {
  const world = newWorld()
  const waiting = world.snapshots.get(yard)
  const startedMs = performance.now()
  world.stop.abort()
  t.equal(await waiting, undefined)
  t.equal(await world.snapshots.get(yard), undefined)
  t.ok(performance.now() - startedMs < 500)
})

t.test('a picture that cannot be encoded leaves the waiting to the next', async (t) => {
  let fails = true
  const world = newWorld(async () => {
    if (fails) throw new Error('no')
    return Uint8Array.of(7)
  })
  const waiting = world.snapshots.get(yard)
  await t.rejects(world.offer(), { message: 'no' })
  fails = false
  await world.offer()
  t.match(await waiting, { jpeg: Uint8Array.of(7) })
})
