/**
 * BarnHand's table of horses, of every kind that is about: what is written there, and what never is.
 */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { type BarnhandConfig, bboxOf, createBarnhand } from '../../daemon/sync/barnhand.ts'
import { checkBarnhand } from '../../daemon/sync/barnhand-check.ts'
import { type Connection, connect } from '../../daemon/sync/connection.ts'
import { startSync } from '../../daemon/sync/sync.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { kindA, kindB, standIn, union } from './barnhand-tables.ts'
import { openCentral, partsOf, serverOf } from './central.ts'
import { unit } from './looks.ts'
import { type Box, openBox } from './programs.ts'

const yard = 'yard' as StreamId
const pen = 'pen' as StreamId
const { signal } = new AbortController()
const [farm, stream, other] = [randomUUID(), randomUUID(), randomUUID()]
const mega = { id: 'mega@1', dim: 768, name: 'megadescriptor-t-224', preprocess: null, licence: null }
const config = (more: Partial<BarnhandConfig> = {}): BarnhandConfig => ({
  ...{ stream_ids: { yard: stream, pen: other }, farm_id: farm, prefix: 'bb_north', names: false },
  ...{ official: false, ...more },
})
const by = (box: Box) => ({ actor: 'anna', nowMs: box.nowMs() })

function fresh(t: Test): Box & { time: { ms: number } } {
  const time = { ms: systemClock.utcMs() - 60_000 }
  const box = openBox('north', time)
  t.teardown(() => box[Symbol.dispose]())
  box.registry.embedders.note(mega)
  box.registry.embedders.use(mega.id)
  return { ...box, time }
}

/** A horse of a camera; `isPlaced`: it is known where in the picture. */
function meet(
  box: Box,
  { at = yard, isPlaced = true, standing = 'horse' as const, looks = 2 } = {},
): HorseId {
  const { registry, nowMs } = box
  const jpeg = Uint8Array.of(0xff, 0xd8, 7, 0xff, 0xd9)
  const { id } = registry.horses.create({
    ...{ streamId: at, seenMs: nowMs(), confidence: 0.9, standing, avatar: { jpeg, score: 1 } },
  })
  const look = { horseId: id, jpeg, quality: 0.5, takenMs: nowMs(), trackletId: undefined, camera: at }
  const face = unit()
  for (let n = 0; n < looks; n++) registry.openLooks(mega).add(at, { ...look, vector: unit(face, 0.1) })
  if (isPlaced) place(box, id, at)
  return id
}

function place({ registry, nowMs }: Box, id: HorseId, streamId = yard): void {
  const picture = { streamId, atMs: nowMs(), width: 640, height: 360 }
  registry.tracks.put({ ...picture, state: {} })
  registry.tracks.place(id, [64, 36, 320, 180], picture)
}

const barnhandOf = ({ registry }: Box, more: Partial<BarnhandConfig> = {}) =>
  createBarnhand({
    ...{ config: config(more), book: registry.sync.portable, memory: registry.settings, everyMs: 0 },
    clock: systemClock,
  })

if (noPostgres) t.plan(0, noPostgres)
else {
  const postgres = await createPostgres()
  t.teardown(() => postgres[Symbol.asyncDispose]())

  /** A database with such a table, and a line there. */
  const open = async (t: Test, ...tables: string[]) => {
    const url = await postgres.fresh()
    for (const sql of tables) await postgres.ask(url, sql)
    if (tables.length > 0) {
      await postgres.ask(url, `INSERT INTO farms VALUES ($1, 'Sunnyside')`, [farm])
      for (const id of [stream, other]) await postgres.ask(url, `INSERT INTO streams VALUES ($1, 'x')`, [id])
    }
    const connection = await connect(serverOf(url), signal, 10_000)
    t.teardown(() => connection[Symbol.asyncDispose]())
    const rows = () => postgres.ask(url, 'SELECT * FROM horses ORDER BY tracking_id')
    const ask = (sql: string, values?: unknown[]) => postgres.ask(url, sql, values)
    return { url, connection, rows, ask }
  }
  const tell = async (box: Box, connection: Connection, more: Partial<BarnhandConfig> = {}) => {
    const barnhand = barnhandOf(box, more)
    await barnhand.tell(connection, signal)
    return barnhand.view()
  }

  t.test('each kind of the table gets what it has columns for', async (t) => {
    for (const [name, table] of Object.entries({ A: kindA, B: kindB, union })) {
      const box = fresh(t)
      const id = meet(box)
      box.registry.horses.updateHorseDetails(id, { name: 'Nora', notes: 'bites' }, by(box))
      const { connection, rows } = await open(t, standIn, table('vector'))
      t.strictSame(await tell(box, connection), { fault: null, rows: 1, unplaced: 0, deleted: 0 }, name)
      const [row = {}] = await rows()
      t.match(
        row,
        { id, tracking_id: 'bb_north_horse_001', status: 'active', name: null },
        'the name is not told',
      )
      t.strictSame((row['metadata'] as object) ?? {}, {
        ...{ bbox: { x: 64, y: 36, width: 256, height: 144 }, tracking_id_int: 1 },
        color: box.registry.horses.get(id)?.color,
      })
      const vector = JSON.parse(String(row['feature_vector'])) as number[]
      t.equal(vector.length, 768)
      t.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5)
      if (name !== 'B') t.match(row, { farm_id: farm, ui_color: /^#/, confidence_score: 0.9 })
      if (name !== 'A') t.match(row, { stream_id: stream, color_hex: /^#/, track_confidence: 0.9 })
      if (name === 'union') {
        t.strictSame([...(row['avatar_thumbnail'] as Buffer)], [0xff, 0xd8, 7, 0xff, 0xd9])
        t.match(row, { is_official: false, made_official_at: null })
      }
    }
  })

  t.test(
    'looked at before anything is written: what fits, what may be done, what is not there',
    async (t) => {
      const { url, connection, ask } = await open(t, standIn, union('vector'))
      const check = async (line = connection, more: Partial<BarnhandConfig> = {}, embedder = mega.name) => {
        const found = await checkBarnhand(line, config(more), embedder)
        return Object.fromEntries(found.map(({ part, level, detail }) => [part, `${level}: ${detail}`]))
      }
      t.match(await check(), {
        'barnhand table': /^ok: takes id, .*feature_vector/,
        ...{ 'barnhand rights': /^ok/, 'barnhand vectors': 'ok: of 768 numbers', 'barnhand ids': undefined },
      })
      const [strange, nobody] = [randomUUID(), randomUUID()]
      t.match(await check(connection, { stream_ids: { yard: strange }, farm_id: nobody }, 'another'), {
        'barnhand vectors': /^warning: none are told.*another/,
        'barnhand ids': `problem: BARNHAND_FAILED: streams has no ${strange}; farms has no ${nobody}`,
      })
      await ask('CREATE ROLE stable LOGIN')
      await using poor = await connect(serverOf(url, 'stable'), signal)
      t.match(await check(poor), {
        'barnhand table': undefined,
        'barnhand rights': /^problem: BARNHAND_REFUSED: stable may not SELECT, INSERT, UPDATE there: GRANT/,
      })
      await ask('GRANT SELECT, INSERT, UPDATE ON public.horses TO stable')
      t.match(await check(poor, { farm_id: nobody }), {
        'barnhand rights': /^ok/,
        'barnhand ids': undefined,
      })
      await ask('ALTER TABLE horses ALTER total_detections TYPE text')
      t.match(await check(), { 'barnhand table': /^problem: BARNHAND_MISMATCH.*total_detections/ })
      t.match(await check((await open(t)).connection), { 'barnhand table': /^problem: BARNHAND_ABSENT/ })
      t.strictSame(await ask('SELECT id FROM horses'), [], 'nothing was written')
    },
  )

  t.test('names and residents go there only when asked for', async (t) => {
    const box = fresh(t)
    const id = meet(box)
    box.registry.horses.updateHorseDetails(id, { name: 'Nora' }, by(box))
    box.registry.horses.setOfficial(id, true, by(box))
    const { connection, rows } = await open(t, standIn, union('vector'))
    await tell(box, connection)
    t.match(await rows(), [{ name: null, is_official: false }])
    await tell(box, connection, { names: true, official: true })
    t.match(await rows(), [{ name: 'Nora', is_official: true, made_official_at: Date }])
  })

  t.test('what is not sure to be a horse, or has no place in a picture, waits', async (t) => {
    const box = fresh(t)
    meet(box, { standing: 'provisional' as 'horse' })
    const id = meet(box, { isPlaced: false })
    meet(box, { at: 'elsewhere' as StreamId })
    const { connection, rows } = await open(t, standIn, union('vector'))
    const barnhand = barnhandOf(box)
    await barnhand.tell(connection, signal)
    t.match(barnhand.view(), { fault: null, rows: 0, unplaced: 1 })
    t.strictSame(await rows(), [])
    place(box, id)
    await barnhand.tell(connection, signal)
    t.match(barnhand.view(), { rows: 1, unplaced: 0 })
    t.match(await rows(), [{ id }])
  })

  t.test('what another embedder saw is no vector there', async (t) => {
    const box = fresh(t)
    meet(box)
    box.registry.embedders.note({ ...mega, id: 'wide@2', name: 'wide' })
    box.registry.embedders.use('wide@2')
    const { connection, rows } = await open(t, standIn, union('vector'))
    await tell(box, connection)
    t.match(await rows(), [{ feature_vector: null }])
  })

  t.test('numbers follow the barn’s own and are never given twice', async (t) => {
    const box = fresh(t)
    const { connection, rows, ask } = await open(t, standIn, union('vector'))
    const theirs = `${stream.replaceAll('-', '_')}_horse_`
    const add = (number: string, status: string) =>
      ask(`INSERT INTO horses (tracking_id, farm_id, status) VALUES ($1, $2, $3)`, [
        theirs + number,
        farm,
        status,
      ])
    await add('004', 'active')
    await add('006', 'deleted')
    await ask(`INSERT INTO farms VALUES ($1, 'Elsewhere')`, [other])
    await ask(`INSERT INTO horses (tracking_id, farm_id) VALUES ('x_horse_900', $1)`, [other])
    const barnhand = barnhandOf(box)
    const later = meet(box)
    meet(box, { at: pen })
    await barnhand.tell(connection, signal)
    const ours = async () =>
      (await rows()).map((row) => String(row['tracking_id'])).filter((id) => id.startsWith('bb_'))
    t.strictSame(await ours(), ['bb_north_horse_007', 'bb_north_horse_008'])
    await ask('DELETE FROM horses WHERE id = $1', [later])
    meet(box)
    await barnhandOf(box).tell(connection, signal)
    t.strictSame(await ours(), ['bb_north_horse_007', 'bb_north_horse_009', 'bb_north_horse_010'])
  })

  t.test('a tombstone stands, whoever set it', async (t) => {
    const box = fresh(t)
    const [ours, theirs, merged] = [meet(box), meet(box), meet(box)]
    const { connection, rows, ask } = await open(t, standIn, union('vector'))
    const barnhand = barnhandOf(box)
    await barnhand.tell(connection, signal)
    t.ok(barnhand.told(ours))
    await ask(`UPDATE horses SET status = 'deleted', updated_at = now() WHERE id = $1`, [theirs])
    const removed = box.registry.corrections.remove(ours, by(box))
    box.registry.horses.updateHorseDetails(theirs, { age: 9 }, by(box))
    box.time.ms += 1000
    await barnhand.tell(connection, signal)
    t.match(barnhand.view(), { rows: 1, deleted: 1, fault: null })
    t.equal(barnhand.told(ours), undefined)
    box.registry.corrections.merge(merged, meet(box), by(box))
    box.registry.corrections.undo(removed.correction.id, by(box))
    await barnhand.tell(connection, signal)
    const states = new Map((await rows()).map((row) => [row['id'], row['status']]))
    t.equal(states.get(ours), 'deleted', 'taken back here, and dead there')
    t.equal(states.get(theirs), 'deleted')
    t.equal(states.get(merged), 'deleted')
    t.match(barnhand.view(), { rows: 1, deleted: 2 })
  })

  t.test('what people and BarnHand wrote there stays', async (t) => {
    const box = fresh(t)
    const id = meet(box)
    const { connection, rows, ask } = await open(t, standIn, union('vector'))
    const barnhand = barnhandOf(box, { names: true })
    await barnhand.tell(connection, signal)
    const metadata = { bbox: { x: 1, y: 2, width: 3, height: 4 }, notes: 'of BarnHand' }
    await ask(
      `UPDATE horses SET metadata = $1, name = 'Theirs', color_hex = '#000000', status = 'inactive', total_detections = 5000,
       last_seen = '2030-01-01T00:00:00Z', stream_id = $2`,
      [metadata, other],
    )
    box.registry.horses.updateHorseDetails(id, { notes: 'ours' }, by(box))
    await barnhand.tell(connection, signal)
    t.match(await rows(), [
      {
        metadata,
        name: 'Theirs',
        color_hex: '#000000',
        status: 'inactive',
        total_detections: 5000,
        stream_id: other,
      },
    ])
    t.match(await rows(), [{ last_seen: new Date('2030-01-01T00:00:00Z') }])
    t.equal(barnhand.told(id)?.streamId, other, 'as it is called there')
    await ask(`UPDATE horses SET metadata = '{"bbox": {}, "notes": "of BarnHand"}'`)
    box.registry.horses.updateHorseDetails(id, { notes: 'more' }, by(box))
    await barnhand.tell(connection, signal)
    t.match(await rows(), [{ metadata: { bbox: { width: 256 }, notes: 'of BarnHand' } }], 'no empty box')
  })

  t.test('what does not fit is refused in words', async (t) => {
    const box = fresh(t)
    meet(box)
    const faultOf = async (...tables: string[]) => {
      const { connection, ask } = await open(t, ...tables)
      const { fault } = await tell(box, connection)
      const written = tables.length > 0 ? await ask('SELECT 1 FROM horses WHERE NOT id IS NULL') : []
      return { ...fault, written: written.length }
    }
    const refused = (detail: RegExp, written = 0) => ({ code: 'BARNHAND_MISMATCH', detail, written })
    t.match(await faultOf(), { code: 'BARNHAND_ABSENT' })
    const short = `INSERT INTO horses (feature_vector) VALUES ('[${Array(512).fill(0.1).join(',')}]')`
    t.match(await faultOf(standIn, kindA('vector'), short), refused(/has 512 numbers, barnbox's have 768/, 1))
    const change = (sql: string) => faultOf(standIn, union('vector'), `ALTER TABLE horses ${sql}`)
    t.match(await change('ADD owner text NOT NULL'), refused(/horses.owner must be filled/))
    t.match(await change('ALTER name SET NOT NULL'), refused(/horses.name must be filled/))
    t.match(
      await change('ALTER last_seen TYPE text'),
      refused(/last_seen is of type text, expected timestamptz/),
    )
    t.match(await change('DROP tracking_id'), refused(/no column tracking_id/))
  })

  t.test('an id of more than 50 characters is refused', async (t) => {
    const box = fresh(t)
    meet(box)
    const { connection, ask, rows } = await open(t, standIn, union('vector'))
    const prefix = `bb_${'x'.repeat(37)}`
    t.match(await tell(box, connection, { prefix }), { fault: null, rows: 1 })
    t.equal(String((await rows())[0]?.['tracking_id']).length, 50)
    await ask(`UPDATE horses SET tracking_id = 'a_horse_999'`)
    meet(box)
    t.match(await tell(box, connection, { prefix }), {
      fault: { code: 'BARNHAND_MISMATCH', detail: /longer than 50/ },
    })
  })

  t.test('one row that is refused holds up no other', async (t) => {
    const box = fresh(t)
    const horses = Array.from({ length: 9 }, () => meet(box))
    const far = meet(box, { at: pen })
    const { connection, ask, rows } = await open(t, standIn, union('vector'))
    await ask(`ALTER TABLE horses ADD CHECK (id <> '${horses[4]}')`)
    t.match(await tell(box, connection), {
      fault: { code: 'BARNHAND_FAILED', detail: /check constraint/ },
      rows: 9,
    })
    t.equal((await rows()).length, 9)
    await ask('DELETE FROM streams WHERE id = $1', [stream])
    t.match(await rows(), [{ id: far }], 'with the stream its rows go')
    const view = await tell(box, connection)
    t.match(view, { fault: { code: 'BARNHAND_FAILED', detail: /foreign key/ } })
    t.equal((await rows()).length, 1)
    await ask(`INSERT INTO streams VALUES ($1, 'again')`, [stream])
    t.match(await tell(box, connection), { rows: 9 }, 'they are there again with the stream')
  })

  t.test('what is in its way is in the way of nothing else', async (t) => {
    const box = fresh(t)
    const id = meet(box)
    const central = await openCentral(postgres)
    const role = central.role('sunnyside')
    const ask = (sql: string, values?: unknown[]) => postgres.ask(central.url, sql, values)
    const barnhand = barnhandOf(box)
    const ending = new AbortController()
    const syncing = startSync(
      { ...partsOf(box), server: serverOf(central.url, role), everyMs: 50, log: silentLog, barnhand },
      ending.signal,
    )
    t.teardown(async () => {
      ending.abort()
      await syncing[Symbol.asyncDispose]()
    })
    const stands = (code: string | undefined) =>
      until(() => barnhand.view().fault?.code === code, `${code}, not ${JSON.stringify(barnhand.view())}`)
    await stands('BARNHAND_ABSENT')
    for (const sql of [standIn, union('vector')]) await ask(sql)
    await ask(`INSERT INTO farms VALUES ($1, 'x')`, [farm])
    await ask(`INSERT INTO streams VALUES ($1, 'x')`, [stream])
    await stands('BARNHAND_REFUSED')
    await ask(`GRANT SELECT, INSERT, UPDATE ON horses TO ${role}`)
    await until(() => barnhand.view().rows === 1, 'told')
    t.equal(barnhand.view().fault, null)
    t.match(await ask('SELECT id FROM horses'), [{ id }])
    // Somebody holds its row for long.
    const holder = await connect(serverOf(central.url), signal, 20_000)
    t.teardown(() => holder[Symbol.asyncDispose]())
    await holder.query('BEGIN')
    await holder.query('SELECT 1 FROM horses FOR UPDATE')
    box.registry.horses.updateHorseDetails(id, { name: 'Held' }, by(box))
    await stands('BARNHAND_FAILED')
    await until(
      async () => (await ask(`SELECT 1 FROM barnbox.horses WHERE name = 'Held'`)).length === 1,
      'the rest is told meanwhile',
    )
    t.equal(syncing.view().fault, null)
    await holder.query('ROLLBACK')
    await stands(undefined)
  })

  t.test('no box is ever empty', async (t) => {
    const side = fc.float({ min: -10, max: 5000, noNaN: true })
    fc.assert(
      fc.property(side, side, side, side, (x1, y1, x2, y2) => {
        const { width, height } = bboxOf([x1, y1, x2, y2])
        return width >= 1 && height >= 1
      }),
    )
    t.pass()
  })
}
