/**
 * What a box tells and hears in one meeting, where rows lean on one another and not all is well.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { forgetPlace } from '../../daemon/sync/place.ts'
import { startSync } from '../../daemon/sync/sync.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { openCentral, partsOf, serverOf, sync } from './central.ts'
import { withLooks } from './pictures.ts'
import { type Box, found, openBox, seeded, sight } from './programs.ts'

const yard = 'yard' as StreamId
const random = seeded(17)
const hour = 3600_000

/** A clock that is a little behind, so that nothing is of the future. */
const time = () => ({ ms: systemClock.utcMs() - 120_000 })
const by = (box: Box) => ({ actor: 'anna', nowMs: box.nowMs() })
const call = (box: Box, horse: HorseId, name: string) =>
  box.registry.horses.updateHorseDetails(horse, { name }, by(box))

if (noPostgres) t.plan(0, noPostgres)
else {
  const postgres = await createPostgres()
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const central = await openCentral(postgres)
  const { url } = central

  t.test(
    'a correction does not come without its horses, held back as what is said of them may be',
    async (t) => {
      const [farm, moment] = ['named', time()]
      const role = central.role(farm)
      using box = openBox('one', moment)
      using other = openBox('other', time())
      const [from, into] = [found(box, yard, random), found(box, yard, random)]
      box.registry.horses.updateHorseDetails(into, { age: 9 }, by(box))
      moment.ms += 1000
      box.registry.corrections.merge(from, into, by(box))
      moment.ms += 2 * hour
      for (const horse of [into, found(box, yard, random)]) call(box, horse, 'Later')
      moment.ms -= 2 * hour
      // As what another box said, whose clock is not this one's to mend.
      const book = { ...box.registry.sync, restamp: () => 0 }
      const told = await sync(box, url, { farm, book }, role)
      t.equal(told.held, 2)
      await sync(other, url, { farm }, role)
      t.match(other.registry.horses.get(from), { id: into, age: 9, name: null })
    },
  )

  t.test('a correction whose horse is not there waits for it, and is in the way of nothing', async (t) => {
    const farm = 'orphan'
    const role = central.role(farm)
    using box = openBox('one', time())
    using other = openBox('other', time())
    const [from, into] = [found(box, yard, random), found(box, yard, random)]
    box.registry.corrections.split(into, [sight(box, into, yard)], by(box))
    box.registry.corrections.merge(from, into, by(box))
    await sync(box, url, { farm }, role)
    await postgres.ask(url, `CREATE TABLE later AS SELECT * FROM barnbox.horses WHERE farm = 'orphan'`)
    await postgres.ask(url, `DELETE FROM barnbox.horses WHERE farm = 'orphan'`)
    const fine = found(box, yard, random)
    call(box, fine, 'Fine')
    await sync(box, url, { farm }, role)
    await sync(other, url, { farm }, role)
    t.equal(other.registry.horses.get(fine)?.name, 'Fine')
    t.equal(other.registry.horses.get(from), undefined)
    await postgres.ask(url, 'UPDATE later SET xid = pg_current_xact_id()')
    // One of the two that the merge names, then the other.
    await postgres.ask(
      url,
      'INSERT INTO barnbox.horses SELECT farm, box, id, stream, number, color, first_ms, confirmed, fields FROM later WHERE id = $1',
      [from],
    )
    await sync(other, url, { farm }, role)
    t.equal(other.registry.horses.get(from)?.id ?? from, from)
    await postgres.ask(
      url,
      'INSERT INTO barnbox.horses SELECT farm, box, id, stream, number, color, first_ms, confirmed, fields FROM later WHERE id <> $1',
      [from],
    )
    await sync(other, url, { farm }, role)
    t.equal(other.registry.horses.get(from)?.id, into, 'both are one here, too')
    t.equal(other.registry.corrections.list(9).length, 2)
  })

  t.test('a horse that is in view all the time keeps nothing from being told and heard', async (t) => {
    const [farm, moment] = ['view', time()]
    const role = central.role(farm)
    using box = openBox('one', moment)
    using other = openBox('other', time())
    call(other, found(other, yard, random), 'Elsewhere')
    await sync(other, url, { farm }, role)
    const [horse, into] = [found(box, yard, random), found(box, yard, random)]
    box.registry.corrections.merge(horse, into, by(box))
    let ways = 0
    const giveWay = async () => {
      moment.ms += 500
      sight(box, into, yard)
      if (++ways > 30) throw new Error('it goes on and on')
    }
    await sync(box, url, { farm, giveWay }, role)
    t.equal(
      box.registry.horses.all().some(({ name }) => name === 'Elsewhere'),
      true,
    )
    await sync(other, url, { farm }, role)
    t.equal(other.registry.horses.get(horse)?.id, into)
  })

  t.test('a box that was put back from a backup takes no look of its own for another', async (t) => {
    const [farm, moment] = ['restored', time()]
    const role = central.role(farm)
    const folder = mkdtempSync(join(tmpdir(), 'barnbox-restored-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const [file, backup] = [join(folder, 'box.db'), join(folder, 'backup.db')]
    const open = () => openBox('one', moment, 0, file)
    using other = openBox('other', time())
    let box = open()
    withLooks(box, 2, random)
    await sync(box, url, { farm }, role)
    box[Symbol.dispose]()
    cpSync(file, backup)
    box = open()
    const lost = withLooks(box, 3, random)
    await sync(box, url, { farm }, role)
    await sync(other, url, { farm }, role)
    box[Symbol.dispose]()
    cpSync(backup, file)
    moment.ms += 60_000
    box = open()
    t.teardown(() => box[Symbol.dispose]())
    const pictures = (box: Box, horse: HorseId) =>
      box.registry.crops
        .ofHorse(horse, 9)
        .map(({ lookId }) => Buffer.from(box.registry.crops.picture(lookId) ?? []))
    // One before it meets the others again, one after.
    const early = withLooks(box, 1, random)
    for (const one of [box, other]) await sync(one, url, { farm }, role)
    const late = withLooks(box, 1, random)
    for (const one of [box, other]) await sync(one, url, { farm }, role)
    t.same(
      pictures(other, early),
      pictures(box, early),
      'its picture, not that of the horse that had its number',
    )
    t.same(pictures(other, late), pictures(box, late))
    t.equal(pictures(other, lost).length, 2, 'what was taken meanwhile is still known by the others')
    t.equal(pictures(box, lost).length, 2, 'and by this box again, which had lost it')
  })

  t.test('a horse that one box let go of is back with what another sees or says of it', async (t) => {
    const [farm, moment] = ['let-go', time()]
    const role = central.role(farm)
    using box = openBox('one', moment)
    using other = openBox('other', moment)
    const nameless = (seen: Box) => {
      const horse = found(seen, yard, random)
      seen.registry.horses.promote([horse], 0)
      return horse
    }
    const [named, seen, deleted, away] = [1, 2, 3, 4].map(() => nameless(box)) as [
      HorseId,
      HorseId,
      HorseId,
      HorseId,
    ]
    for (const one of [box, other]) await sync(one, url, { farm }, role)
    other.registry.corrections.remove(deleted, by(other))
    const kept = { days: 1, provisionalDays: 1, nobodysDays: 1 }
    const { horses } = other.registry.cleanUp(kept, moment.ms + 30 * 24 * hour)
    t.equal(horses.length, 3)
    moment.ms += 1000
    call(box, named, 'Named')
    sight(box, seen, yard)
    call(box, deleted, 'Deleted')
    for (const one of [other, box, other]) await sync(one, url, { farm }, role)
    const [first, second] = [other.registry.horses.get(named), other.registry.horses.get(seen)]
    t.equal(first?.name, 'Named')
    t.equal(second?.lastSeenMs, moment.ms)
    for (const horse of [named, seen])
      t.equal(other.registry.crops.ofHorse(horse, 9).length, 1, 'with its look')
    t.equal(other.registry.horses.get(deleted), undefined, 'what a person deleted stays so')
    t.equal(other.registry.horses.get(away), undefined, 'of which there is nothing new')
  })

  t.test(
    'a server that lost something is told and heard anew, also by a box that only listens',
    async (t) => {
      const farm = 'set-back'
      const role = central.role(farm)
      using box = openBox('one', time())
      using other = openBox('other', time())
      call(box, found(box, yard, random), 'Told')
      await sync(box, url, { farm }, role)
      for (let n = 0; n < 3; n++) await sync(other, url, { farm }, role)
      t.equal((await sync(other, url, { farm }, role)).heard, 0)
      await postgres.ask(url, 'UPDATE barnbox.boxes SET rounds = 1 WHERE box = $1', [other.registry.boxId])
      t.equal((await sync(other, url, { farm }, role)).heard, 3)
      const { settings } = other.registry
      const place = JSON.parse(settings.get('sync_place') ?? '{}')
      const [{ system } = { system: '' }] = await postgres.ask(
        url,
        'SELECT system_identifier::text AS system FROM pg_control_system()',
      )
      t.match(place.server, system)
      // Restored into another cluster, whose transactions are numbered otherwise.
      settings.set('sync_place', JSON.stringify({ ...place, server: place.server.replace(system, '1') }))
      t.equal((await sync(other, url, { farm }, role)).heard, 3)
    },
  )

  t.test('a row that does not fit spoils itself alone, there as here, and is said', async (t) => {
    const farm = 'poison'
    const role = central.role(farm)
    using box = openBox('one', time())
    using other = openBox('other', time())
    const [fine, long, odd, bad] = ['Fine', 'Long', 'Odd', 'Bad'].map((name) => {
      const horse = found(box, yard, random)
      call(box, horse, name)
      return horse
    }) as [HorseId, HorseId, HorseId, HorseId]
    await postgres.ask(
      url,
      `ALTER TABLE barnbox.horses ADD CONSTRAINT no_bad CHECK (name <> 'Bad') NOT VALID`,
    )
    const told = await sync(box, url, { farm }, role)
    t.match(told, { refused: 1, refusal: /no_bad/ })
    t.equal(box.registry.sync.outbox.next('horse', 9, 0).length, 1, 'it is tried again')
    await postgres.ask(url, 'ALTER TABLE barnbox.horses DROP CONSTRAINT no_bad')
    t.equal((await sync(box, url, { farm }, role)).refused, 0)
    const say = (horse: HorseId, field: string, at: string, v: unknown) =>
      postgres.ask(
        url,
        `UPDATE barnbox.horses SET fields = fields || jsonb_build_object($2::text, jsonb_build_object('at', $3::text, 'by', null, 'v', $4::jsonb))
         WHERE id = $1`,
        [horse, field, at, JSON.stringify(v)],
      )
    const stamp = `${(systemClock.utcMs() - 5000).toString(16).padStart(12, '0')}-0000-${'z'.repeat(12)}`
    // As a newer box may have said it, and as nobody ever should.
    await say(long, 'notes', stamp, 'x'.repeat(501))
    await say(odd, 'breed', '000000000000', 'Arab')
    await postgres.ask(
      url,
      `INSERT INTO barnbox.corrections (farm, id, kind, stream_box, stream, horse, at_ms, stamp, inherited)
       VALUES ($1, gen_random_uuid(), 'swap', $2, 'yard', $3, 1790000000000, $4, '[]')`,
      [farm, box.registry.boxId, fine, stamp],
    )
    const { meeting } = await sync(other, url, { farm }, role)
    const names = [fine, long, odd, bad].map((id) => other.registry.horses.get(id)?.name)
    t.strictSame(names, ['Fine', 'Long', 'Odd', 'Bad'])
    t.equal(Object.keys(meeting.place.skipped).length, 3, JSON.stringify(meeting.place.skipped))
    t.equal((await sync(other, url, { farm }, role)).heard, 0, 'they are in the way of nothing')
    const again = await sync(other, url, { farm, program: 'newer' }, role)
    t.ok(again.heard > 3, 'a newer program hears them anew')
  })

  t.test('a reset holds for a daemon that is connected', async (t) => {
    const farm = 'reset'
    using box = openBox('one', time())
    call(box, found(box, yard, random), 'Told')
    const ending = new AbortController()
    const server = serverOf(url, central.role(farm))
    const parts = { ...partsOf(box, { farm }), server, everyMs: 20, log: silentLog }
    await using syncing = startSync(parts, ending.signal)
    const names = () => postgres.ask(url, `SELECT name FROM barnbox.horses WHERE farm = 'reset'`)
    await until(() => syncing.view().inStepMs !== null, 'in step')
    await postgres.ask(url, `DELETE FROM barnbox.horses WHERE farm = 'reset'`)
    forgetPlace(box.registry.settings)
    await until(async () => (await names()).length > 0, 'it is told anew')
    t.strictSame(await names(), [{ name: 'Told' }])
    ending.abort()
  })

  t.test('what a box says after its clock was a year ahead counts as any other word', async (t) => {
    const [farm, moment] = ['jump', time()]
    const role = central.role(farm)
    using box = openBox('one', moment)
    using other = openBox('other', time())
    const [horse, gone] = [found(box, yard, random), found(box, yard, random)]
    call(box, horse, 'Before')
    await sync(box, url, { farm }, role)
    moment.ms += 365 * 24 * hour
    call(box, horse, 'A year ahead')
    box.registry.horses.updateHorseDetails(horse, { notes: 'said then' }, by(box))
    sight(box, horse, yard)
    const late = found(box, yard, random)
    call(box, late, 'Late')
    box.registry.corrections.remove(gone, by(box))
    await t.rejects(sync(box, url, { farm }, role), { code: 'SYNC_CLOCK' })
    moment.ms -= 365 * 24 * hour - 5000
    const told = await sync(box, url, { farm }, role)
    t.equal(told.held, 0)
    await sync(other, url, { farm }, role)
    t.match(other.registry.horses.get(horse), { name: 'A year ahead', notes: 'said then' })
    t.equal(other.registry.horses.get(gone), undefined)
    const soon = systemClock.utcMs() + hour
    const { lastSeenMs = soon } = other.registry.horses.get(horse) ?? {}
    const { firstDetectedMs = soon } = other.registry.horses.get(late) ?? {}
    t.ok(lastSeenMs < soon && firstDetectedMs < soon, 'nor was it seen in the future')
    moment.ms += 1000
    call(box, horse, 'After')
    await sync(box, url, { farm }, role)
    await sync(other, url, { farm }, role)
    t.equal(other.registry.horses.get(horse)?.name, 'After')
    call(other, horse, 'Elsewhere')
    await sync(other, url, { farm }, role)
    await sync(box, url, { farm }, role)
    t.equal(box.registry.horses.get(horse)?.name, 'Elsewhere', 'nor is it put above the others')
  })
}
