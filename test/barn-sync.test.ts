/**
 * Two barns and a central database: what a person says at the one is a fact at the other.
 */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { joinCentral } from '../daemon/barn-sync.ts'
import type { Loaded } from '../daemon/config/load.ts'
import { configSchema } from '../daemon/config/schema.ts'
import { createBus } from '../daemon/lib/bus.ts'
import { systemClock } from '../daemon/lib/clock.ts'
import { silentLog } from '../daemon/lib/log.ts'
import { openRegistry, type Registry } from '../daemon/registry/registry.ts'
import type { Facts, StreamId } from '../daemon/types.ts'
import { createPostgres, noPostgres } from './support/postgres.ts'
import { createRedis, noRedis } from './support/redis.ts'
import { until } from './support/until.ts'
import { standIn, union } from './sync/barnhand-tables.ts'

const yard = 'yard' as StreamId
const world = { version: 'test', clock: systemClock, log: silentLog } as const

if (noPostgres) t.plan(0, noPostgres)
else {
  const postgres = await createPostgres()
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const sync = {
    url: await postgres.fresh(),
    username: 'postgres',
    farm: 'sunnyside',
    tls: 'off',
    every_seconds: 1,
  }
  const loadedOf = (tree: object): Loaded => ({
    ...{
      config: configSchema.parse(tree),
      readTls: () => undefined,
      kept: [],
      ...{ secretFiles: [], text: '', beneath: null },
      warnings: [],
    },
    secrets: {
      ...{ httpToken: undefined, httpTls: undefined, mqttPassword: undefined, mqttTls: {} },
      ...{
        syncPassword: undefined,
        redisPassword: undefined,
        syncCa: undefined,
        restic: {},
        cameraPasswords: new Map(),
        webhookSecrets: new Map(),
      },
    },
  })

  t.test('a name, a merge and a new look of one barn reach the other', async (t) => {
    const ending = new AbortController()
    const open = (): { registry: Registry; told: string[]; refreshed: () => number } => {
      const registry = openRegistry(':memory:', silentLog, 'none')
      const facts = createBus<Facts>(silentLog)
      const told: string[] = []
      facts.on('horse-changed', ({ horse, change }) => told.push(`${change} ${horse.name}`), ending.signal)
      facts.on('horse-gone', ({ horseId, into }) => told.push(`gone ${horseId} ${into}`), ending.signal)
      let refreshed = 0
      const refresh = () => refreshed++
      // Each batch waits a while, none for ever.
      const parts = { registry, facts, refresh, isLooking: () => true, ...world }
      const central = joinCentral(loadedOf({ sync, identity: { scope: 'barn' } }), parts, ending.signal)
      t.teardown(async () => {
        ending.abort()
        await central[Symbol.asyncDispose]()
        registry[Symbol.dispose]()
      })
      return { registry, told, refreshed: () => refreshed }
    }
    const [here, there] = [open(), open()]
    const by = { actor: 'anna', nowMs: systemClock.utcMs() }
    const horse = { streamId: yard, seenMs: by.nowMs, confidence: 0.9, standing: 'horse' } as const
    const [a, b] = [here.registry.horses.create(horse).id, here.registry.horses.create(horse).id]
    here.registry.horses.updateHorseDetails(a, { name: 'Thunder' }, by)
    await until(() => there.told.includes('new Thunder'), 'the other barn knows Thunder')
    t.not(there.registry.horses.get(a)?.streamId, yard, 'by a camera of another box')
    there.registry.horses.updateHorseDetails(a, { name: 'Donner' }, { ...by, actor: 'ben' })
    await until(() => here.told.includes('details Donner'), 'the first one hears the new name')
    here.registry.corrections.merge(b, a, by)
    await until(() => there.told.includes(`gone ${b} ${a}`), 'the merge holds there too')
    t.equal(there.registry.horses.get(b)?.id, a)
    t.ok(there.refreshed() > 0, 'and what matches begins anew')
  })

  t.test('BarnHand is told of the horses, and its Redis where they are', { skip: noRedis }, async (t) => {
    await using redis = await createRedis()
    const url = await postgres.fresh()
    const [stream, farm] = [randomUUID(), randomUUID()]
    for (const sql of [standIn, union('vector'), `INSERT INTO farms VALUES ('${farm}')`])
      await postgres.ask(url, sql)
    await postgres.ask(url, `INSERT INTO streams VALUES ('${stream}')`)
    using registry = openRegistry(':memory:', silentLog, 'none')
    const facts = createBus<Facts>(silentLog)
    const barnhand = { stream_ids: { yard: stream }, farm_id: farm, prefix: 'bb', redis: { url: redis.url } }
    const parts = { registry, facts, refresh: () => {}, isLooking: () => false, ...world }
    const seenMs = systemClock.utcMs()
    const { id } = registry.horses.create({ streamId: yard, seenMs, confidence: 0.9, standing: 'horse' })
    const picture = { streamId: yard, width: 640, height: 360 }
    registry.tracks.put({ ...picture, atMs: seenMs, state: {} })
    registry.tracks.place(id, [1, 2, 30, 40], { ...picture, atMs: seenMs })
    const ending = new AbortController()
    await using central = joinCentral(loadedOf({ sync: { ...sync, url, barnhand } }), parts, ending.signal)
    const told = () => central.view()?.barnhand
    await until(() => told()?.rows === 1, 'the row is there')
    const box = { box: [1, 2, 30, 40], score: 0.9, kind: 'horse', trackletId: null, certainty: 1 } as const
    await until(() => {
      facts.publish('frame-analysed', {
        ...{ ...picture, seq: 1, utcMs: systemClock.utcMs(), boxes: [{ ...box, horseId: id }] },
      })
      return (told()?.redis?.written ?? 0) > 0
    }, 'and where it is')
    t.strictSame(await redis.ask('KEYS', '*'), [`horse:${stream}:bb_horse_001:state`])
    t.match(told(), { fault: null, unplaced: 0, deleted: 0, redis: { state: 'connected', fault: null } })
    ending.abort()
  })

  t.test('without a section sync nothing is noted', async (t) => {
    using registry = openRegistry(':memory:', silentLog, 'none')
    registry.sync.outbox.begin(0)
    const facts = createBus<Facts>(silentLog)
    const parts = { registry, facts, refresh: () => {}, isLooking: () => false, ...world }
    await using central = joinCentral(loadedOf({}), parts, new AbortController().signal)
    t.equal(central.view(), null)
    registry.horses.create({ streamId: yard, seenMs: systemClock.utcMs(), confidence: 1 })
    t.equal(registry.sync.outbox.waiting(), 0)
  })
}
