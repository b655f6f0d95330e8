/**
 * The main thread's side, against a worker that behaves as told.
 */
import t from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { startVision, workerUrl } from '../../daemon/vision/vision.ts'
import { paint } from './nv12.ts'

const picture = paint(4, 4, () => [0, 0, 0])
const fixture = new URL('./fixtures/worker.ts', import.meta.url)

function start(behaviour: string) {
  const config = {
    detector: behaviour,
    embedder: 'none',
    threshold: 0.25,
    threads: 1,
    provider: 'cpu' as const,
  }
  const world = { workerUrl: fixture, patience: { stuckMs: 150, stopMs: 200 } }
  return startVision(config, { stateDir: '/nowhere', log: silentLog }, world)
}

t.test('each gets its own answer, and one is with the worker at a time', async (t) => {
  await using vision = await start('answers')
  const answers = await Promise.all([vision.detect(picture), vision.jpeg(picture), vision.embed(picture, [])])
  t.same(answers, [['detect 1 at once'], ['jpeg 1 at once'], ['embed 1 at once']])
})

t.test('an inference that does not end fails all who wait, and those who come later', async (t) => {
  await using vision = await start('hangs')
  const waiting: Promise<unknown>[] = [vision.detect(picture), vision.jpeg(picture)]
  for (const one of waiting) await t.rejects(one, { code: 'VISION_STUCK' })
  await t.rejects(vision.detect(picture), { code: 'VISION_STUCK' })
})

for (const behaviour of ['crashes', 'leaves']) {
  t.test(`a worker that ${behaviour} fails all who wait`, async (t) => {
    await using vision = await start(behaviour)
    const waiting: Promise<unknown>[] = [vision.detect(picture), vision.jpeg(picture)]
    for (const one of waiting) await t.rejects(one, { code: 'VISION_ENDED', kind: 'bug' })
    await t.rejects(vision.detect(picture), { code: 'VISION_ENDED' })
  })
}

t.test('stopped, it takes no more', async (t) => {
  const vision = await start('answers')
  const last = vision.detect(picture)
  const queued = vision.jpeg(picture)
  const refused = t.rejects(queued, { code: 'INTERNAL', message: /stopped/ })
  await vision[Symbol.asyncDispose]()
  await refused
  await t.rejects(vision.detect(picture), { message: /stopped/ })
  await Promise.allSettled([last])
})

t.test('the worker is a source file in the checkout, a bundle beside a bundle', (t) => {
  t.match(workerUrl().href, /daemon\/vision\/worker\.ts$/)
  t.equal(workerUrl('file:///opt/barnbox/dist/main.js').href, 'file:///opt/barnbox/dist/vision-worker.js')
  t.end()
})
