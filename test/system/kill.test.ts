/** The daemon killed without a word: no child outlives it, and the next start knows what the last one knew. */
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { openDatabase } from '../../daemon/registry/database.ts'
import { registryFile } from '../../daemon/registry/registry.ts'
import type { Analysed, HorseId } from '../../daemon/types.ts'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { watchFrames } from '../../scripts/demonstration/watch.ts'
import { childrenOf, survivors } from '../cameras/harness.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import {
  type HorseAnswer,
  horsesOf,
  leftNaming,
  nameHorse,
  noSystem,
  processesNaming,
  stateFolder,
  swayClip,
  until,
  untilCamera,
  untilHorses,
} from './harness.ts'

const skip = await noSystem()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(180_000)

const clip = await swayClip()
const streaming = await startRtspCamera({ '/cam': clip })
const silent = await startRtspCamera({ '/cam': clip })
const addresses = [streaming, silent].map((one) => one.url('/cam'))
const config = {
  http: { port: 0 },
  cameras: addresses.map((url, index) => ({ id: ['yard', 'silent'][index], url, fps: [5, 1][index] })),
}
const stateDir = await stateFolder(t)
const file = registryFile(stateDir)
t.teardown(async () => {
  await streaming[Symbol.asyncDispose]()
  await silent[Symbol.asyncDispose]()
})

const mostLostMs = 1_000
const roundsOfKilling = 3

/** Kills the daemon; answers who its children were and, for each horse seen, how many ms of that were not stored. */
async function kill(box: Box, seen: readonly Analysed[]): Promise<{ children: number[]; lostMs: number[] }> {
  const children = await childrenOf(box.pid)
  await box.end('SIGKILL')
  const stored = storedLastSeen()
  const lost = new Map<HorseId, number>()
  const unstoredSince = new Map<HorseId, number>()
  seen.forEach(({ utcMs, boxes }, index) => {
    for (const { horseId } of boxes) {
      if (horseId === null) continue
      // A horse that comes back has not been away for nothing: only what was seen can be lost.
      const isStored = utcMs <= (stored.get(horseId) ?? 0)
      const sinceMs = unstoredSince.get(horseId) ?? seen[index - 1]?.utcMs ?? utcMs
      if (!isStored) unstoredSince.set(horseId, sinceMs)
      lost.set(horseId, isStored ? 0 : utcMs - sinceMs)
    }
  })
  return { children, lostMs: [...lost.values()] }
}

/** What a half-written row would look like; all of it must be 0. */
function halfWritten(of = file): Record<string, unknown> {
  const db = openDatabase(of)
  const count = (from: string) => db.prepare(`SELECT count(*) FROM ${from}`).pluck().get()
  const found = {
    quickCheck: db.pragma('quick_check', { simple: true }),
    foreignKeys: (db.pragma('foreign_key_check') as unknown[]).length,
    horsesWithoutVectors: count(
      'horses h WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.horse_id = h.id)',
    ),
    vectorsWithoutLook: count('vectors WHERE look_id IS NULL'),
    looksWithoutVector: count(
      'looks l WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.look_id = l.id AND v.horse_id IS l.horse_id)',
    ),
    horsesWithoutAvatar: count('horses WHERE avatar IS NULL'),
    sightingsOfNobody: count(
      'sightings s WHERE horse_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM horses h WHERE h.id = s.horse_id)',
    ),
    numbersNotTaken: count('horses h JOIN streams s ON s.id = h.stream_id WHERE h.number >= s.next_number'),
    sightingsAheadOfHorse: count(
      'sightings s JOIN horses h ON h.id = s.horse_id WHERE s.to_ms > h.last_seen_ms',
    ),
  }
  db.close()
  return found
}
const whole = {
  quickCheck: 'ok',
  foreignKeys: 0,
  horsesWithoutVectors: 0,
  vectorsWithoutLook: 0,
  looksWithoutVector: 0,
  horsesWithoutAvatar: 0,
  sightingsOfNobody: 0,
  numbersNotTaken: 0,
  sightingsAheadOfHorse: 0,
}

/** The stored last sighting of each horse. */
function storedLastSeen(): Map<string, number> {
  const db = openDatabase(file)
  const rows = db.prepare<[], { id: string; ms: number }>('SELECT id, last_seen_ms AS ms FROM horses').all()
  db.close()
  return new Map(rows.map(({ id, ms }) => [id, ms]))
}

let known: HorseAnswer[] = []

t.test('no ffmpeg is left, the silent one included, and a second of sightings at most is lost', async (t) => {
  const box = await startBox({ config, stateDir })
  await untilCamera(box, 'silent', 'live', 20_000)
  known = await untilHorses(box, 'yard', 2)
  for (const { id, number } of known) await nameHorse(box, 'yard', id, `Thunder ${number}`)
  // A silent stream is the dangerous one: ffmpeg waits in a read and never notices that its pipe is gone.
  await silent.command('freeze')
  await untilCamera(box, 'silent', 'silent', 15_000)
  using watch = watchFrames(box.url, 'yard')
  await until('sightings', () => watch.frames.length >= 15, 20_000)
  known = await horsesOf(box, 'yard')
  const ffmpegs = (await Promise.all(addresses.map(processesNaming))).flat()
  t.ok(ffmpegs.length >= 2, 'an ffmpeg runs for each camera')

  const { children, lostMs } = await kill(box, watch.frames)
  const startedMs = performance.now()
  t.same(await survivors(children, 5_000), [], 'no child is left')
  t.same(await leftNaming([...addresses, stateDir], 5_000), [], 'nothing of ours is left')
  t.comment(`all children gone ${Math.round(performance.now() - startedMs)} ms after the kill`)

  t.ok(lostMs.length >= 2, 'horses were in view')
  for (const ms of lostMs) t.ok(ms <= mostLostMs, `${ms} ms of last-seen lost`)
  t.same(halfWritten(), whole)
})

t.test('the next start knows all horses', async (t) => {
  await silent.command('resume')
  await using box = await startBox({ config, stateDir })
  const again = await horsesOf(box, 'yard')
  t.same(
    again.slice(0, known.length).map(({ id, number, name }) => ({ id, number, name })),
    known.map(({ id, number, name }) => ({ id, number, name })),
  )
  for (const horse of again.slice(0, known.length)) {
    const before = known.find(({ id }) => id === horse.id)
    t.ok(Date.parse(horse.last_seen) >= Date.parse(before?.last_seen ?? ''), 'last seen never goes back')
    t.ok(horse.total_detections >= (before?.total_detections ?? 0), 'nor do the detections')
    const avatar = await fetch(`${box.url}${horse.thumbnail_url}`)
    t.equal(avatar.headers.get('content-type'), 'image/jpeg')
    t.ok((await avatar.arrayBuffer()).byteLength > 1000, 'its avatar is there')
  }
  using watch = watchFrames(box.url, 'yard')
  const ids = () =>
    new Set(watch.frames.flatMap(({ boxes }) => boxes.map(({ horseId }) => horseId as string)))
  await until('a known horse is recognised', () => known.some(({ id }) => ids().has(id)), 30_000)
  await box.end('SIGKILL')
})

t.test(`killed at ${roundsOfKilling} odd moments, no row is ever half written`, async (t) => {
  const losses: number[] = []
  for (let round = 0; round < roundsOfKilling; round++) {
    const box = await startBox({ config, stateDir })
    using watch = watchFrames(box.url, 'yard')
    await until('horses', () => watch.frames.some(({ boxes }) => boxes.some((one) => one.horseId)), 30_000)
    await wait(Math.random() * 1500)
    losses.push(...(await kill(box, watch.frames)).lostMs)
    t.same(halfWritten(), whole)
  }
  t.same(await leftNaming([...addresses, stateDir], 5_000), [])
  t.ok(losses.length > 0, 'horses were in view')
  for (const ms of losses) t.ok(ms <= mostLostMs, `${ms} ms of last-seen lost`)
  t.comment(`last-seen lost, ${losses.length} times: at most ${Math.max(...losses)} ms`)
})

t.test('killed as a horse is born, it is there with all that makes it one, or not at all', async (t) => {
  const fresh = await stateFolder(t)
  const box = await startBox({ config, stateDir: fresh })
  await until('a horse', async () => (await horsesOf(box, 'yard')).length > 0, 60_000)
  await box.end('SIGKILL')
  t.same(halfWritten(registryFile(fresh)), whole)
})
