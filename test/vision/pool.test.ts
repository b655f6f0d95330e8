/**
 * Several workers as one, against workers that behave as told: fair turns, looks that fail, a stop.
 */
import t from 'tap'
import type { Box } from '../../daemon/types.ts'
import type { Eyes } from '../../daemon/vision/vision.ts'
import { order } from './fixtures/orders.ts'
import { start, told, until } from './fixtures/start.ts'

const box: Box = [0, 0, 1, 1]

t.test('several workers work at a time, each at one request', async (t) => {
  const { vision } = await start('well', 3)
  await using _ = vision
  await until(() => vision.workers.running === 3)
  const answers = await Promise.all(Array.from({ length: 30 }, () => told(vision, 'answer', 5)))
  t.same([...new Set(answers.map(({ worker }) => worker))].sort(), [1, 2, 3])
  t.ok(answers.every(({ inHand }) => inHand === 1))
  t.same(vision.workers, { running: 3, wanted: 3, replaced: 0 })
})

t.test('stopped, it ends what it has in hand and refuses the rest', async (t) => {
  const { vision, fatal, lines } = await start('well', 2)
  await until(() => vision.workers.running === 2)
  const inHand = [told(vision, 'answer', 20), told(vision, 'answer', 20)]
  const waiting = told(vision)
  const refused = t.rejects(waiting, { code: 'INTERNAL', message: /stopped/ })
  await vision[Symbol.asyncDispose]()
  await refused
  t.match(await Promise.all(inHand), [{ name: 'detect' }, { name: 'detect' }])
  await t.rejects(told(vision), { message: /stopped/ })
  t.same([fatal, lines], [[], []])
})

t.test('what lay ahead at a worker that died goes to the next', async (t) => {
  const { vision } = await start('well', 1)
  await using _ = vision
  const [dies, ahead, waits] = [told(vision, 'leave'), told(vision), told(vision)]
  await t.rejects(dies, { code: 'VISION_DIED' })
  t.match(await Promise.all([ahead, waits]), [{ worker: 2 }, { worker: 2 }])
})

t.test('a start that is given up while models open waits for no more of them', async (t) => {
  const giveUp = new AbortController()
  const started = start('slow', 3, { signal: giveUp.signal })
  setTimeout(() => giveUp.abort(), 1_000)
  await t.rejects(started, { code: 'INTERNAL', message: /stopped/ })
})

/** Frames of a camera that are worked off until told to stop, one after the other as the pipeline does. */
async function workOff(eyes: Eyes, detectMs: number, horses: number, isOver: () => boolean): Promise<number> {
  let frames = 0
  while (!isOver()) {
    await eyes.detect(order('answer', detectMs))
    await eyes.embed(order('answer', 5), new Array<Box>(horses).fill(box))
    frames++
  }
  return frames
}

for (const [what, detectMs, horses] of [
  ['many horses', 5, 20],
  ['a slow picture', 100, 1],
] as const) {
  t.test(`a camera with ${what} slows another no more than its share`, async (t) => {
    const { vision } = await start('well', 1)
    await using _ = vision
    let heavy = 0
    const isOver = () => heavy >= 4
    const few = workOff(vision.eyes('few'), 5, 1, isOver)
    const many = workOff(vision.eyes('many'), detectMs, horses, () => ++heavy > 4)
    const [light] = await Promise.all([few, many])
    // A light frame costs a tenth of a heavy one. Request after request in turns there would be as many of each.
    t.ok(light >= 8, `${light} light frames beside 4 heavy ones`)
  })
}

t.test('without an embedder boxes are found, and no look is asked for', async (t) => {
  const { vision, lines } = await start('blind', 1)
  await using _ = vision
  t.equal(vision.embedder, null)
  t.match(vision.about.embedderFault, { code: 'MODEL_BROKEN' })
  t.equal(vision.embedderFault, 'broken as told')
  t.match(await told(vision), { name: 'detect' })
  t.same(await vision.embed(order('crash'), [box, box]), [undefined, undefined])
  t.same(lines, [
    { level: 'error', message: 'the embedder cannot be used; horses are found and not recognised' },
  ])
})

t.test('a look that fails is none; when all fail it is a fault, until one works', async (t) => {
  const { vision, lines } = await start('well', 1)
  await using _ = vision
  const left: Box = [-1, 0, 1, 1]
  const isThere = async (what: 'answer' | 'refuse', boxes: Box[]) =>
    (await vision.embed(order(what), boxes)).map((look) => look !== undefined)
  t.same(await isThere('answer', [box, left, box]), [true, false, true], 'one spoils itself only')
  t.equal(vision.embedderFault, null)
  t.same(await isThere('refuse', [box, box, box, box]), [false, false, false, false])
  t.equal(vision.embedderFault, null)
  t.same(await isThere('refuse', [box]), [false])
  t.equal(vision.embedderFault, 'the embedder fails: broken as told')
  t.match(await told(vision), { name: 'detect' }, 'horses are found all the while')
  t.same(await isThere('answer', [box]), [true])
  t.equal(vision.embedderFault, null)
  t.same(lines, [{ level: 'error', message: 'a look failed' }], 'said once')
})

t.test('looks of a vision that is no more are no failed looks', async (t) => {
  const { vision, lines } = await start('well', 1)
  await vision[Symbol.asyncDispose]()
  await t.rejects(vision.embed(order(), [box]), { message: /stopped/ })
  t.equal(vision.embedderFault, null)
  t.same(lines, [])
})
