/**
 * What the central database promises: who may see and write what, nothing missed, nothing doubled, nothing from the future.
 */
import fc from 'fast-check'
import t from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import type { Stamp } from '../../daemon/lib/hlc.ts'
import { mergeHorses } from '../../daemon/registry/converge.ts'
import { type Connection, connect } from '../../daemon/sync/connection.ts'
import { findPlace, forgetPlace } from '../../daemon/sync/place.ts'
import { nothingTold } from '../../daemon/sync/push.ts'
import { meet, round } from '../../daemon/sync/round.ts'
import { bringUp, steps } from '../../daemon/sync/schema.ts'
import type { HorseState, Register } from '../../daemon/sync-types.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { openCentral, partsOf, serverOf, sync } from './central.ts'
import { type Box, found, happen, openBox, seeded, sight } from './programs.ts'

const yard = 'yard' as StreamId
const random = seeded(7)
const { signal } = new AbortController()
const hour = 3600_000

/** A clock that is a little behind, so that nothing is of the future. */
const time = () => ({ ms: systemClock.utcMs() - 120_000 })
const by = (box: Box) => ({ actor: 'anna', nowMs: box.nowMs() })

if (noPostgres) t.plan(0, noPostgres)
else {
  const postgres = await createPostgres()
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const central = await openCentral(postgres)
  const { url } = central
  const count = async (table: string, farm: string) =>
    (
      await postgres.ask<{ n: number }>(
        url,
        `SELECT count(*)::int AS n FROM barnbox.${table} WHERE farm = $1`,
        [farm],
      )
    )[0]?.n

  t.test('L13: five boxes that come to an empty server at once make one schema', async (t) => {
    const empty = await postgres.fresh()
    await Promise.all(
      [1, 2, 3, 4, 5].map(async () => {
        await using connection = await connect(serverOf(empty), signal)
        await bringUp(connection)
      }),
    )
    const rows = await postgres.ask(empty, 'SELECT number FROM barnbox.migrations ORDER BY number')
    t.strictSame(
      rows.map(({ number }) => number),
      steps().map((_, index) => index + 1),
    )
    await postgres.ask(empty, `INSERT INTO barnbox.migrations (number, name) VALUES (99, 'of tomorrow')`)
    await using connection = await connect(serverOf(empty), signal)
    await t.rejects(bringUp(connection), { code: 'SYNC_SCHEMA_NEWER' })
  })

  t.test('a role that may make no schema says so', async (t) => {
    const empty = await postgres.fresh()
    await postgres.ask(empty, 'CREATE ROLE guest LOGIN')
    await using connection = await connect(serverOf(empty, 'guest'), signal)
    await t.rejects(bringUp(connection), { code: 'SYNC_SCHEMA' })
  })

  t.test('L17: the server merges fields as the boxes do', async (t) => {
    const stamp = fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom('aaaaaaaaaaaa', 'bbbbbbbbbbbb'))
      .map(([ms, box]) => `00000000000${ms}-0000-${box}` as Stamp)
    const register = stamp.map((at): Register => ({ at, by: null, v: at }))
    const fields = fc.dictionary(fc.constantFrom('name', 'notes', 'age', 'breed'), register)
    const pairs = fc.sample(fc.tuple(fields, fields), 200)
    const rows = await postgres.ask<{ later: HorseState['fields'] }>(
      url,
      `SELECT barnbox.later(p -> 0, p -> 1) AS later FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS r(p, n) ORDER BY n`,
      [JSON.stringify(pairs)],
    )
    const horse = {
      id: 'h' as HorseId,
      box: '',
      stream: '',
      number: 1,
      color: '',
      firstMs: 0,
      confirmed: true,
    }
    for (const [index, [mine, theirs]] of pairs.entries())
      t.same(rows[index]?.later, mergeHorses({ ...horse, fields: mine }, { ...horse, fields: theirs }).fields)
  })

  t.test('a farm sees its own, and a box writes what it saw itself', async (t) => {
    const [north, south] = [openBox('north', time()), openBox('south', time())]
    for (const box of [north, south]) found(box, yard, random)
    await sync(north, url, { farm: 'hill' }, central.role('hill', north.registry.boxId))
    const [role, other] = [central.role('hill', north.registry.boxId), central.role('dale')]
    await sync(south, url, { farm: 'dale' }, other)
    await t.rejects(sync(south, url, { farm: 'hill' }, other), { code: 'SYNC_REFUSED' }, 'another farm')
    await t.rejects(sync(south, url, { farm: 'hill' }, role), { code: 'SYNC_REFUSED' }, 'another box')
    await using connection = await connect(serverOf(url, other), signal)
    t.strictSame(await connection.query('SELECT DISTINCT farm FROM barnbox.horses'), [{ farm: 'dale' }])
    await t.rejects(
      connection.query(`INSERT INTO barnbox.blobs (farm, hash, bytes) VALUES ('hill', repeat('a', 64), 'x')`),
      { code: 'SYNC_REFUSED' },
    )
    await using bound = await connect(serverOf(url, role), signal)
    await t.rejects(
      bound.query(`INSERT INTO barnbox.boxes (farm, box, program) VALUES ('hill', 'zzzzzzzzzzzz', 'x')`),
      { code: 'SYNC_REFUSED' },
    )
    t.strictSame(
      await bound.query(`DELETE FROM barnbox.vectors WHERE box <> $1 RETURNING look`, [north.registry.boxId]),
      [],
    )
    await t.rejects(bound.query('DELETE FROM barnbox.horses'), { code: 'SYNC_REFUSED' })
    await t.rejects(bound.query('UPDATE barnbox.members SET farm = $1', ['dale']), { code: 'SYNC_REFUSED' })
  })

  t.test('what is committed late is not missed', async (t) => {
    const [farm, late] = ['late', openBox('late', time())]
    const early = openBox('early', time())
    const listener = openBox('listener', time())
    const role = central.role(farm)
    const slow = found(late, yard, random)
    late.registry.horses.updateHorseDetails(slow, { name: 'Slow' }, by(late))
    const quick = found(early, yard, random)
    early.registry.horses.updateHorseDetails(quick, { name: 'Quick' }, by(early))
    // The slow one begins first and ends last.
    await using open = await connect(serverOf(url, role), signal)
    await open.query('BEGIN')
    const [state] = late.registry.sync.rows.horses([slow])
    const { id, box, stream, number, color, firstMs, confirmed, fields } = state as HorseState
    await open.query(
      `INSERT INTO barnbox.horses (farm, box, id, stream, number, color, first_ms, confirmed, fields)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [farm, box, id, stream, number, color, firstMs, confirmed, fields],
    )
    await sync(early, url, { farm }, role)
    await sync(listener, url, { farm }, role)
    t.equal(listener.registry.horses.get(quick)?.name, 'Quick')
    t.equal(listener.registry.horses.get(slow), undefined)
    await open.query('COMMIT')
    await sync(listener, url, { farm }, role)
    t.equal(listener.registry.horses.get(slow)?.name, 'Slow')
  })

  t.test('a box that dies before, within or after a commit tells all of it, once', async (t) => {
    const moment = time()
    const box = openBox('mortal', moment)
    for (let n = 0; n < 60; n++) happen(box, random)
    for (let n = 0; n < 5; n++) sight(box, found(box, yard, random), yard)
    // Long enough for its sightings to have ended.
    moment.ms += 61_000
    const [farm, role] = ['mortal', central.role('mortal')]
    let deaths = 0
    for (let fatal = 0; ; fatal++) {
      forgetPlace(box.registry.settings)
      await postgres.ask(url, `DELETE FROM barnbox.horses WHERE farm = 'mortal'`)
      const connection = await connect(serverOf(url, role), signal)
      let left = fatal
      // At an even number it dies before the server hears of it, at an odd one before it hears the answer.
      const dying: Connection = {
        ...connection,
        async query(sql, values) {
          if (left-- === 0) throw new Error('dead')
          const rows = await connection.query(sql, values)
          if (left-- === 0) throw new Error('dead')
          return rows as never[]
        },
      }
      const within: Connection = {
        ...dying,
        async within(work, mode) {
          await dying.query(mode === 'reads' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN')
          const result = await work()
          await dying.query('COMMIT')
          return result
        },
      }
      const parts = partsOf(box, { farm })
      const died = await meet(within, parts)
        .then((meeting) => round(within, parts, meeting, nothingTold(), signal))
        .then(() => false)
        .catch((error: Error) => {
          if (error.message !== 'dead') throw error
          return true
        })
      await connection[Symbol.asyncDispose]()
      if (!died) break
      deaths++
      if (fatal % 9 > 1 && fatal > 30) continue
      await sync(box, url, { farm }, role)
      t.equal(box.registry.sync.outbox.waiting(), 0)
      t.equal(
        await count('horses', farm),
        box.registry.sync.rows.horses(idsOf(box)).length,
        `died at ${fatal}`,
      )
    }
    t.ok(deaths > 40, `it died ${deaths} times`)
    t.equal(await count('sightings', farm), sightingsOf(box))
  })

  t.test('L15: a server that was set back is told all anew, by each box what it knows', async (t) => {
    const [farm, box, other] = ['backwards', openBox('one', time()), openBox('other', time())]
    const role = central.role(farm)
    const horse = found(box, yard, random)
    await sync(box, url, { farm }, role)
    await postgres.ask(url, `CREATE TABLE backup AS SELECT * FROM barnbox.boxes WHERE farm = 'backwards'`)
    box.registry.horses.updateHorseDetails(horse, { name: 'Later' }, by(box))
    await sync(box, url, { farm }, role)
    await sync(other, url, { farm }, role)
    other.registry.horses.updateHorseDetails(horse, { notes: 'by the other' }, by(other))
    await sync(other, url, { farm }, role)
    await postgres.ask(
      url,
      `UPDATE barnbox.boxes b SET rounds = k.rounds FROM backup k WHERE b.farm = k.farm AND b.box = k.box`,
    )
    await postgres.ask(url, `DELETE FROM barnbox.horses WHERE farm = 'backwards'`)
    await postgres.ask(
      url,
      `DELETE FROM barnbox.boxes WHERE farm = 'backwards' AND box = '${other.registry.boxId}'`,
    )
    for (const one of [box, other, box]) await sync(one, url, { farm }, role)
    const rows = await postgres.ask(url, `SELECT name, notes FROM barnbox.horses WHERE farm = 'backwards'`)
    t.strictSame(rows, [{ name: 'Later', notes: 'by the other' }])
    t.match(box.registry.horses.get(horse), { name: 'Later', notes: 'by the other' })
  })

  t.test('a database that was copied to another server is gone on with', async (t) => {
    const [farm, box, other] = ['copied', openBox('one', time()), openBox('other', time())]
    const role = central.role(farm)
    const horse = found(box, yard, random)
    box.registry.horses.updateHorseDetails(horse, { name: 'Copy' }, by(box))
    await sync(box, url, { farm }, role)
    await postgres.ask(
      url,
      `UPDATE barnbox.horses SET xid = (pg_current_xact_id()::text::bigint + 1000000)::text::xid8 WHERE farm = 'copied'`,
    )
    await sync(other, url, { farm }, role)
    t.equal(other.registry.horses.get(horse)?.name, 'Copy')
    const place = await connect(serverOf(url, role), signal).then(async (connection) => {
      const found = await findPlace(connection, partsOf(other, { farm }))
      await connection[Symbol.asyncDispose]()
      return found
    })
    const [{ now } = { now: '' }] = await postgres.ask<{ now: string }>(
      url,
      'SELECT pg_current_xact_id()::text AS now',
    )
    t.ok(BigInt(place.heard.horses) <= BigInt(now))
  })

  t.test('a clock that is far off tells nothing; what was said by it counts as said now', async (t) => {
    const [farm, moment] = ['clocks', time()]
    const role = central.role(farm)
    const box = openBox('fast', moment)
    const [past, future] = [found(box, yard, random), found(box, yard, random)]
    box.registry.horses.updateHorseDetails(past, { name: 'Past' }, by(box))
    moment.ms += 2 * hour
    box.registry.horses.updateHorseDetails(future, { name: 'Future' }, by(box))
    await t.rejects(sync(box, url, { farm }, role), { code: 'SYNC_CLOCK' })
    moment.ms -= 2 * hour
    const told = await sync(box, url, { farm }, role)
    t.equal(told.held, 0)
    t.ok(Math.abs(told.meeting.aheadMs + 120_000) < 5000, 'its clock is two minutes behind')
    const names = await postgres.ask(
      url,
      `SELECT name FROM barnbox.horses WHERE farm = 'clocks' ORDER BY name`,
    )
    t.strictSame(names, [{ name: 'Future' }, { name: 'Past' }])
    t.equal(box.registry.sync.outbox.waiting(), 0)
    await using connection = await connect(serverOf(url, role), signal)
    const ahead = `${(systemClock.utcMs() + hour).toString(16).padStart(12, '0')}-0000-aaaaaaaaaaaa`
    await t.rejects(
      connection.query(
        `UPDATE barnbox.horses SET fields = jsonb_build_object('name', jsonb_build_object('at', $1::text))`,
        [ahead],
      ),
      { code: 'SYNC_CLOCK' },
      'the server has a gate of its own',
    )
  })

  t.test('a picture is sent once; a look that is let go of goes everywhere, with its vectors', async (t) => {
    const [farm, box, other] = ['pictures', openBox('one', time()), openBox('other', time())]
    const role = central.role(farm)
    const horse = found(box, yard, random)
    box.registry.horses.promote([horse], 0)
    const first = await sync(box, url, { farm }, role)
    await sync(other, url, { farm }, role)
    t.equal(await count('blobs', farm), 1, 'avatar and look are the same bytes here')
    t.same(other.registry.horses.avatar(horse), box.registry.horses.avatar(horse))
    const takenMs = box.registry.horses.get(horse)?.avatarMs
    t.ok(takenMs)
    t.equal(other.registry.horses.get(horse)?.avatarMs, takenMs)
    const looks = other.registry.crops.ofHorse(horse, 9)
    t.equal(looks.length, 1)
    t.equal(
      other.registry.vectors.all({ id: 'made-up@1', dim: 4 }).vectors.length,
      1,
      'it may be recognised there',
    )
    forgetPlace(box.registry.settings)
    const again = await sync(box, url, { farm }, role)
    t.equal(await count('blobs', farm), 1)
    t.ok(again.bytes < first.bytes, 'the second time without the picture')
    box.registry.crops.remove(box.registry.crops.ofHorse(horse, 9)[0]?.lookId ?? 0)
    await sync(box, url, { farm }, role)
    await sync(other, url, { farm }, role)
    t.equal(other.registry.crops.ofHorse(horse, 9).length, 0)
    t.equal(await count('vectors', farm), 0)
  })

  t.test('what came from elsewhere in place of what was here can be asked for', async (t) => {
    const [farm, box, other] = ['history', openBox('one', time()), openBox('other', time())]
    const role = central.role(farm)
    const horse = found(box, yard, random)
    box.registry.horses.updateHorseDetails(horse, { name: 'Thunder' }, by(box))
    await sync(box, url, { farm }, role)
    await sync(other, url, { farm }, role)
    other.registry.horses.updateHorseDetails(horse, { name: 'Donner' }, { ...by(other), actor: 'ben' })
    await sync(other, url, { farm }, role)
    await sync(box, url, { farm }, role)
    t.match(box.registry.sync.pulledEdits(horse, 5), [
      { field: 'name', before: 'Thunder', after: 'Donner', actor: 'ben' },
    ])
    t.strictSame(
      box.registry.horses.names(horse).map(({ name }) => name),
      ['Donner', 'Thunder'],
    )
    // Taking it back is an edit as any other, and later.
    box.registry.horses.updateHorseDetails(horse, { name: 'Thunder' }, by(box))
    for (const one of [box, other, box]) await sync(one, url, { farm }, role)
    for (const one of [box, other]) t.equal(one.registry.horses.get(horse)?.name, 'Thunder')
    t.match(other.registry.sync.pulledEdits(horse, 5), [
      { before: 'Donner', after: 'Thunder', actor: 'anna' },
    ])
  })
}

const idsOf = ({ registry }: Box): HorseId[] => [
  ...new Set([
    ...registry.horses.all().map(({ id }) => id),
    ...registry.corrections
      .list(10_000)
      .flatMap(({ horseId, otherId }) => [horseId, otherId].filter((id) => id !== null)),
  ]),
]

const sightingsOf = (box: Box): number => {
  const { outbox } = box.registry.sync
  outbox.begin(0)
  while (outbox.fill());
  return box.registry.sync.outbox.next('sighting', 100_000, Number.MAX_SAFE_INTEGER).length
}
