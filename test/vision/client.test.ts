/**
 * One worker as the main thread holds it, against a worker that behaves as told.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { createVisionClient, patienceFor } from '../../daemon/vision/client.ts'
import type { Ask } from '../../daemon/vision/protocol.ts'
import { workerUrl } from '../../daemon/vision/vision.ts'
import { type Order, order } from './fixtures/orders.ts'

const newFolder = () => mkdtempSync(path.join(tmpdir(), 'barnbox-client-'))

const usual = {
  behaviour: 'well',
  stateDir: undefined as string | undefined,
  stuckMs: 60_000,
  openMs: (_provider: string) => 60_000,
  stopMs: 10_000,
}

function start(wish: Partial<typeof usual> = {}) {
  const { behaviour, stateDir = newFolder(), ...patience } = { ...usual, ...wish }
  const setup = { stateDir, detector: behaviour, embedder: 'none', threshold: 0.25, threads: 1 }
  const worker = new Worker(new URL('./fixtures/worker.ts', import.meta.url), { workerData: setup })
  return createVisionClient(worker, patience)
}
const ask = (what: Order['do'], ms?: number): Ask => ({ name: 'detect', with: { picture: order(what, ms) } })

t.test('it is ready, answers, and says what it cannot do', async (t) => {
  await using client = start()
  t.match(await client.ready, { embedder: { id: 'fixture@1' }, about: { detector: 'well' } })
  t.match(await client.ask(ask('answer')), [{ worker: 1, inHand: 1 }])
  await t.rejects(client.ask(ask('refuse')), { code: 'MODEL_BROKEN', message: 'broken as told' })
  t.match(await client.ask(ask('answer')), [{ worker: 1, inHand: 1 }], 'it goes on')
  t.equal(client.isOver, false)
})

t.test('a second request lies at hand, a third is a fault of ours', async (t) => {
  await using client = start()
  await client.ready
  const [first, second] = [client.ask(ask('answer', 20)), client.ask(ask('refuse'))]
  await t.rejects(client.ask(ask('answer')), { code: 'INTERNAL', message: /busy/ })
  await t.rejects(second, { code: 'MODEL_BROKEN' })
  t.match(await first, [{ inHand: 1 }])
  t.match(await client.ask(ask('answer')), [{ inHand: 1 }])
})

t.test('the time of one that lies at hand begins with its work', async (t) => {
  await using client = start({ stuckMs: 3_000 })
  await client.ready
  const answers = await Promise.all([client.ask(ask('answer', 2_000)), client.ask(ask('answer', 2_000))])
  t.match(answers, [[{ inHand: 1 }], [{ inHand: 1 }]])
})

t.test('one that lies at hand where a worker hangs fails with it', async (t) => {
  await using client = start({ stuckMs: 2_000, stopMs: 200 })
  await client.ready
  const both = [client.ask(ask('hang')), client.ask(ask('answer'))]
  for (const one of both) await t.rejects(one, { code: 'VISION_STUCK' })
})

for (const [what, seen] of [
  ['crash', { code: 'VISION_DIED', cause: /crashed as told/ }],
  ['leave', { code: 'VISION_DIED', context: { code: 0 } }],
  ['hang', { code: 'VISION_STUCK', kind: 'bug' }],
] as const) {
  t.test(`told to ${what}, it is over`, async (t) => {
    await using client = start({ stuckMs: 4_000, stopMs: 200 })
    await client.ready
    await t.rejects(client.ask(ask(what)), seen)
    t.match(await client.over, { code: seen.code })
    t.equal(client.isOver, true)
    await t.rejects(client.ask(ask('answer')), { code: seen.code })
  })
}

t.test('what it cannot load is said by itself', async (t) => {
  const wish = { behaviour: 'once', stateDir: newFolder() }
  await using first = start(wish)
  await first.ready
  await using second = start(wish)
  await t.rejects(second.ready, { code: 'MODEL_BROKEN' })
  t.match(await second.over, { code: 'MODEL_BROKEN' })
})

t.test(
  'a model that does not open is named, and waited for in vain no longer than its provider may take',
  async (t) => {
    const asked: string[] = []
    const openMs = (provider: string) => {
      asked.push(provider)
      return provider === 'cuda' ? 500 : 60_000
    }
    await using client = start({ behaviour: 'stuck', openMs, stopMs: 200 })
    const message = 'opening model-1 on cuda does not end'
    const context = { model: 'model-1', provider: 'cuda', step: 'load', ms: 500 }
    await t.rejects(client.ready, { code: 'VISION_STUCK', message, context })
    t.match(await client.over, { code: 'VISION_STUCK' })
    t.same(asked, ['cpu', 'cuda'], 'the start of the worker, and the model')
  },
)

t.test('nor does a first look that does not end', async (t) => {
  const openMs = (provider: string) => (provider === 'cuda' ? 500 : 60_000)
  await using client = start({ behaviour: 'blank', openMs, stopMs: 200 })
  const message = 'a first look of model-1 on cuda does not end'
  await t.rejects(client.ready, { code: 'VISION_STUCK', message, context: { step: 'look', ms: 500 } })
})

t.test('a model that takes many steps to open has the time for each', async (t) => {
  const openMs = (provider: string) => (provider === 'cuda' ? 2_500 : 60_000)
  await using client = start({ behaviour: 'slow', openMs })
  t.match(await client.ready, { about: { detector: 'slow' } }, 'six times half a second')
})

t.test('where a first look took long, a request may take twenty times as long', async (t) => {
  await using client = start({ behaviour: 'weak', stuckMs: 100 })
  await client.ready
  t.match(await client.ask(ask('answer', 2_000)), [{ worker: 1 }])
  await using quick = start({ stuckMs: 100, stopMs: 200 })
  await quick.ready
  const context = { ms: 100 }
  await t.rejects(quick.ask(ask('answer', 60_000)), { code: 'VISION_STUCK', context })
})

t.test('a slow machine is waited for longer', (t) => {
  const [usual, slow] = [patienceFor(1), patienceFor(10)]
  t.same([usual.stuckMs, usual.openMs('cpu'), usual.openMs('tensorrt')], [30_000, 120_000, 1_800_000])
  t.same([slow.stuckMs, slow.openMs('cpu'), slow.openMs('tensorrt')], [300_000, 1_200_000, 18_000_000])
  t.end()
})

t.test('stopped while a model does not open, nobody waits for ever', async (t) => {
  const client = start({ behaviour: 'stuck', stopMs: 200 })
  const refused = t.rejects(client.ready, { code: 'INTERNAL', message: /stopped/ })
  await client[Symbol.asyncDispose]()
  await refused
})

t.test('stopped, it answers what it has and takes no more', async (t) => {
  const client = start()
  await client.ready
  const last = client.ask(ask('answer', 20))
  const stopped = client[Symbol.asyncDispose]()
  await t.rejects(client.ask(ask('answer')), { code: 'INTERNAL', message: /stopped/ })
  await stopped
  t.match(await client.over, { code: 'INTERNAL' })
  t.match(await last, [{ inHand: 1 }])
})

t.test('stopped while it hangs, nobody waits for ever', async (t) => {
  const client = start({ stopMs: 200 })
  await client.ready
  const last = client.ask(ask('hang'))
  const refused = t.rejects(last, { code: 'INTERNAL', message: /stopped/ })
  await client[Symbol.asyncDispose]()
  await refused
})

t.test('told to stop before it has opened its models, the real worker opens none of them', async (t) => {
  const setup = { stateDir: newFolder(), detector: 'centernet-mnv3', embedder: 'appearance-mnv3', threads: 1 }
  const worker = new Worker(workerUrl(), { workerData: { ...setup, threshold: 0.25, provider: 'cpu' } })
  const said: object[] = []
  worker.on('message', (message) => said.push(message))
  const client = createVisionClient(worker, { ...usual, stopMs: 60_000 })
  const refused = t.rejects(client.ready, { code: 'INTERNAL', message: /stopped/ })
  await client[Symbol.asyncDispose]()
  await refused
  t.same(
    said.filter((message) => !('failed' in message)),
    [],
  )
})

t.test('the worker is a source file in the checkout, a bundle beside a bundle', (t) => {
  t.match(workerUrl().href, /daemon\/vision\/worker\.ts$/)
  t.equal(workerUrl('file:///opt/barnbox/dist/main.js').href, 'file:///opt/barnbox/dist/vision-worker.js')
  t.end()
})
