/**
 * Search among the looks of all boxes, by pgvector: in PGlite, for Debian 12 has no package of it.
 */
import { randomUUID } from 'node:crypto'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import t from 'tap'
import { likely } from '../../daemon/barn-sync.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { createAlikes } from '../../daemon/sync/alike.ts'
import { createBarnhand } from '../../daemon/sync/barnhand.ts'
import { connect } from '../../daemon/sync/connection.ts'
import { bringUp } from '../../daemon/sync/schema.ts'
import type { HorseId, ModelKind } from '../../daemon/types.ts'
import { freePort } from '../support/ports.ts'
import { kindA, union } from './barnhand-tables.ts'
import { serverOf, sync } from './central.ts'
import { kind, meetHorse, unit, yard } from './looks.ts'
import { type Box, openBox } from './programs.ts'

/** One for all: it takes seconds to start. */
const db = await PGlite.create({ extensions: { vector } })
const port = await freePort()
const served = new PGLiteSocketServer({ db, port, host: '127.0.0.1' })
await served.start()
t.teardown(async () => {
  await served.stop()
  await db.close()
})

/** A database with nothing in it, pgvector at hand, and its address. */
async function fresh() {
  await db.exec(`RESET ALL; DROP SCHEMA IF EXISTS barnbox CASCADE; DROP TABLE IF EXISTS horses, streams, farms;
    DROP EXTENSION IF EXISTS vector`)
  return `postgres://127.0.0.1:${port}/postgres`
}

t.test('a horse of one box is found among those of another', async (t) => {
  const url = await fresh()
  const { signal } = new AbortController()
  {
    await using connection = await connect(serverOf(url), signal)
    t.match(await bringUp(connection), { hasVectors: false })
    await connection.query('CREATE EXTENSION vector')
    t.match(await bringUp(connection), { hasVectors: true }, 'it may come later than the schema')
  }
  const [one, two] = [1, 2].map((n) => openBox(`${n}`, { ms: systemClock.utcMs() - 120_000 })) as [Box, Box]
  for (const { registry } of [one, two]) registry.embedders.note(kind)
  const faces = Array.from({ length: 6 }, () => unit())
  const looksOf = (face: Float32Array | undefined) => Array.from({ length: 4 }, () => unit(face, 0.2))
  const looks = faces.map(looksOf)
  const here = looks.map((some, n) => meetHorse(one, some, `Here ${n}`))
  const there = meetHorse(
    two,
    (looks[2] ?? []).map((look) => unit(look, 0.05)),
    null,
  )
  // What all horses of a camera have in common is left out of account: there must be several.
  for (let n = 0; n < 5; n++) meetHorse(two, looksOf(unit()), `Elsewhere ${n}`)
  await sync(one, url)
  await sync(two, url)
  await sync(one, url)

  await using connection = await connect(serverOf(url), signal)
  const rows = await connection.query<{ embedding: string; data: Buffer }>(
    'SELECT embedding::text, data FROM barnbox.vectors ORDER BY box, look',
  )
  t.equal(rows.length, 48)
  for (const { embedding, data } of rows) {
    const stored = new Float32Array(Uint8Array.from(data).buffer)
    t.ok((JSON.parse(embedding) as number[]).every((value, n) => Math.abs(value - (stored[n] ?? 0)) < 1e-6))
  }
  await connection.query('SET enable_seqscan = off')
  const near = `SELECT l.horse FROM barnbox.vectors v JOIN barnbox.looks l ON l.farm = v.farm AND l.box = v.box AND l.id = v.look
    WHERE v.model = 'wide@1' ORDER BY v.embedding <=> (SELECT embedding FROM barnbox.vectors WHERE box = $1 LIMIT 1) LIMIT 8`
  const found = await connection.query<{ horse: HorseId }>(near, [two.registry.boxId])
  t.same(new Set(found.map(({ horse }) => horse)), new Set([there, here[2]]), 'the two that look alike')
  const plan = await connection.query(`EXPLAIN SELECT look FROM barnbox.vectors
    ORDER BY embedding <=> (SELECT embedding FROM barnbox.vectors LIMIT 1) LIMIT 5`)
  t.match(JSON.stringify(plan), /vectors_alike/)

  one[Symbol.dispose]()
  two[Symbol.dispose]()
})

t.test(
  'a horse of another box that looks like one of this box’s is named, and never made one with it',
  async (t) => {
    const url = await fresh()
    const { signal } = new AbortController()
    await db.exec('CREATE EXTENSION vector')
    const [one, two] = [1, 2].map((n) => openBox(`${n}`, { ms: systemClock.utcMs() - 120_000 })) as [Box, Box]
    for (const { registry } of [one, two]) {
      registry.embedders.note(kind)
      registry.embedders.use(kind.id)
    }
    const [face, strange] = [unit(), unit()]
    const looksOf = (of: Float32Array, far = 0.2) => Array.from({ length: 4 }, () => unit(of, far))
    const here = meetHorse(one, looksOf(face), null)
    const few = meetHorse(one, looksOf(strange).slice(0, 2), null)
    const there = meetHorse(two, looksOf(face), 'There')
    meetHorse(two, looksOf(strange), 'Strange')
    const unlike = meetHorse(one, looksOf(unit()), null)
    // As where each camera knows its own horses: looks are not fetched.
    for (const box of [one, two, one]) await sync(box, url, { wantsLooks: false })
    t.equal(one.registry.crops.ofHorse(there, 9).length, 0)
    await using connection = await connect(serverOf(url), signal)
    let embedder: ModelKind | undefined = kind
    const alikes = createAlikes({
      ...{ farm: 'sunnyside', box: one.registry.boxId, kind: () => embedder, clock: systemClock, everyMs: 0 },
    })
    t.same(alikes.of(here), [], 'not asked yet')
    await alikes.ask(connection)
    t.match(alikes.of(here), [{ horse: here, other: there }])
    t.ok((alikes.of(here)[0]?.likeness ?? 0) > 0.9)
    t.same([...alikes.of(few), ...alikes.of(unlike)], [], 'two looks are too few, and strangers are none')
    const names = (id: HorseId) => likely(one.registry, id, alikes.of(id)).map(({ name }) => name)
    t.same(names(here), ['There'])
    const by = { actor: 'anna', nowMs: one.nowMs() }
    one.registry.horses.updateHorseDetails(here, { name: 'Here' }, by)
    t.same(names(here), [], 'by two names a person has told them apart')
    t.equal(one.registry.horses.get(here)?.id, here, 'nobody has merged them')
    await db.exec('ALTER TABLE barnbox.vectors RENAME TO hidden')
    await alikes.ask(connection)
    t.same(alikes.of(here), [], 'what the server says against it is in the way of nothing')
    await db.exec('ALTER TABLE barnbox.hidden RENAME TO vectors')
    embedder = { ...kind, dim: 4 }
    await alikes.ask(connection)
    t.same(alikes.of(here), [], 'vectors of another size are not there')
    one[Symbol.dispose]()
    two[Symbol.dispose]()
  },
)

t.test('BarnHand’s vectors are of 768 numbers, or nothing is written there', async (t) => {
  const url = await fresh()
  const box = openBox('1', { ms: systemClock.utcMs() - 120_000 })
  const { registry, nowMs } = box
  const look = unit()
  const id = meetHorse(box, [look], null)
  registry.embedders.note({ ...kind, name: 'megadescriptor-t-224' })
  registry.embedders.use(kind.id)
  const picture = { streamId: yard, atMs: nowMs(), width: 640, height: 360 }
  registry.tracks.put({ ...picture, state: {} })
  registry.tracks.place(id, [1, 2, 30, 40], picture)
  const farm = randomUUID()
  const config = { stream_ids: { yard: farm }, farm_id: farm, prefix: 'bb', names: false, official: false }
  const parts = { config, book: registry.sync.portable, memory: registry.settings, everyMs: 0 }
  const barnhand = createBarnhand({ ...parts, clock: systemClock })
  const { signal } = new AbortController()
  await using connection = await connect(serverOf(url), signal)
  await db.exec(`CREATE EXTENSION vector; ${kindA('vector(512)')}`)
  await barnhand.tell(connection, signal)
  t.match(barnhand.view(), { rows: 0, fault: { code: 'BARNHAND_MISMATCH', detail: /has 512 numbers/ } })
  t.strictSame(await connection.query('SELECT id FROM horses'), [])
  await db.exec(`DROP TABLE horses, streams, farms; ${union('vector(768)')};
    INSERT INTO farms VALUES ('${farm}'); INSERT INTO streams VALUES ('${farm}')`)
  await barnhand.tell(connection, signal)
  t.match(barnhand.view(), { rows: 1, fault: null })
  const near = await connection.query(
    'SELECT id::text, feature_vector <=> $1::vector AS far, vector_dims(feature_vector) AS dim FROM horses',
    [`[${look.join(',')}]`],
  )
  t.match(near, [{ id, dim: 768 }])
  t.ok(Number(near[0]?.['far']) < 1e-6, 'as BarnHand searches it')
  box[Symbol.dispose]()
})
