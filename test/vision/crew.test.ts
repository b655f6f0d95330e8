/**
 * The vision workers' lives, against workers that behave as told: starts, deaths, replacements, an end.
 */
import t from 'tap'
import type { BarnboxError } from '../../daemon/lib/errors.ts'
import { usualPace } from '../../daemon/vision/crew.ts'
import { usualWorkers } from '../../daemon/vision/vision.ts'
import type { Told } from './fixtures/orders.ts'
import { quick, start, told, until } from './fixtures/start.ts'

t.test('the others start when the first is ready, and one that cannot does no harm', async (t) => {
  const { vision, fatal, lines, diary } = await start('once', 3)
  await using _ = vision
  await until(() => vision.workers.replaced > 3 && lines.length > 1)
  t.same(diary().slice(0, 3), ['start', 'ready', 'start'])
  t.match(vision.workers, { running: 1, wanted: 3 })
  t.match(await told(vision), { worker: 1 })
  t.same(fatal, [])
  const said = 'a vision worker cannot start; it is tried again and again'
  t.same(lines, [
    { level: 'error', message: said },
    { level: 'error', message: said },
  ])
})

t.test('a worker with another embedder than the first may not join', async (t) => {
  const { vision, lines } = await start('exchanged', 2)
  await using _ = vision
  await until(() => vision.workers.replaced > 0)
  t.equal(vision.workers.running, 1)
  t.match(lines, [{ level: 'error', message: /cannot start/ }])
})

t.test('the others are told where the first runs; one that runs elsewhere is said', async (t) => {
  const { vision, lines, reasons } = await start('poor', 2)
  await using _ = vision
  await until(() => vision.workers.running === 2)
  t.equal(vision.about.running.detector.provider, 'cuda')
  t.same(lines, [{ level: 'warn', message: 'a further worker fell back to the CPU' }])
  t.same(reasons, ['no memory left for cuda'])
})

for (const what of ['crash', 'leave'] as const) {
  t.test(`one that is told to ${what} fails what it holds, and is replaced`, async (t) => {
    const { vision, fatal, lines } = await start('well', 1)
    await using _ = vision
    const asked = [told(vision), told(vision, what), told(vision), told(vision)]
    await t.rejects(asked[1] as Promise<Told>, { code: 'VISION_DIED', kind: 'transient' })
    asked.splice(1, 1)
    t.match(await Promise.all(asked), [{ worker: 1 }, { worker: 2 }, { worker: 2 }])
    t.same(vision.workers, { running: 1, wanted: 1, replaced: 1 })
    t.same(lines, [{ level: 'warn', message: 'a vision worker has died; another takes its place' }])
    t.same(fatal, [])
  })
}

t.test('while one is replaced the others do its work', async (t) => {
  const { vision } = await start('well', 2, { pace: { ...quick, firstMs: 600_000, mostMs: 600_000 } })
  await using _ = vision
  await until(() => vision.workers.running === 2)
  await t.rejects(told(vision, 'crash'), { code: 'VISION_DIED' })
  const answers = await Promise.all([told(vision), told(vision), told(vision)])
  t.equal(new Set(answers.map(({ worker }) => worker)).size, 1)
  await until(() => vision.workers.replaced > 0)
  t.same(vision.workers, { running: 1, wanted: 2, replaced: 1 })
})

t.test('deaths that come too often are the end', async (t) => {
  const { vision, fatal } = await start('well', 1)
  await using _ = vision
  for (let deaths = 1; deaths <= 2; deaths++) {
    await t.rejects(told(vision, 'crash'), { code: 'VISION_DIED' })
  }
  t.match(await told(vision), { worker: 3 }, 'two are borne')
  const last = told(vision, 'crash')
  const waiting = told(vision)
  await t.rejects(last, { code: 'VISION_DIED' })
  await t.rejects(waiting, { code: 'VISION_ENDED' })
  await t.rejects(told(vision), { code: 'VISION_ENDED' })
  t.match(fatal, [{ code: 'VISION_ENDED', kind: 'bug', message: /again and again/, context: { deaths: 3 } }])
  t.equal(fatal.length, 1)
})

t.test('deaths far from one another are borne for ever', async (t) => {
  const { vision, fatal } = await start('well', 1, { pace: { ...quick, withinMs: 0 } })
  await using _ = vision
  for (let deaths = 1; deaths <= 4; deaths++) await t.rejects(told(vision, 'crash'), { code: 'VISION_DIED' })
  t.match(await told(vision), { worker: 5 })
  t.same(fatal, [])
})

t.test('where none is left and none can start, it is the end too', async (t) => {
  const { vision, fatal } = await start('once', 1)
  await using _ = vision
  await t.rejects(told(vision, 'crash'), { code: 'VISION_DIED' })
  await t.rejects(told(vision), { code: 'VISION_ENDED', message: /broken as told/ })
  t.match(fatal, [{ code: 'VISION_ENDED' }])
})

t.test('an inference that hangs is the end, and the stop does not wait for it for ever', async (t) => {
  const { vision, fatal } = await start('well', 2, { stuckMs: 4_000 })
  await until(() => vision.workers.running === 2)
  const hanging = told(vision, 'hang')
  t.match(await told(vision), { name: 'detect' }, 'the other works')
  await t.rejects(hanging, { code: 'VISION_STUCK' })
  await t.rejects(told(vision), { code: 'VISION_STUCK' })
  t.match(fatal, [{ code: 'VISION_STUCK' }])
  t.equal(fatal.length, 1)
  await vision[Symbol.asyncDispose]()
})

t.test('five deaths within a minute are borne, and no more', async (t) => {
  t.match(usualPace, { mostDeaths: 5, withinMs: 60_000 })
})

t.test('half the cores work, but one at least and four at most', async (t) => {
  t.same([1, 2, 3, 4, 8, 64].map(usualWorkers), [1, 1, 1, 2, 4, 4])
})

t.test('a first worker whose model does not open is told of as the end', async (t) => {
  const fatal: BarnboxError[] = []
  await t.rejects(start('stuck', 1, { fatal, openMs: 500 }), { code: 'VISION_STUCK' })
  t.match(fatal, [{ code: 'VISION_STUCK', kind: 'bug', context: { model: 'model-1' } }])
})

t.test('so is a further one: its thread never ends, and no other is started beside it', async (t) => {
  const { vision, fatal, diary } = await start('late', 2, { openMs: 500 })
  await using _ = vision
  await until(() => fatal.length > 0)
  t.match(fatal, [{ code: 'VISION_STUCK', message: 'opening model-1 on cuda does not end' }])
  await t.rejects(told(vision), { code: 'VISION_STUCK' })
  t.same(diary(), ['start', 'ready', 'start'])
})
