import t from 'tap'
import { createSight, refreshWithRows } from '../daemon/barn-sight.ts'
import { createBus } from '../daemon/lib/bus.ts'
import { silentLog } from '../daemon/lib/log.ts'
import type { Pipeline } from '../daemon/pipeline/pipeline.ts'
import type { Corrected, Facts, HorseId, StreamId } from '../daemon/types.ts'
import type { Vision } from '../daemon/vision/vision.ts'
import { camera } from './support/embedder-box.ts'

function setUp() {
  const did: string[] = []
  let joined = 0
  const vision = (name: string) =>
    ({ name, [Symbol.asyncDispose]: async () => void did.push(`end of ${name}`) }) as unknown as Vision
  const join = (models: Vision): Pipeline => {
    const name = `${(models as unknown as { name: string }).name} ${++joined}`
    did.push(`join ${name}`)
    return {
      analysed: 10,
      watch: (id) => void did.push(`watch ${id} with ${name}`),
      snapshot: async () => undefined,
      learn: () => {},
      async [Symbol.asyncDispose]() {
        // A frame under way takes its time.
        await new Promise((resolve) => setTimeout(resolve, 5))
        did.push(`leave ${name}`)
      },
    }
  }
  const onFatal = (error: Error) => void did.push(`fatal ${error.message}`)
  return { did, vision, sight: createSight(vision('m'), { join, onFatal }) }
}

t.test('a refresh begins anew with the same models and cameras', async (t) => {
  const { did, sight } = setUp()
  sight.watch(...camera)
  await sight.refresh()
  t.same(did, ['join m 1', 'watch yard with m 1', 'leave m 1', 'join m 2', 'watch yard with m 2'])
  t.equal(sight.analysed, 20, 'what was analysed before counts on')
})

t.test('a camera that is let go is not joined again, the others are', async (t) => {
  const { did, sight } = setUp()
  sight.watch(...camera)
  sight.watch('gate' as StreamId, camera[1], camera[2], camera[3])
  did.length = 0
  await sight.unwatch('gate' as StreamId)
  t.same(did, ['leave m 1', 'join m 2', 'watch yard with m 2'])
  await sight.unwatch('gate' as StreamId)
  t.same(did.length, 3, 'once')
})

t.test('it begins anew when a person moved rows and when the upkeep let a horse go', async (t) => {
  const { did, sight } = setUp()
  const facts = createBus<Facts>(silentLog)
  const stop = new AbortController()
  let done: Promise<void> | undefined
  const refresh = () => {
    done = sight.refresh()
  }
  refreshWithRows(facts, refresh, stop.signal)
  const gone = { streamId: 'yard' as StreamId, horseId: 'a' as HorseId, into: null }
  facts.publish('horse-gone', gone)
  await done
  t.same(did.at(-1), 'join m 2')
  facts.publish('corrected', { told: [] } as unknown as Corrected)
  await done
  t.same(did.at(-1), 'join m 3')
  stop.abort()
  facts.publish('horse-gone', gone)
  await done
  t.same(did.at(-1), 'join m 3')
})

t.test('wishes before its turn are one; exchange and refresh do not meet', async (t) => {
  const { did, sight, vision } = setUp()
  const all = [sight.refresh(), sight.refresh(), sight.exchange(vision('n'), async () => {}), sight.refresh()]
  await Promise.all(all)
  t.same(
    did.filter((one) => one.startsWith('join')),
    ['join m 1', 'join m 2', 'join n 3'],
  )
  t.equal(did.filter((one) => one === 'end of m').length, 1)
})

t.test('nothing begins after the end', async (t) => {
  const { did, sight } = setUp()
  const late = sight.refresh()
  await sight[Symbol.asyncDispose]()
  await late
  await sight.refresh()
  t.equal(did.at(-1), 'end of m')
  t.equal(
    did.filter((one) => one.startsWith('join')).length,
    did.filter((one) => one.startsWith('leave')).length,
  )
})
