/**
 * Lessons of BarnHand, the program before, as they hold for the chain from frame to row. The labels are those of
 * docs/cases.md.
 */

import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { acceptScore } from '../../daemon/identity/decide.ts'
import { leadToAccept } from '../../daemon/identity/odds.ts'
import { registryFile } from '../../daemon/registry/registry.ts'
import type { Box, HorseId } from '../../daemon/types.ts'
import { axis, like, yard } from '../identity/vectors.ts'
import { start, type World } from './world.ts'
import { kind, left, onlyHorse, openYard, right, shown } from './yard.ts'

const nowMs = Date.UTC(2026, 10, 23)
const edit = { actor: 'anna', nowMs }
const A = { box: left, vector: axis(0) }
const B = { box: right, vector: axis(1) }
const stall = (n: number): Box => [40 + n * 410, 200, 340 + n * 410, 450]

/** A box with two horses that know their places, stopped. */
async function twoKnown(t: Test, file: string): Promise<[HorseId, HorseId]> {
  const world = start(t, file)
  await world.show([A, B], 20)
  const [a, b] = shown(world.analysed.at(-1))
  await world.stop()
  if (!a || !b) throw new Error('two horses were expected')
  return [a, b]
}

function vectorRows(file: string): unknown[] {
  const raw = new Database(file, { readonly: true })
  const rows = raw.prepare('SELECT id, horse_id, model, dim, hex(vector) FROM vectors ORDER BY id').all()
  raw.close()
  return rows
}

/** Whom a world saw, in the order of its first sight, nobody left out. */
const everSeen = ({ analysed }: World) => [...new Set(analysed.flatMap((one) => shown(one)))]

t.test('regression 8: damaged state of one horse, and an empty box, cost the others nothing', async (t) => {
  const file = registryFile(t.testdir())
  const [a, b] = await twoKnown(t, file)
  const raw = new Database(file)
  const spoilt = raw
    .prepare('UPDATE vectors SET vector = zeroblob(dim * 4) WHERE horse_id = ?')
    .run(a).changes
  raw.close()
  t.ok(spoilt > 0)
  const world = start(t, file)
  t.equal(world.registry.vectors.all(kind).refused, spoilt, 'left out and counted')
  const empty = [
    { box: [600, 300, 600, 300] as Box, vector: undefined },
    { box: [700, 300, 650, 200] as Box, vector: undefined },
  ]
  await world.show([B, ...empty], 20)
  t.equal(world.analysed.length, 20, 'every picture is analysed')
  t.ok(
    world.analysed.every((one) => one.boxes.some(({ box }) => box[0] === right[0])),
    'and shows the horse',
  )
  t.same(everSeen(world).filter(Boolean), [b], 'which is who it was')
  t.same(world.lines, [], 'and nothing fails')
})

t.test('regression 9: vectors of another size never meet those that are stored', async (t) => {
  const file = registryFile(t.testdir())
  const [a, b] = await twoKnown(t, file)
  const before = vectorRows(file)
  const small = (n: number) => Float32Array.from({ length: 8 }, (_, at) => (at === n ? 1 : 0))
  const other = start(t, file, { embedder: { ...kind, id: 'other@1', dim: 8 } })
  await other.show(
    [
      { ...A, vector: small(0) },
      { ...B, vector: small(1) },
    ],
    20,
  )
  t.ok(
    other.analysed.every(({ boxes }) => boxes.length === 2),
    'animals are found all the same',
  )
  t.notOk(
    everSeen(other).some((id) => id === a || id === b),
    'and are not taken for those of other vectors',
  )
  t.same(other.lines, [])
  await other.stop()
  t.same(vectorRows(file).slice(0, before.length), before, 'which are as they were')
  const again = start(t, file)
  await again.show([A, B], 20)
  t.same(shown(again.analysed.at(-1)), [a, b], 'and known as before by what made them')
})

t.test('L6: three horses, seen a hundred times in all places, are three', async (t) => {
  const file = registryFile(t.testdir())
  const world = start(t, file)
  const horses = () => world.registry.horses.findByStreamId(yard)
  for (let visit = 0; visit < 34; visit++) {
    const scene = [0, 1, 2].map((n) => ({ box: stall((n + visit) % 3), vector: like(n, 0.97) }))
    await world.show(visit % 4 === 0 ? scene.slice(0, 2) : scene, 12)
    if (visit === 0)
      t.ok(
        horses().every(({ standing }) => standing === 'provisional'),
        'at first only a thought',
      )
    world.pass(60)
  }
  await world.stop()
  const raw = new Database(file, { readonly: true })
  const ofHorse = 'SELECT count(DISTINCT tracklet_id) FROM sightings s WHERE s.horse_id = h.id'
  const rows = raw
    .prepare(`SELECT number, standing, (${ofHorse}) AS seen FROM horses h ORDER BY number`)
    .all()
  raw.close()
  t.match(
    rows,
    [1, 2, 3].map((number) => ({ number, standing: 'horse' })),
    'no fourth, and all certain',
  )
  t.ok(
    (rows as { seen: number }[]).every(({ seen }) => seen >= 20),
    JSON.stringify(rows),
  )
})

t.test(
  'L8: residents change nothing of who is recognised: a stranger stays one, and it can be taken back',
  async (t) => {
    using barn = openYard()
    const resident = onlyHorse((await barn.show([A], 3)).at(-1))
    const before = barn.vectorsOf(resident)
    for (const isOfficial of [true, false]) {
      barn.registry.horses.setOfficial(resident, isOfficial, edit)
      barn.pass(600)
      const stranger = { box: left, vector: axis(isOfficial ? 4 : 5) }
      const seen = await barn.show([stranger], 10)
      t.notOk(
        seen.some((one) => shown(one).includes(resident)),
        'never the only one who lives here',
      )
      t.same(shown(seen[0]), [null], 'unknown first')
      t.match(
        barn.registry.horses.get(onlyHorse(seen.at(-1))),
        { officialMs: null },
        'then a horse, but no resident',
      )
      barn.pass(600)
      t.equal(onlyHorse((await barn.show([A], 3)).at(-1)), resident)
    }
    t.same(barn.vectorsOf(resident), before)
    t.match(barn.registry.horses.get(resident), { officialMs: null, name: null })
  },
)

t.test('L11: what a decision was made from is stored with it', async (t) => {
  using barn = openYard()
  const id = onlyHorse((await barn.show([A], 3)).at(-1))
  barn.pass(60)
  await barn.show([{ ...A, vector: like(0, 0.9) }], 3)
  barn.pass(60)
  await barn.show([{ box: right, vector: undefined }], 3)
  const [matched, created] = barn.registry.sightings.findByHorseId(id, 10)
  const [unknown] = barn.registry.sightings.unknowns(yard, 10)
  const basis = { threshold: acceptScore, margin: leadToAccept, model: kind.id }
  t.match(created?.decision, { kind: 'created', ...basis })
  t.match(matched?.decision, { kind: 'matched', score: Number, ...basis })
  const { score } = matched?.decision ?? { score: null }
  t.ok(score !== null && score > acceptScore && score < 1, 'how probable it was')
  t.match(unknown?.decision, { kind: 'unknown', ...basis })
})
