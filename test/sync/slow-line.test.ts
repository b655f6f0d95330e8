import t from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import { type Connection, connect, failureOf } from '../../daemon/sync/connection.ts'
import { forgetPlace } from '../../daemon/sync/place.ts'
import { nothingTold } from '../../daemon/sync/push.ts'
import { meet, round } from '../../daemon/sync/round.ts'
import type { StreamId } from '../../daemon/types.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { openCentral, partsOf, serverOf, sync } from './central.ts'
import { withLooks } from './pictures.ts'
import { type Box, found, openBox, seeded, sight } from './programs.ts'

const yard = 'yard' as StreamId
const random = seeded(17)
const { signal } = new AbortController()
const hour = 3600_000

/** A clock that is a little behind, so that nothing is of the future. */
const time = () => ({ ms: systemClock.utcMs() - 120_000 })

if (noPostgres) t.plan(0, noPostgres)
else {
  const postgres = await createPostgres()
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const central = await openCentral(postgres)
  const { url } = central

  t.test('a change of a large table may take longer than an answer', async (t) => {
    await using connection = await connect(serverOf(url), signal, 400)
    await connection.within(() => connection.atLength('SELECT pg_sleep(0.9)'))
    await t.rejects(connection.query('SELECT pg_sleep(0.9)'), { code: 'SYNC_UNREACHABLE' })
  })

  t.test('a limit holds, and of the past what is asked for is told', async (t) => {
    const [farm, moment] = ['limits', time()]
    const role = central.role(farm)
    using box = openBox('one', moment)
    const horse = found(box, yard, random)
    const nowMs = moment.ms
    for (const days of [40, 20, 5]) {
      moment.ms = nowMs - days * 24 * hour
      sight(box, horse, yard)
    }
    moment.ms = nowMs
    const startMs = systemClock.monoMs()
    const { bytes } = await sync(box, url, { farm, historyDays: 30, bytesPerSecond: 2000 }, role)
    t.ok(systemClock.monoMs() - startMs > (bytes / 2000) * 900, `${bytes} bytes at 2000 a second`)
    const rows = await postgres.ask(
      url,
      `SELECT count(*)::int AS n FROM barnbox.sightings WHERE farm = 'limits'`,
    )
    t.strictSame(rows, [{ n: 2 }])
  })

  t.test('a slow line gets little at a time, either way, and goes on where it broke off', async (t) => {
    const farm = 'slow'
    const role = central.role(farm)
    using box = openBox('one', time())
    using other = openBox('other', time())
    for (let n = 0; n < 30; n++) withLooks(box, 6, random)
    // What is longer than this does not get through in time.
    const line = await connect(serverOf(url, role), signal)
    t.teardown(() => line[Symbol.asyncDispose]())
    let most = Number.POSITIVE_INFINITY
    let longest = 0
    const query: Connection['query'] = async (sql, values = []) => {
      const sent = values.reduce<number>((sum, value) => sum + String(value).length, 0)
      const rows = await line.query(sql, values)
      const heard = rows
        .flatMap((row) => Object.values(row))
        .reduce<number>((sum, one) => sum + sizeOf(one), 0)
      const bytes = Math.max(sent, heard)
      if (bytes > most) throw failureOf(new Error('Query read timeout'))
      longest = Math.max(longest, bytes)
      return rows as never[]
    }
    const slow: Connection = { ...line, query }
    const pages: number[] = []
    const attempt = async (box: Box) => {
      const { sync } = box.registry
      const apply: typeof sync.apply = (page, nowMs) => {
        pages.push(page.looks.length)
        return sync.apply(page, nowMs)
      }
      const parts = partsOf(box, { farm, book: { ...sync, apply } })
      const meeting = await meet(slow, parts)
      return await round(slow, parts, meeting, nothingTold(), signal).then(
        () => true,
        () => false,
      )
    }
    t.ok(await attempt(box))
    t.ok(longest < 400_000, `${longest} bytes in one statement`)
    forgetPlace(box.registry.settings)
    await postgres.ask(url, `DELETE FROM barnbox.blobs WHERE farm = 'slow'`)
    most = 40_000
    for (const one of [box, other]) {
      let tries = 1
      while (!(await attempt(one)) && tries < 9) tries++
      t.ok(tries > 1 && tries < 9, `${tries} tries`)
      t.equal(one.registry.crops.count(), 180)
    }
    t.ok(Math.max(...pages) <= 30, `${Math.max(...pages)} looks in one transaction`)
  })
}

const sizeOf = (value: unknown) => (Buffer.isBuffer(value) ? value.length : JSON.stringify(value).length)
