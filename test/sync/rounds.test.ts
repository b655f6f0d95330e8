/**
 * What a box tells and hears in one meeting, where rows lean on one another and lines are slow.
 */
import t from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { openCentral, sync } from './central.ts'
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
      const told = await sync(box, url, { farm }, role)
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
}
