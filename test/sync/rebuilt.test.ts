/**
 * A box whose disk has spoilt its registry hears from the central database what it has told there itself.
 */
import t from 'tap'
import { lastRebuild, openWhole } from '../../daemon/barn-rebuild.ts'
import { configSchema } from '../../daemon/config/schema.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { spoil } from '../support/spoil.ts'
import { openCentral, sync } from './central.ts'
import { withLooks } from './pictures.ts'
import { type Box, openBox, seeded, sight } from './programs.ts'

const yard = 'yard' as StreamId
const random = seeded(23)
const farm = 'rebuilt'

/** All that people see of a horse. */
const shown = ({ registry: { horses, crops } }: Box, id: HorseId) => {
  const horse = horses.get(id)
  const looks = crops.ofHorse(id, 9).map(({ lookId }) => [lookId, crops.picture(lookId)?.length])
  if (!horse) return { horse, looks }
  const { name, number, lastSeenMs, totalDetections, avatarMs, streamId } = horse
  return { name, number, lastSeenMs, totalDetections, avatarMs, streamId, looks }
}

if (noPostgres) t.plan(0, noPostgres)
else {
  const postgres = await createPostgres()
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const central = await openCentral(postgres)

  for (const [scope, wantsLooks] of [
    ['barn', true],
    ['stream', false],
  ] as const)
    t.test(`horses that were lost come back with the next sync; scope ${scope}`, async (t) => {
      const moment = { ms: systemClock.utcMs() - 120_000 }
      const role = central.role(`${farm}-${scope}`)
      const more = { farm: `${farm}-${scope}`, wantsLooks }
      const stateDir = t.testdir({ backups: {} })
      const file = registryFile(stateDir)
      let before: Map<HorseId, object>
      {
        using box = openBox('one', moment, 0, file)
        const ids = Array.from({ length: 60 }, () => withLooks(box, 2, random))
        for (const id of ids) sight(box, id, yard)
        moment.ms += 60_000
        await sync(box, central.url, more, role)
        before = new Map(ids.map((id) => [id, shown(box, id)]))
      }
      spoil(file, 'horses')
      const wish = configSchema.parse({
        registry: { vector_index: 'none' },
        sync: { url: central.url, username: role, farm, tls: 'off' },
      })
      const { registry, rebuilt } = openWhole(stateDir, wish, { log: silentLog, utcMs: () => moment.ms })
      const nowMs = () => moment.ms
      using box: Box = { name: 'one', registry, nowMs, [Symbol.dispose]: () => registry[Symbol.dispose]() }
      const lost = [...before.keys()].filter((id) => !registry.horses.get(id))
      t.ok(lost.length > 5, `${lost.length} horses were lost`)
      t.match(rebuilt, /what the central database knows of horses comes with the next sync/)
      t.notMatch(rebuilt, /is lost/)
      t.equal(lastRebuild(stateDir)?.isSynced, true)
      await sync(box, central.url, more, role)
      for (const [id, horse] of before) t.same(shown(box, id), horse)
      const { looks } = registry.sync.rows
      const again = lost.flatMap((id) => registry.crops.ofHorse(id, 9)).map(({ lookId }) => `${lookId}`)
      t.equal(looks(again).rows.length, lost.length * 2, 'they are its own again, to be told and taken back')
      const told = await sync(box, central.url, more, role)
      t.match(told, { rows: 0, heard: 0 }, 'then it is in step')
    })

  t.test('a table that is whole, and one that the farm knows nothing of', async (t) => {
    const stateDir = t.testdir({ backups: {} })
    const file = registryFile(stateDir)
    {
      using registry = openRegistry(file, silentLog)
      for (let n = 0; n < 400; n++)
        registry.users.add(
          { name: `user ${n}`, role: n === 0 ? 'admin' : 'viewer', passwordHash: 'x'.repeat(60) },
          systemClock.utcMs(),
        )
    }
    spoil(file, 'users')
    const wish = configSchema.parse({ sync: { url: central.url, username: 'x', farm, tls: 'off' } })
    const { registry, rebuilt } = openWhole(stateDir, wish, { log: silentLog, utcMs: () => 1 })
    using _open = registry
    t.match(rebuilt, /what could not be read of users is lost/)
    t.notMatch(rebuilt, /next sync/)
  })
}
