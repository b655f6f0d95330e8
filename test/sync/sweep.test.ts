/**
 * Pictures in the central database that no row names any more: they go when they are old, and never under the hands of another box.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import { hashOf } from '../../daemon/registry/sync-rows.ts'
import { type Connection, connect } from '../../daemon/sync/connection.ts'
import { bringUp } from '../../daemon/sync/schema.ts'
import { reads, writes } from '../../daemon/sync/tables.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { openCentral, serverOf, sync } from './central.ts'
import { type Box, found, openBox, seeded } from './programs.ts'

const yard = 'yard' as StreamId
const random = seeded(5)
const { signal } = new AbortController()
const farm = 'sunnyside'

if (noPostgres) t.plan(0, noPostgres)
else {
  const postgres = await createPostgres()
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const { url, role } = await openCentral(postgres)
  const user = role(farm)
  const there = async () =>
    new Set(
      (await postgres.ask<{ hash: string }>(url, 'SELECT hash FROM barnbox.blobs')).map(({ hash }) => hash),
    )
  const age = (days: number) =>
    postgres.ask(url, `UPDATE barnbox.blobs SET used_at = now() - interval '${days} days'`)
  const open = (name: string) => {
    const box = openBox(name, { ms: systemClock.utcMs() - 60_000 })
    t.teardown(() => box[Symbol.dispose]())
    return box
  }
  const meet = (box: Box) => sync(box, url, { farm }, user)
  /** Meets once more, as on another day. */
  const nextDay = async (box: Box) => {
    box.registry.settings.set('sync_swept', '')
    await meet(box)
  }
  const newHorse = (box: Box): [HorseId, string] => {
    const id = found(box, yard, random)
    box.registry.horses.promote([id], 0)
    return [id, hashOf(box.registry.horses.avatar(id) ?? new Uint8Array())]
  }

  t.test('what no row names goes when it is old, once a day, and what any box names stays', async (t) => {
    const [one, two] = [open('one'), open('two')]
    const [[, mine], [id, theirs]] = [newHorse(one), newHorse(two)]
    for (const box of [one, two]) await meet(box)
    await postgres.ask(
      url,
      `INSERT INTO barnbox.blobs (farm, hash, bytes) VALUES ('dale', repeat('d', 64), 'x')`,
    )
    const orphan = 'a'.repeat(64)
    await postgres.ask(url, `INSERT INTO barnbox.blobs (farm, hash, bytes) VALUES ($1, $2, 'x')`, [
      farm,
      orphan,
    ])
    await nextDay(one)
    t.ok((await there()).has(orphan), 'it is young')
    await age(8)
    await meet(one)
    t.ok((await there()).has(orphan), 'it was done today')
    await nextDay(one)
    t.same(await there(), new Set([mine, theirs, 'd'.repeat(64)]), 'and not in another farm')
    const better = Uint8Array.of(0xff, 0xd8, 1, 2, 3, 0xff, 0xd9)
    two.registry.horses.updateAvatar(id, { jpeg: better, score: 5000 })
    for (const { lookId } of two.registry.crops.ofHorse(id, 9)) two.registry.crops.remove(lookId)
    await meet(two)
    await age(8)
    await nextDay(one)
    t.same(
      await there(),
      new Set([mine, hashOf(better), 'd'.repeat(64)]),
      'a look and an avatar that made way',
    )
  })

  t.test('a box that names an old picture at that moment keeps it', async (t) => {
    const hash = 'b'.repeat(64)
    const put = () =>
      postgres.ask(
        url,
        `INSERT INTO barnbox.blobs (farm, hash, bytes, used_at) VALUES ($1, $2, 'x', now() - interval '8 days')`,
        [farm, hash],
      )
    await using naming = await connect(serverOf(url, user), signal)
    await using clearing = await connect(serverOf(url, user), signal)
    const name = async (line: Connection) => {
      await line.query(writes.keepBlobs, [farm, [hash]])
      return (await line.query(reads.unsent, [farm, [hash]])).length
    }
    await put()
    await naming.query('BEGIN')
    t.equal(await name(naming), 0, 'it need not be sent')
    t.same(await clearing.query(writes.noBlobs, [farm, 500]), [], 'passed over')
    await naming.query(
      `INSERT INTO barnbox.seen (farm, box, horse, stream, last_ms, detections, confidence, avatar)
       VALUES ($1, 'aaaaaaaaaaaa', gen_random_uuid(), 'yard', 1, 1, 1, $2)`,
      [farm, hash],
    )
    await naming.query('COMMIT')
    t.same(await clearing.query(writes.noBlobs, [farm, 500]), [])
    t.ok((await there()).has(hash))

    await postgres.ask(url, `DELETE FROM barnbox.seen WHERE box = 'aaaaaaaaaaaa'`)
    await postgres.ask(url, 'DELETE FROM barnbox.blobs WHERE hash = $1', [hash])
    await put()
    await clearing.query('BEGIN')
    t.same(await clearing.query(writes.noBlobs, [farm, 500]), [{ hash }])
    await naming.query('BEGIN')
    const unsent = name(naming)
    await clearing.query('COMMIT')
    t.equal(await unsent, 1, 'it waited, and knows that it must send it again')
    await naming.query('ROLLBACK')
  })

  t.test('a role that was made before the step may do so after it, and no more', async (t) => {
    const old = await postgres.fresh()
    const first = readFileSync(new URL('../../daemon/sync/schema/0001-registry.sql', import.meta.url), 'utf8')
    for (const sql of [
      ...[
        'CREATE SCHEMA barnbox',
        first,
        'CREATE TABLE barnbox.migrations (number integer PRIMARY KEY, name text)',
      ],
      `INSERT INTO barnbox.migrations VALUES (1, '0001-registry.sql')`,
      ...['CREATE ROLE elder LOGIN', `INSERT INTO barnbox.members (role, farm) VALUES ('elder', 'hill')`],
    ])
      await postgres.ask(old, sql)
    await using connection = await connect(serverOf(old), signal)
    await bringUp(connection)
    const rights = await postgres.ask(
      old,
      `SELECT has_table_privilege('elder', 'barnbox.blobs', 'DELETE') AS deletes,
         has_column_privilege('elder', 'barnbox.blobs', 'used_at', 'UPDATE') AS says,
         has_column_privilege('elder', 'barnbox.blobs', 'bytes', 'UPDATE') AS changes`,
    )
    t.strictSame(rights, [{ deletes: true, says: true, changes: false }])
  })
}
