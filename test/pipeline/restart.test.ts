/**
 * What goes on over a restart of the daemon: tracklets, their horses and sightings. The wall clock goes on, the monotonic
 * one begins anew.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import t from 'tap'
import { registryFile } from '../../daemon/registry/registry.ts'
import type { Box, HorseId, SightingId } from '../../daemon/types.ts'
import { axis, like, yard } from '../identity/vectors.ts'
import { start, type World } from './world.ts'
import { left, right, shown } from './yard.ts'

const newFile = () => registryFile(mkdtempSync(join(tmpdir(), 'barnbox-restart-')))
const A = { box: left, vector: axis(0) }
const B = { box: right, vector: axis(1) }
const tracklets = (world: World, at = -1) =>
  world.analysed.at(at)?.boxes.map(({ trackletId }) => trackletId) ?? []
const nudged = ([x1, y1, x2, y2]: Box): Box => [x1 + 4, y1 - 3, x2 + 5, y2 + 2]
/** The rest of a second in which 20 frames were shown. */
const shownMs = 4000
/** What was shown is stored by then. */
const storedMs = 1000

t.test('a standing horse keeps tracklet, identity and sighting over a restart of seconds', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A, B], 20)
  const [horses, were] = [shown(before.analysed.at(-1)), tracklets(before)]
  await before.stop()
  const after = start(t, file, { laterMs: shownMs + 8000 })
  const looks = after.eyes.counts.embed
  await after.show([{ ...A, box: nudged(left) }, B], 1)
  t.same(tracklets(after), were)
  t.same(shown(after.analysed.at(-1)), horses, 'known in the first picture')
  t.ok(after.eyes.counts.embed > looks, 'because a look has said so')
  await after.show([A, B], 10)
  t.same(tracklets(after), were)
  t.same(after.changes, [], 'nobody is new')
  t.match(after.lines, [{ level: 'info', message: /go on/ }])
  const { registry } = after
  await wait(1000)
  for (const id of horses as HorseId[]) {
    const [sighting, ...more] = registry.sightings.findByHorseId(id, 9)
    t.match(sighting, { detections: 31, decision: { kind: 'created' } }, 'one sighting, unbroken')
    t.same(more, [])
    t.equal(registry.horses.get(id)?.totalDetections, 31)
  }
})

t.test('after longer the horse is known by its looks, and its tracklet is another one', async (t) => {
  for (const laterMs of [60_000, -60_000]) {
    const file = newFile()
    const before = start(t, file)
    await before.show([A], 20)
    const [horse] = shown(before.analysed.at(-1))
    await before.stop()
    const after = start(t, file, { laterMs })
    await after.show([A], 10)
    t.not(tracklets(after)[0], tracklets(before)[0])
    t.equal(shown(after.analysed.at(-1))[0], horse)
    t.same(after.lines, [])
  }
})

t.test('another horse in the same place is not taken for the one that stood there', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A, B], 20)
  const [a, b] = shown(before.analysed.at(-1))
  await before.stop()
  const after = start(t, file, { laterMs: shownMs + 5000 })
  // They have changed places.
  await after.show(
    [
      { ...A, vector: axis(1) },
      { ...B, vector: axis(0) },
    ],
    20,
  )
  t.same(shown(after.analysed.at(-1)), [b, a])
  for (const result of after.analysed) {
    const [inA, inB] = shown(result)
    t.notOk(inA === a || inB === b, 'never shown as the other, not in the first picture')
  }
  t.same(after.changes, [])
})

t.test('what people said meanwhile counts', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A, B], 20)
  const [a, b] = shown(before.analysed.at(-1)) as HorseId[]
  await before.stop()
  const between = start(t, file, { laterMs: shownMs + 1000 })
  const sightingOf = (id: HorseId | undefined) =>
    between.registry.sightings.findByHorseId(id as HorseId, 1)[0]?.id as SightingId
  const by = { actor: null, nowMs: Date.UTC(2026, 10, 23) }
  between.registry.corrections.newHorse(sightingOf(a), by)
  between.registry.horses.remove(b as HorseId, by.nowMs)
  await between.stop()
  const after = start(t, file, { laterMs: shownMs + 3000 })
  await after.show([A, B], 3)
  const [named, gone] = shown(after.analysed.at(-1))
  t.equal(after.registry.horses.get(named as HorseId)?.number, 3, 'it is who a person said')
  t.not(gone, b, 'a deleted horse stays deleted')
})

t.test('a horse that was lost just before a restart is rather that which appears there after', async (t) => {
  // By its looks alone it is nobody's: not alike enough for the horse that is known, too much so for a new one.
  const alike = like(0, 0.79)
  for (const [laterMs, isKnown] of [
    [1000, true],
    [50_000, false],
    [100_000, false],
    [-20_000, false],
  ] as const) {
    const file = newFile()
    const before = start(t, file)
    await before.show([A], 20)
    await wait(storedMs)
    await before.show([], 12)
    const [a] = shown(before.analysed[19])
    t.ok(a)
    await before.stop()
    const after = start(t, file, { laterMs: 6400 + laterMs })
    await after.show([{ box: left, vector: alike }], 10)
    t.equal(shown(after.analysed.at(-1))[0], isKnown ? a : null, `${laterMs} ms later`)
    t.same(after.changes, [])
  }
})

t.test('nor is it believed to have been where people say that it was not', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A], 20)
  await before.show([], 12)
  await before.show([{ ...A, box: right }], 10)
  await wait(storedMs)
  await before.show([], 12)
  const [a] = shown(before.analysed[19])
  t.equal(shown(before.analysed.at(-13))[0], a)
  await before.stop()
  const between = start(t, file, { laterMs: 10_800 })
  const [newest] = between.registry.sightings.findByHorseId(a as HorseId, 1)
  between.registry.corrections.incorrect(newest?.id as SightingId, {
    actor: null,
    nowMs: Date.UTC(2026, 10, 23),
  })
  await between.stop()
  const after = start(t, file, { laterMs: 11_500 })
  await after.show([{ box: right, vector: like(0, 0.79) }], 10)
  t.equal(shown(after.analysed.at(-1))[0], null)
})

t.test('a picture of another size, or a camera that showed nothing, begins anew', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A], 20)
  await before.show([], 20)
  await before.stop()
  const after = start(t, file, { laterMs: 2 * shownMs + 1000 })
  await after.show([A], 1)
  t.not(tracklets(after)[0], tracklets(before, 10)[0], 'it had gone before the restart')
  await after.stop()
  const raw = new Database(file)
  raw.prepare('UPDATE tracks SET width = 640, height = 360').run()
  raw.close()
  const third = start(t, file, { laterMs: 2 * shownMs + 2000 })
  await third.show([A], 1)
  t.not(tracklets(third)[0], tracklets(after)[0])
})

t.test('tracklets are stored while they go on, for a daemon that is killed', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A], 20)
  await wait(1000)
  // As it lies on the disk in the middle of it.
  const copy = newFile()
  const raw = new Database(file)
  raw.prepare('VACUUM INTO ?').run(copy)
  raw.close()
  const after = start(t, copy, { laterMs: shownMs + 5000 })
  await after.show([A], 1)
  t.same(tracklets(after), tracklets(before))
  t.same(shown(after.analysed.at(-1)), shown(before.analysed.at(-1)))
})

t.test('regression 8: of what was stored the senseless is left out, and said', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A, B], 20)
  await before.stop()
  const raw = new Database(file)
  raw.prepare(`UPDATE tracks SET state = json_set(state, '$.tracks[0].box', json('[]'))`).run()
  raw.close()
  const after = start(t, file, { laterMs: shownMs + 1000 })
  await after.show([A, B], 10)
  const horsesOf = (world: World) => new Set(shown(world.analysed.at(-1)))
  const same = tracklets(after).filter((id) => tracklets(before).includes(id))
  t.equal(same.length, 1)
  t.same(horsesOf(after), horsesOf(before))
  t.match(
    after.lines.map(({ level }) => level),
    ['info', 'warn'],
  )
})

t.test('where each horse was seen last is stored, in shares of the picture', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A, B], 20)
  const [a, b] = shown(before.analysed.at(-1)) as HorseId[]
  await wait(1000)
  await before.show([B], 5)
  await wait(1000)
  const places = before.registry.tracks.places(yard)
  t.same(
    places.map(({ horseId }) => horseId),
    [b, a],
  )
  t.same(places[1]?.box, [left[0] / 1280, left[1] / 720, left[2] / 1280, left[3] / 720])
  t.ok((places[0]?.atMs ?? 0) > (places[1]?.atMs ?? 0))
  before.registry.horses.remove(a as HorseId, Date.now())
  t.equal(before.registry.tracks.places(yard).length, 1)
})
