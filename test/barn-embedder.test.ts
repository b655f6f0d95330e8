/**
 * How one embedder takes another's place: what is opened and closed when, and that no look is forgotten.
 */
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { BarnboxError } from '../daemon/lib/errors.ts'
import { mintId } from '../daemon/lib/ids.ts'
import type { SightingId, TrackletId } from '../daemon/types.ts'
import { type InstalledModel, readInstalled, writeInstalled } from '../daemon/vision/store.ts'
import type { Vision } from '../daemon/vision/vision.ts'
import { axis, cropOf, yard } from './identity/vectors.ts'
import {
  camera,
  count,
  fakePipeline,
  fromCrop,
  kindOf,
  knowing,
  newBox,
  settled,
  startMs,
} from './support/embedder-box.ts'

t.test('the first embedder is simply used', async (t) => {
  const box = newBox(t)
  {
    await using sight = await box.start('old')
    t.match(sight.change, { state: 'settled', from: 'old@1', to: 'old@1' })
    t.equal(box.registry.embedders.inUse()?.id, 'old@1')
  }
  t.same(box.did, ['open old', 'join old with 0', 'end of old', 'close old'])
})

t.test('another one takes over when it has looked at all, and not before', async (t) => {
  const box = await knowing(t)
  const before = JSON.stringify(box.registry.vectors.all(kindOf('old')))
  {
    await using sight = await box.start('fresh')
    sight.watch(...camera)
    t.equal(sight.vision.embedder?.id, 'old@1')
    t.equal(box.registry.embedders.inUse()?.id, 'old@1')
    await settled(sight)
    t.equal(sight.vision.embedder?.id, 'fresh@1')
    t.equal(box.registry.embedders.inUse()?.id, 'fresh@1')
    t.equal(sight.analysed, 20, 'what was analysed before counts on')
  }
  t.same(box.did, [
    ...['open old', 'join old with 4', 'aside fresh', 'watch yard with old', 'close aside fresh'],
    ...['open fresh', 'end of old', 'join fresh with 4', 'watch yard with fresh', 'close old'],
    ...['end of fresh', 'close fresh'],
  ])
  t.equal(JSON.stringify(box.registry.vectors.all(kindOf('old'))), before, 'the old vectors are kept')
  t.match(
    box.logged.join('\n'),
    /"done":0,"total":4[\s\S]*"done":4,"total":4[\s\S]*known by another embedder/,
  )

  await using back = await box.start('old')
  t.equal(back.change?.state, 'settled', 'the way back is open at once')
  t.equal(back.vision.embedder?.id, 'old@1')
  t.equal(box.looked.get('old'), undefined)
})

t.test('going back looks only at what was learnt since', async (t) => {
  const box = await knowing(t)
  {
    await using sight = await box.start('fresh')
    await settled(sight)
    box.teach(box.registry.openLooks(kindOf('fresh')))
  }
  await using sight = await box.start('old')
  t.equal(sight.vision.embedder?.id, 'fresh@1')
  await settled(sight)
  t.equal(sight.vision.embedder?.id, 'old@1')
  t.equal(box.looked.get('old'), 1)
  t.equal(count(box, 'old'), 5)
})

t.test('what is learnt while the models are exchanged is not forgotten', async (t) => {
  const box = await knowing(t)
  const known = box.registry.openLooks(kindOf('old'))
  box.onOpen = (name) => {
    if (name === 'fresh') box.teach(known)
  }
  await using sight = await box.start('fresh')
  await settled(sight)
  t.ok(box.did.includes('join fresh with 5'), `${box.did}`)
})

t.test('stopped at any look, the next start goes on there', async (t) => {
  const box = await knowing(t, 6)
  for (const [round, stopAfter] of [1, 2, 1].entries()) {
    const [reached, stopping] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let looks = 0
    box.answer.set('fresh', async (jpeg) => {
      if (++looks === stopAfter) {
        reached.resolve()
        await stopping.promise
      }
      return fromCrop(jpeg)
    })
    const sight = await box.start('fresh')
    await reached.promise
    const stopped = sight[Symbol.asyncDispose]()
    stopping.resolve()
    await stopped
    t.equal(sight.vision.embedder?.id, 'old@1')
    t.match(sight.change, { state: 're-embedding', from: 'old@1', to: 'fresh@1', total: 6 })
    t.equal(count(box, 'fresh'), [1, 3, 4][round])
  }
  box.answer.delete('fresh')
  await using sight = await box.start('fresh')
  await settled(sight)
  t.equal(box.looked.get('fresh'), 6, 'none was looked at twice')
  t.same(
    box.did.filter((one) => /^(open|close) old|^(aside|close aside)/.test(one)).length % 2,
    0,
    'all is closed',
  )
})

t.test('an old one that is gone leaves the cameras to the new one at once', async (t) => {
  for (const gone of ['refused', 'removed', 'another'] as const) {
    const box = await knowing(t)
    const { old, fresh } = readInstalled(box.stateDir) as Record<'old' | 'fresh', InstalledModel>
    if (gone === 'refused') box.refuse.add('old')
    if (gone === 'removed') writeInstalled(box.stateDir, { fresh })
    if (gone === 'another') writeInstalled(box.stateDir, { fresh, old: { ...old, id: 'old@2' } })
    await using sight = await box.start('fresh')
    t.equal(sight.vision.embedder?.id, 'fresh@1')
    await settled(sight)
    t.equal(count(box, 'fresh'), 4)
    t.equal(
      box.did.filter((one) => one.startsWith('learn')).length,
      4,
      'horses are known again as it goes on',
    )
    t.notOk(
      box.did.some((one) => one.startsWith('aside')),
      'by the models that are open anyway',
    )
    t.match(box.logged.join('\n'), /warn: the embedder in use cannot be opened any more/)
    t.notMatch(box.logged.join('\n'), /not known by it/)
  }
})

t.test('a new one that does not work leaves the old one at work, visibly', async (t) => {
  for (const refused of ['aside fresh', 'fresh', 'missing']) {
    const box = await knowing(t)
    box.refuse.add(refused)
    {
      await using sight = await box.start(refused === 'missing' ? 'nobody' : 'fresh')
      sight.watch(...camera)
      await settled(sight, 'failed')
      t.equal(sight.vision.embedder?.id, 'old@1')
      t.match(sight.change?.detail, refused === 'missing' ? /nobody is neither/ : /fresh is broken/)
      t.equal(box.logged.filter((one) => one.startsWith('error')).length, 1, 'said once')
      t.notOk(box.did.includes('end of old'), 'the cameras noticed nothing')
    }
    t.equal(box.did.at(-1), 'close old')
    t.equal(box.registry.embedders.inUse()?.id, 'old@1')
  }
})

t.test('the other one where one is refused; none where both are', async (t) => {
  const box = await knowing(t)
  {
    await using sight = await box.start('fresh')
    await settled(sight)
  }
  box.refuse.add('old')
  await using sight = await box.start('old')
  t.match(sight.change, { state: 'failed', from: 'fresh@1', detail: /old is broken/ })
  box.refuse.add('fresh').add('nobody')
  for (const chosen of ['old', 'nobody']) {
    await using none = await box.start(chosen)
    t.same([none.change, none.vision.embedderFault], [null, `${chosen} is broken`], 'horses are still found')
  }
  t.equal(box.registry.embedders.inUse()?.id, 'fresh@1')
})

t.test('a fault while the models are exchanged: the old ones go on', async (t) => {
  const box = await knowing(t)
  let joined = 0
  const join_ = (vision: Vision) => {
    if (vision.embedder?.name === 'fresh' && ++joined === 1) throw new Error('the registry cannot be read')
    return fakePipeline(box.registry, vision, box.did)
  }
  await using sight = await box.start('fresh', { join: join_ })
  sight.watch(...camera)
  await settled(sight, 'failed')
  t.equal(sight.vision.embedder?.id, 'old@1')
  t.same(box.did.slice(-5), [
    'open fresh',
    'end of old',
    'join old with 4',
    'watch yard with old',
    'close fresh',
  ])
  t.same(box.fatal, [])
})

t.test('a full disk is waited for', async (t) => {
  const box = await knowing(t)
  let full = 3
  const { vectors } = box.registry
  const registry = {
    ...box.registry,
    vectors: {
      ...vectors,
      add(...args: Parameters<typeof vectors.add>) {
        if (full-- > 0) throw new BarnboxError('DB_WRITE', 'no room')
        return vectors.add(...args)
      },
    },
  }
  await using sight = await box.start('fresh', { registry })
  await settled(sight)
  t.equal(sight.vision.embedder?.id, 'fresh@1')
  t.equal(box.logged.filter((one) => one.startsWith('error')).length, 1, 'said once')
})

t.test('a worker that dies is begun anew, and costs one look', async (t) => {
  const box = await knowing(t)
  let deaths = 2
  box.answer.set('fresh', async (jpeg) => {
    if (deaths-- > 0) throw new BarnboxError('VISION_DIED', 'a vision worker ended by itself')
    return fromCrop(jpeg)
  })
  await using sight = await box.start('fresh')
  await settled(sight)
  t.equal(sight.vision.embedder?.id, 'fresh@1')
  t.equal(box.looked.get('fresh'), 6)
  t.equal(box.did.filter((one) => one === 'close aside fresh').length, 3)
})

t.test('a crop that cannot be read holds nothing up; who is lost by it is said', async (t) => {
  const box = await knowing(t)
  const text = Uint8Array.of(1, 2, 3)
  box.teach(box.registry.openLooks(kindOf('old')), undefined, text)
  box.answer.set('fresh', async (jpeg) => {
    if (jpeg.length === text.length) throw new BarnboxError('NOT_A_PICTURE', 'cannot be read')
    return fromCrop(jpeg)
  })
  await using sight = await box.start('fresh')
  await settled(sight)
  t.equal(sight.vision.embedder?.id, 'fresh@1')
  t.equal(count(box, 'fresh'), 4)
  t.match(box.logged.join('\n'), /"passedOver":1[\s\S]*warn: horses without a readable look .*"horses":1/)
})

t.test(
  'looks of nobody wait for no embedder; given to a horse they are looked at by the one in use',
  async (t) => {
    const box = await knowing(t)
    const { registry } = box
    const ids = { id: mintId<SightingId>(), trackletId: mintId<TrackletId>(), streamId: yard, horseId: null }
    const decided = { score: null, secondScore: null, threshold: 0.7, margin: 2, model: 'old@1' }
    const seen = { fromMs: startMs, toMs: startMs, detections: 3, addedDetections: 0 }
    const look = { vector: axis(9), crop: cropOf(axis(9)), sharpness: 1 }
    const reasons = { looks: 1, best: null, second: null, nearest: [], ofSecond: null }
    const judged = [{ kind: kindOf('old'), look, takenMs: startMs, reasons }]
    registry.sightings.save([{ ...ids, ...seen, decision: { kind: 'unknown', ...decided }, judged }])
    await using sight = await box.start('fresh')
    await settled(sight)
    t.equal(box.looked.get('fresh'), 4, 'not at the look of nobody')
    const by = { actor: null, nowMs: startMs }
    const thunder = registry.corrections.newHorse(ids.id, by).correction.otherId
    await sight.refresh()
    for (let n = 0; n < 200 && box.looked.get('fresh') === 4; n++) await wait(5)
    await settled(sight)
    t.match(
      registry.vectors.all(kindOf('fresh')).vectors.filter(({ horseId }) => horseId === thunder),
      [{ isAnchor: true, vector: axis(9) }],
    )
    t.equal(box.did.filter((one) => one.startsWith('learn')).length, 1, 'and the cameras are told')
  },
)
