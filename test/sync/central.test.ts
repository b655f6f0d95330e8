/**
 * Boxes and a real PostgreSQL: random lives by seed, and each way in which a box may die on its way.
 */
import t from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { openCentral, sync } from './central.ts'
import { type Box, createOracle, everything, happen, known, openBox, seeded, shared } from './programs.ts'

if (noPostgres) t.plan(0, noPostgres)
else {
  const postgres = await createPostgres()
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const central = await openCentral(postgres)
  const { url } = central

  for (const count of [2, 5]) {
    t.test(`${count} boxes meet in a real database and agree`, async (t) => {
      for (const seed of count === 2 ? [1, 2, 3] : [1, 2]) {
        const farm = `farm-${count}-${seed}`
        const role = central.role(farm)
        const random = seeded(seed * 104_729 + count)
        const time = { ms: systemClock.utcMs() - 200_000 }
        const oracle = createOracle()
        const boxes = Array.from({ length: count }, (_, n) => openBox(`${n}`, time, n * 10_000))
        for (let step = 0; step < 30 * count; step++) {
          time.ms += Math.floor(random() * 1000)
          const box = boxes[Math.floor(random() * count)] as Box
          if (random() < 0.1) await sync(box, url, { farm }, role)
          else happen(box, random)
          oracle.note(box)
        }
        for (let n = 0; n < 4; n++) for (const box of boxes) await sync(box, url, { farm }, role)
        const { ids: all, corrections } = everything(boxes)
        const ids = shared(boxes, all)
        const [first, ...others] = boxes.map((box) => known(box, ids, corrections))
        t.ok(first && first.horses.length === ids.length)
        for (const other of others) t.strictSame(other, first, `seed ${seed}`)
        t.strictSame(first && oracle.lost(first), [], 'the latest word on each field is what is left')
        for (const [table, wanted] of [
          ['horses', all.length],
          ['corrections', corrections.length],
        ] as const) {
          const rows = await postgres.ask(
            url,
            `SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids FROM barnbox.${table} WHERE farm = $1`,
            [farm],
          )
          t.strictSame(rows, [{ n: wanted, ids: wanted }], `all ${table} are there, once`)
        }
        for (const box of boxes) box[Symbol.dispose]()
      }
    })
  }

  t.test('a batch goes once the one before has given way', async (t) => {
    using box = openBox('way', { ms: systemClock.utcMs() - 200_000 }, 0)
    const random = seeded(7)
    for (let step = 0; step < 40; step++) happen(box, random)
    const { outbox } = box.registry.sync
    const all = outbox.waiting()
    const gate = Promise.withResolvers<void>()
    const left: number[] = []
    const giveWay = () => {
      left.push(outbox.waiting())
      return gate.promise
    }
    const meeting = sync(box, url, { farm: 'way', giveWay }, central.role('way'))
    await until(() => left.length > 0, 'the first batch')
    for (let n = 0; n < 3; n++) await postgres.ask(url, 'SELECT 1')
    t.equal(left.length, 1)
    t.ok(left[0] && left[0] < all, `${left[0]} of ${all} wait`)
    gate.resolve()
    await meeting
    t.ok(left.length > 1)
    t.ok(outbox.waiting() < (left[0] ?? 0), 'the others went too')
  })
}
