/**
 * BarnHand's Redis: what is told there, how often, and that nothing that may happen to it holds anything up.
 */
import t, { type Test } from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { Told } from '../../daemon/sync/barnhand.ts'
import { checkRedis, type MirrorParts, startMirror } from '../../daemon/sync/redis.ts'
import type { HorseId, SeenBox, StreamId } from '../../daemon/types.ts'
import { createRedis, noRedis } from '../support/redis.ts'
import { createWire } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const yard = 'yard' as StreamId
const nora = 'a1' as HorseId
const key = 'horse:stream-7:bb_horse_003:state'

const horse = { streamId: yard, detections: 40, officialMs: 5, vector: Float32Array.of(0.5, 0.25) }
const row: Told = { trackingId: 'bb_horse_003', streamId: 'stream-7', horse }
const boxOf = (horseId: HorseId | null): SeenBox => ({
  ...{ box: [10, 20, 110, 80], score: 0.75, kind: 'horse', trackletId: null, certainty: 0.5, horseId },
})
let seq = 0
const frameOf = (horseId: HorseId | null, streamId = yard) => ({
  ...{ streamId, seq: ++seq, utcMs: systemClock.utcMs(), width: 640, height: 360, boxes: [boxOf(horseId)] },
})

function begin(t: Test, url: string, more: Partial<MirrorParts> = {}) {
  const ending = new AbortController()
  const rows = new Map([[nora, row]])
  const mirror = startMirror(
    {
      ...{ url, told: (id) => rows.get(id), isOfficial: false, clock: systemClock, log: silentLog },
      ...{ random: () => 0, answerWithinMs: 400, ...more },
    },
    ending.signal,
  )
  t.teardown(async () => {
    ending.abort()
    await mirror[Symbol.asyncDispose]()
  })
  const stands = (code: string | undefined) =>
    until(() => mirror.view().fault?.code === code, `${code}, not ${JSON.stringify(mirror.view())}`)
  const connected = () => until(() => mirror.view().state === 'connected', JSON.stringify(mirror.view()))
  /** As a camera that goes on, until a state is written. */
  const written = async () => {
    const before = mirror.view().written
    await until(
      () => {
        mirror.see(frameOf(nora))
        return mirror.view().written > before
      },
      `written, not ${JSON.stringify(mirror.view())}`,
    )
  }
  return { mirror, rows, stands, connected, written }
}

if (noRedis) t.plan(0, noRedis)
else {
  const redis = await createRedis()
  t.teardown(() => redis[Symbol.asyncDispose]())
  const { url } = redis

  t.test('a state is what BarnHand writes itself, and nothing more', async (t) => {
    const { mirror, rows, written } = begin(t, url)
    mirror.see(frameOf('somebody' as HorseId))
    mirror.see(frameOf(null))
    mirror.see(frameOf(nora, 'pen' as StreamId))
    await written()
    t.strictSame(await redis.ask('KEYS', '*'), [key], 'only of horses with a row, at their own camera')
    const { last_updated: writtenAt, ...state } = JSON.parse(await redis.ask<string>('GET', key))
    t.strictSame(state, {
      ...{ horse_id: 'bb_horse_003', stream_id: 'stream-7', bbox: { x: 10, y: 20, width: 100, height: 60 } },
      ...{ confidence: 0.75, total_detections: 40, is_official: false, features: [0.5, 0.25] },
      ...{ behavioral_state: {}, tracking_confidence: 0.5 },
    })
    t.ok(Math.abs(writtenAt * 1000 - systemClock.utcMs()) < 10_000, 'in seconds')
    const left = await redis.ask<number>('TTL', key)
    t.ok(left > 290 && left <= 300)
    rows.delete(nora)
    await until(
      async () => (await redis.ask<number>('EXISTS', key)) === 0,
      'one that is gone is not left there',
    )
  })

  t.test(
    'many frames are at most one write a second, and residents are told only when asked for',
    async (t) => {
      const { mirror, written } = begin(t, url, { isOfficial: true })
      await written()
      const [before, startMs] = [mirror.view().written, systemClock.monoMs()]
      let frames = 0
      await until(() => {
        for (let n = 0; n < 50; n++) mirror.see(frameOf(nora))
        frames += 50
        return mirror.view().written >= before + 3
      }, 'three more writes')
      const seconds = (systemClock.monoMs() - startMs) / 1000
      t.ok(mirror.view().written - before <= seconds + 1, `${mirror.view().written - before} in ${seconds} s`)
      t.ok(frames > 150)
      t.match(JSON.parse(await redis.ask<string>('GET', key)), { is_official: true })
    },
  )

  t.test('a Redis that is away, dead without a word, or comes back', async (t) => {
    const wire = await createWire(redis.port)
    t.teardown(() => wire[Symbol.asyncDispose]())
    const { mirror, stands, written } = begin(t, `redis://127.0.0.1:${wire.port}`)
    await written()
    wire.cut()
    await stands('REDIS_UNREACHABLE')
    const startMs = systemClock.monoMs()
    for (let n = 0; n < 20_000; n++) mirror.see(frameOf(nora))
    t.ok(systemClock.monoMs() - startMs < 2000, 'nobody waits for it')
    wire.mend()
    await written()
    t.equal(mirror.view().fault, null)
    wire.freeze()
    await stands('REDIS_UNREACHABLE')
    await written()
    await redis.kill()
    await stands('REDIS_UNREACHABLE')
    await redis.start()
    await written()
    t.match(mirror.view(), { state: 'connected', fault: null })
  })

  t.test('a Redis without room, one that is a replica, and one that does not know the box', async (t) => {
    const { stands, written, mirror } = begin(t, url)
    const fails = async (code: string) => {
      await until(
        () => {
          mirror.see(frameOf(nora))
          return mirror.view().fault?.code === code
        },
        `${code}, not ${JSON.stringify(mirror.view())}`,
      )
      t.ok(mirror.view().dropped > 0)
    }
    await written()
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1')
    await fails('REDIS_FULL')
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
    await written()
    await redis.ask('REPLICAOF', '127.0.0.1', '1')
    await fails('REDIS_READ_ONLY')
    await redis.ask('REPLICAOF', 'NO', 'ONE')
    await written()
    await redis.ask('SADD', 'other', 'x')
    await redis.ask('ACL', 'SETUSER', 'barn', 'on', '>oats', '~horse:*', '+set', '+del', '+ping')
    const login = (password: string) => begin(t, url, { username: 'barn', password })
    const right = login('oats')
    await right.written()
    t.equal(right.mirror.view().fault, null, 'with the least rights')
    await login('hay').stands('REDIS_REFUSED')
    await redis.ask('ACL', 'SETUSER', 'barn', '-set')
    await until(() => {
      right.mirror.see(frameOf(nora))
      return right.mirror.view().fault?.code === 'REDIS_REFUSED'
    }, 'refused')
    await redis.ask('ACL', 'SETUSER', 'barn', '+set')
    await right.written()
    await begin(t, `rediss://127.0.0.1:${redis.port}`).stands('REDIS_UNREACHABLE')
    await stands(undefined)
  })

  t.test('looked at: a state is written and taken away', async (t) => {
    await checkRedis({ url })
    t.strictSame(await redis.ask('KEYS', 'horse:barnbox-check:*'), [], 'nothing is left there')
    await redis.ask('ACL', 'SETUSER', 'barn', '-del')
    await t.rejects(checkRedis({ url, username: 'barn', password: 'oats' }), { code: 'REDIS_REFUSED' })
    await redis.ask('REPLICAOF', '127.0.0.1', '1')
    await t.rejects(checkRedis({ url }), { code: 'REDIS_READ_ONLY' })
    await redis.ask('REPLICAOF', 'NO', 'ONE')
    await t.rejects(checkRedis({ url: 'redis://127.0.0.1:1' }), { code: 'REDIS_UNREACHABLE' })
  })
}
