/**
 * Which classes of a detector are kept: by the names in its file, else as COCO has them; one rule for all layouts.
 */
import fc from 'fast-check'
import t from 'tap'
import { parseNames } from '../../daemon/vision/class-names.ts'
import { classesOf } from '../../daemon/vision/classes.ts'
import { openDetector } from '../../daemon/vision/detector.ts'
import { keptClasses } from '../../models/convert/layout.ts'
import { type Answer, answering, written } from '../models/onnx-files.ts'
import { paint } from './nv12.ts'

t.test('names as exporters write them', async (t) => {
  const read: readonly (readonly [text: string, names: readonly (readonly [number, string])[]])[] = [
    ["{0: 'horse'}", [[0, 'horse']]],
    [
      `{ 0 : "horse's head" ,\n 7:'person', }`,
      [
        [0, "horse's head"],
        [7, 'person'],
      ],
    ],
    ["{0: 'horse\\'s'}", [[0, "horse's"]]],
    ['{"0": "horse"}', [[0, 'horse']]],
    [
      "['horse', 'person']",
      [
        [0, 'horse'],
        [1, 'person'],
      ],
    ],
  ]
  for (const [text, names] of read) t.same([...(parseNames(text) ?? [])], names, text)
})

t.test('whatever is no such text is nothing, and nothing of it runs', async (t) => {
  const none = [
    '',
    '{}',
    '[]',
    'horse',
    "{0: 'horse'",
    "{0: 'horse'} + 1",
    "{0: 'horse', 0: 'cow'}",
    "{-1: 'horse'}",
    "{0.5: 'horse'}",
    "{9999999: 'horse'}",
    "{'a': 'horse'}",
    '{0: horse}',
    "{0: 'horse' 1: 'cow'}",
    "{0: __import__('os').system('x')}",
    "['horse', ['cow']]",
    "{0: ['horse']}",
    `{0: '${'x'.repeat(600_000)}'}`,
    `[${"'x',".repeat(20_000)}]`,
  ]
  for (const text of none) t.equal(parseNames(text), undefined, text.slice(0, 40))
  const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '0', '17', "'", '"', '\\', "'horse'", ' ', 'x')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const names = parseNames(parts.join(''))
      return names === undefined || [...names].every(([at, name]) => at >= 0 && typeof name === 'string')
    }),
    { numRuns: 5000 },
  )
  const startedMs = performance.now()
  parseNames(`{0: '${'\\'.repeat(200_000)}`)
  t.ok(performance.now() - startedMs < 500)
})

const names = (...all: string[]) => new Map(all.map((name, i) => [i, name]))

t.test('what is kept', async (t) => {
  const kept = (...all: string[]) => {
    const classes = classesOf({ told: all.length, names: names(...all), usual: 80 })
    return 'fault' in classes ? classes.fault : classes.kept.map(({ index, label }) => `${index} ${label}`)
  }
  t.same(kept('horse'), ['0 horse'])
  t.same(kept('car', 'Person', ' FOAL ', 'pony', 'Border_Collie', 'dog', 'cattle'), [
    '1 person',
    '2 horse',
    '3 horse',
    '5 dog',
    '6 cow',
  ])
  t.match(kept('car', 'horse head'), /names nothing that could be a horse: car, horse head/)
  t.match(kept('person'), /nothing that could be a horse: person/)
  t.match(kept('\u001b[2J', 'x'.repeat(1000)), /horse: [\x20-\x7e]{1,100}$/)
  const coco = Array.from(
    { length: 80 },
    (_, i) => keptClasses.find(({ index }) => index === i)?.label ?? 'x',
  )
  t.same(classesOf({ told: 80, names: names(...coco), usual: 80 }), { count: 80, kept: keptClasses })
})

t.test('without names only COCO is known', async (t) => {
  const of = (told: number | undefined, usual: 80 | 91 = 80) => classesOf({ told, names: undefined, usual })
  t.same(of(80), { count: 80, kept: keptClasses })
  t.same(of(undefined), { count: 80, kept: keptClasses })
  t.match(of(91), { count: 91, kept: [{ index: 1, label: 'person' }] })
  t.match(of(undefined, 91), { count: 91 })
  for (const told of [1, 3, 79, 92, 365]) {
    t.match(of(told), { fault: new RegExp(`${told} class.*names.*0: 'horse'`) })
  }
})

t.test('names of another count than the outputs are refused', async (t) => {
  const of = (told: number, all: ReadonlyMap<number, string>) => classesOf({ told, names: all, usual: 80 })
  t.match(of(80, names('horse')), { fault: /scores of 80 classes and names 1/ })
  t.match(of(2, new Map([[5, 'horse']])), { fault: /scores of 2 classes/ })
  t.match(of(6, new Map([[5, 'horse']])), { count: 6, kept: [{ index: 5, label: 'horse' }] })
})

const ahead = (values: readonly number[], row: number, length: number) =>
  values.map((value, i) => [row * length + i, value] as const)

function sparse(
  name: string,
  dims: readonly number[],
  writes: readonly (readonly [number, number])[],
): Answer {
  const values = new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(
    name === 'logits' || name === 'labels' ? -20 : 0,
  )
  for (const [at, value] of writes) values[at] = value
  return { name, dims, values }
}

/** For each layout a network of `count` classes that sees class `at` in the middle of its picture of 64 x 64. */
const layouts: Readonly<Record<string, (count: number, at: number) => Answer[]>> = {
  yolox: (count, at) => {
    const [row, length] = [4 * 8 + 4, 5 + count]
    return [
      sparse(
        'output',
        [1, 84, length],
        [...ahead([0, 0, Math.log(4), Math.log(4), 0.9], row, length), [row * length + 5 + at, 0.9]],
      ),
    ]
  },
  yolo: (count, at) => [
    sparse(
      'output0',
      [1, 4 + count, 84],
      [...[32, 32, 40, 40].map((value, i) => [i * 84 + 7, value] as const), [(4 + at) * 84 + 7, 0.9]],
    ),
  ],
  'yolo-end': (_count, at) => [sparse('output0', [1, 30, 6], ahead([12, 12, 52, 52, 0.9, at], 0, 6))],
  'rf-detr': (count, at) => [
    sparse('labels', [1, 30, count], [[at, 3]]),
    sparse('dets', [1, 30, 4], ahead([0.5, 0.5, 0.6, 0.6], 0, 4)),
  ],
  'detr-logits': (count, at) => [
    sparse('logits', [1, 30, count], [[at, 3]]),
    sparse('pred_boxes', [1, 30, 4], ahead([0.5, 0.5, 0.6, 0.6], 0, 4)),
  ],
}

const open = (answers: readonly Answer[], metadata: Record<string, string> = {}) =>
  openDetector({ name: 'x', file: written(answering(answers, metadata)), id: 'x@1' }, 1)

const picture = paint(64, 64, () => [9, 9, 9])

for (const [layout, made] of Object.entries(layouts)) {
  t.test(`${layout}: a fine-tuned network's horses are horses`, async (t) => {
    const seen = async (answers: readonly Answer[], metadata: Record<string, string>) => {
      await using detector = await open(answers, metadata)
      t.equal(detector.layout, layout)
      return (await detector.detect(picture, 0.25)).map(({ kind, label }) => `${kind} ${label}`)
    }
    t.same(await seen(made(1, 0), { names: "{0: 'horse'}" }), ['horse horse'])
    t.same(await seen(made(3, 1), { names: "{0: 'person', 1: 'Pony', 2: 'cat'}" }), ['horse horse'])
    t.same(await seen(made(3, 2), { names: "{0: 'person', 1: 'pony', 2: 'cat'}" }), [])
    if (layout !== 'yolo') t.same(await seen(made(80, 17), {}), ['horse horse'])
    const broken = (message: RegExp) => ({ code: 'MODEL_BROKEN', message })
    await t.rejects(open(made(1, 0), { names: '{0: horse}' }), broken(/whose names cannot be read/))
    await t.rejects(open(made(1, 0), { names: "{0: 'cat'}" }), broken(/could be a horse: cat/))
    // A number for the class tells nothing of how many there are.
    if (layout === 'yolo-end') return
    await t.rejects(open(made(3, 0)), broken(/3 classes apart and does not name them/))
    await t.rejects(open(made(3, 0), { names: "{0: 'horse'}" }), broken(/scores of 3 classes and names 1/))
  })
}
