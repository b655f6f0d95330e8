/**
 * Horses through the whole chain behind the motion gate: what is remembered of them while nobody looks.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { createPulse } from '../../daemon/commands/run.ts'
import { registryFile } from '../../daemon/registry/registry.ts'
import type { SightingUpdate } from '../../daemon/registry/sightings.ts'
import type { Box, FrameUse } from '../../daemon/types.ts'
import { axis, yard } from '../identity/vectors.ts'
import { paintStable, seeded, take } from './pictures.ts'
import { start, type World } from './world.ts'
import { type Scene, shown, startMs } from './yard.ts'

const box: Box = [200, 110, 410, 290]
const horse: Scene = [{ box, vector: axis(0) }]
const other: Scene = [{ box, vector: axis(1) }]
const fps = 5
const quietSeconds = 3

/** The same picture again and again, but for the sensor's noise. */
const shots = (luma: Float32Array, seed: number, light = 1) =>
  [1, 2, 3].map((n) => take(luma, (level) => 16 + (level - 16) * light, 3, seeded(seed + n)))
const empty = shots(paintStable(), 10)
const stands = shots(paintStable({ x: 220 }), 20)
const standsInDusk = shots(paintStable({ x: 220 }), 30, 0.6)
const elsewhere = shots(paintStable({ x: 232, head: 12 }), 40)

interface Quiet extends World {
  /** Stops, and answers the sightings as they were stored last, oldest first. */
  sightings(): Promise<SightingUpdate[]>
}

function open(t: Test, quiet = quietSeconds): Quiet {
  const file = registryFile(mkdtempSync(join(tmpdir(), 'barnbox-quiet-')))
  const world = start(t, file, { motion: { quietSeconds: quiet } })
  const rows = new Map<string, SightingUpdate>()
  const { sightings } = world.registry
  sightings.save = ((save) => (updates) => {
    for (const one of updates) rows.set(one.id, one)
    return save(updates)
  })(sightings.save)
  return Object.assign(world, {
    async sightings() {
      await world.stop()
      return [...rows.values()].sort((a, b) => a.fromMs - b.fromMs)
    },
  })
}

function countOf(world: World, use: FrameUse): number {
  return world.camera.used.filter((one) => one === use).length
}

t.test('L21: a horse that stands for five minutes is one tracklet, one sighting, few looks', async (t) => {
  const world = open(t)
  await world.show([], 40, empty)
  await world.show(horse, 300 * fps, stands)
  const leavesMs = startMs + world.nowMs
  const [known, ...more] = world.registry.horses.findByStreamId(yard)
  t.ok(known)
  t.same(more, [])
  const tracklets = new Set(world.analysed.flatMap(({ boxes }) => boxes.map(({ trackletId }) => trackletId)))
  t.equal(tracklets.size, 1)
  t.equal(shown(world.analysed.at(-1))[0], known?.id)
  const looks = countOf(world, 'analysed')
  t.ok(looks < 200, `${looks} looks at ${world.camera.used.length} frames`)
  t.equal(looks, world.pipeline.analysed)
  t.equal(looks + countOf(world, 'quiet'), 40 + 300 * fps)
  const rows = await world.sightings()
  t.equal(rows.length, 1)
  t.equal(rows[0]?.horseId, known?.id)
  t.ok(leavesMs - (rows[0]?.toMs ?? 0) <= quietSeconds * 1000, 'seen until a moment ago')
})

t.test('light that comes and goes wakes nobody', async (t) => {
  const world = open(t)
  await world.show(horse, 10 * fps, stands)
  const before = countOf(world, 'analysed')
  for (let n = 0; n < 10; n++) await world.show(horse, 15, n % 2 === 0 ? standsInDusk : stands)
  t.equal(countOf(world, 'analysed') - before, 10, 'one look in three seconds')
})

t.test('a horse that leaves ends there, and the next one is another', async (t) => {
  const world = open(t)
  await world.show(horse, 120 * fps, stands)
  const leftMs = startMs + world.nowMs
  await world.show([], 60 * fps, empty)
  const cameMs = startMs + world.nowMs
  await world.show(other, 30 * fps, elsewhere)
  const [first, second] = await world.sightings()
  t.ok(Math.abs((first?.toMs ?? 0) - leftMs) <= quietSeconds * 1000, 'the last look before it left')
  t.ok(Math.abs((second?.fromMs ?? 0) - cameMs) <= 400, 'movement opens the gate at once')
  t.ok(first?.horseId && second?.horseId && first.horseId !== second.horseId)
})

t.test('a tracklet of which nothing is left ends, however quiet it is', async (t) => {
  const world = open(t)
  await world.show(horse, 60 * fps, stands)
  const seenMs = startMs + world.nowMs
  // As when the detector loses a horse that lies down bit by bit.
  await world.show([], 60 * fps, stands)
  await world.show(horse, 60 * fps, stands)
  const rows = await world.sightings()
  t.equal(rows.length, 2, 'half a minute of looks that found nothing')
  t.ok(seenMs - (rows[0]?.toMs ?? 0) <= quietSeconds * 1000)
  t.equal(rows[0]?.horseId, rows[1]?.horseId, 'known again')
})

t.test('one that has just come is decided before the gate closes', async (t) => {
  const world = open(t)
  await world.show([], 60 * fps, empty)
  const before = world.camera.used.length
  await world.show(horse, 5 * fps, stands)
  t.ok(shown(world.analysed.at(-1))[0], 'it has a name for us')
  t.ok(world.camera.used.slice(before).every((use) => use === 'analysed'))
})

t.test('whatever the coming and going, the registry knows within seconds', async (t) => {
  const visit = fc.record({ stays: fc.integer({ min: 8, max: 40 }), away: fc.integer({ min: 4, max: 30 }) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(visit, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1, 3, 10),
      async (visits, quiet) => {
        const world = open(t, quiet)
        const truth: [fromMs: number, toMs: number][] = []
        await world.show([], 10, empty)
        for (const { stays, away } of visits) {
          const fromMs = startMs + world.nowMs
          await world.show(horse, stays * fps, stands)
          truth.push([fromMs, startMs + world.nowMs])
          await world.show([], away * fps, empty)
        }
        const rows = await world.sightings()
        const isTrue = rows.map(({ fromMs, toMs }, n) => {
          const [from = 0, to = 0] = truth[n] ?? []
          return Math.abs(fromMs - from) <= 400 && Math.abs(toMs - to) <= quiet * 1000
        })
        return rows.length === visits.length && isTrue.every(Boolean)
      },
    ),
    { numRuns: 10 },
  )
})

t.test(
  'who watches a quiet camera has a picture of this second, with the boxes of the last look',
  async (t) => {
    const world = open(t)
    await world.show(horse, 10 * fps, stands)
    t.equal(world.eyes.counts.jpeg, 0, 'nobody watches')
    const looks = countOf(world, 'analysed')
    const before = world.analysed.length
    for (let second = 0; second < 6; second++) {
      const askedMs = startMs + world.nowMs
      const [snapshot] = await Promise.all([world.pipeline.snapshot(yard), world.show(horse, fps, stands)])
      t.ok(askedMs - (snapshot?.analysed.utcMs ?? 0) <= 1000 + 200, 'fresh')
      t.match(snapshot?.analysed.boxes, [{ box }])
    }
    t.ok(world.eyes.counts.jpeg <= 9, `${world.eyes.counts.jpeg} pictures`)
    t.ok(world.analysed.length - before >= 6, 'viewers are told of them')
    t.ok(countOf(world, 'analysed') - looks <= 2, 'and nothing more is looked at')
    const told = world.analysed.slice(before).map(({ seq }) => seq)
    t.same(
      told,
      [...new Set(told)].sort((a, b) => a - b),
      'each once, in order',
    )
  },
)

t.test('a quiet barn is not taken for a stuck one', async (t) => {
  const world = open(t, 10)
  const isWell = createPulse(60_000, { monoMs: () => world.nowMs })
  for (let n = 0; n < 20; n++) {
    await world.show(horse, 15 * fps, stands)
    t.ok(isWell({ progress: world.pipeline.analysed, idle: false }))
  }
})
