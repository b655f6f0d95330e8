/**
 * Why, from frame to row: once a sighting and not a frame; and looks of nobody, by which a person's word teaches.
 */
import t from 'tap'
import type { HorseId } from '../../daemon/types.ts'
import { axis, cropOf, like, yard } from '../identity/vectors.ts'
import { left, onlyHorse, openYard, right, shown } from './yard.ts'

const by = { actor: 'anna', nowMs: Date.UTC(2026, 10, 23) }
const A = { box: left, vector: axis(0) }
const B = { box: right, vector: axis(1) }

t.test('a horse that comes back: the look that was judged, beside those that are stored', async (t) => {
  using barn = openYard()
  const { registry } = barn
  const seen = await barn.show([A, B], 4)
  const [a, b] = shown(seen.at(-1)) as [HorseId, HorseId]
  const [born] = registry.sightings.findByHorseId(a, 1)
  const first = born && registry.whys.get(born.id)
  t.match(born?.decision, { kind: 'created' })
  t.match(first, { best: null, nearest: [], ofSecond: null }, 'nobody was known before it')
  t.ok(first && first.looks >= 5)
  barn.pass(60)
  const again = { ...A, vector: like(0, 0.96, 1) }
  await barn.show([again], 4)
  const [sighting] = registry.sightings.findByHorseId(a, 1)
  const why = sighting && registry.whys.get(sighting.id)
  t.match(sighting?.decision, { kind: 'matched' })
  t.match(why, { best: { horseId: a }, second: { horseId: b }, nearest: [{ horseId: a }] })
  t.ok(why && Math.abs((why.nearest[0]?.similarity ?? 0) - 0.96) < 1e-3)
  t.same(registry.crops.picture(why?.lookId ?? 0), Buffer.from(cropOf(again.vector)))
  t.same(registry.crops.picture(why?.nearest[0]?.lookId ?? 0), Buffer.from(cropOf(axis(0))))
  const ofB = [why?.ofSecond, ...(why?.nearest ?? [])].find((one) => one?.horseId === b)
  t.ok(ofB?.lookId, 'and one of the next')
})

t.test('it is asked once a sighting, however long that lasts', async (t) => {
  using barn = openYard()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  barn.pass(60)
  await barn.show([A], 3)
  const [sighting] = barn.registry.sightings.findByHorseId(id, 1)
  const why = sighting && barn.registry.whys.get(sighting.id)
  t.ok(why)
  const { crop } = barn.eyes.counts
  await barn.show([A], 60)
  t.equal(barn.eyes.counts.crop, crop)
  t.same(barn.registry.sightings.findByHorseId(id, 1)[0]?.id, sighting?.id)
  t.same(sighting && barn.registry.whys.get(sighting.id), why)
  barn.restart()
  const { embed } = barn.eyes.counts
  await barn.show([A], 4)
  t.ok(barn.eyes.counts.embed > embed, 'after a restart it is another sighting')
  t.equal(barn.registry.sightings.findByHorseId(id, 10).length, 3)
})

/** Not alike enough to be the first, and too much so to be nobody. */
const doubtful = { box: left, vector: like(0, 0.79, 5) }

t.test('an unknown keeps a few looks; a person says who it was, and it is known from then on', async (t) => {
  using barn = openYard()
  const known = shown((await barn.show([A, B], 4)).at(-1))
  barn.pass(60)
  const seen = await barn.show([doubtful], 30)
  t.same(new Set(seen.flatMap(shown)), new Set([null]))
  const [unknown] = barn.registry.sightings.unknowns(yard, 10)
  if (!unknown) throw new Error('it was seen')
  const why = barn.registry.whys.get(unknown.id)
  t.ok(known.includes(why?.best?.horseId ?? null), 'what it was most like')
  t.equal(unknown.lookId, why?.lookId)
  t.ok(barn.eyes.counts.crop === 0, 'its crops came with its looks')
  barn.pass(60)
  t.same(new Set((await barn.show([doubtful], 5)).flatMap(shown)), new Set([null]), 'it teaches nobody')

  const { correction } = barn.registry.corrections.newHorse(unknown.id, by)
  const thunder = correction.otherId as HorseId
  t.equal(barn.vectorsOf(thunder).length, 4)
  barn.restart()
  barn.pass(60)
  t.equal(onlyHorse((await barn.show([doubtful], 5)).at(-1)), thunder)
  barn.pass(60)
  barn.registry.corrections.undo(correction.id, by)
  barn.restart()
  t.same(
    new Set((await barn.show([doubtful], 5)).flatMap(shown)),
    new Set([null]),
    'and undone, not any more',
  )
})

t.test('who is recognised after a while keeps no looks of nobody', async (t) => {
  using barn = openYard()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  barn.pass(60)
  await barn.show([{ ...A, vector: like(0, 0.5) }], 1)
  await barn.show([A], 6)
  const sightings = barn.registry.sightings.findByHorseId(id, 10)
  t.equal(sightings.length, 2)
  for (const { lookId } of sightings) t.ok(lookId)
  t.same(barn.registry.sightings.unknowns(yard, 10), [])
})

/** Well off the place where A was: it may be another animal. */
const jumped = { box: [250, 200, 550, 450], vector: like(0, 0.3, 4) } as const

t.test('in doubt, it keeps a look; a person says who it was, and it is known by it', async (t) => {
  using barn = openYard()
  const { registry } = barn
  const a = onlyHorse((await barn.show([A], 6)).at(-1))
  await barn.show([jumped], 2)
  const [before] = registry.sightings.findByHorseId(a, 1)
  const unknowns = registry.sightings.unknowns(yard, 10)
  const inDoubt = unknowns.find(({ trackletId }) => trackletId === before?.trackletId)
  if (!inDoubt) throw new Error('it was in doubt')
  const why = registry.whys.get(inDoubt.id)
  t.match(why, { looks: 0, best: null, second: null, nearest: [] }, 'which says nothing of anybody')
  t.same(registry.crops.picture(inDoubt.lookId ?? 0), Buffer.from(cropOf(jumped.vector)))
  const { correction } = registry.corrections.newHorse(inDoubt.id, by)
  const own = barn.vectorsOf(correction.otherId as HorseId).map((row) => row.split(': ')[1])
  t.same(own, [jumped.vector.join(' ')])
})

t.test(
  'what was kept in doubt goes when it is the same horse, and a moment of doubt keeps none',
  async (t) => {
    for (const [seconds, crops] of [
      [0.4, 0],
      [0.6, 1],
    ] as const) {
      using barn = openYard()
      const { registry } = barn
      const a = onlyHorse((await barn.show([A], 6)).at(-1))
      const { crop } = barn.eyes.counts
      await barn.show([jumped], seconds)
      await barn.show([{ ...A, box: jumped.box }], 1)
      t.equal(barn.eyes.counts.crop - crop, crops, `${seconds} s`)
      t.same(registry.sightings.unknowns(yard, 10), [])
      const [now, before] = registry.sightings.findByHorseId(a, 10)
      t.equal(now?.trackletId, before?.trackletId)
      t.equal(now?.lookId, before?.lookId)
      t.same(
        registry.crops.rows().filter(({ sightingId }) => sightingId === now?.id),
        [],
      )
    }
  },
)
