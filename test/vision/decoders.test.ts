/**
 * Each layout, against outputs written by hand, and all of them against numbers that no network should give.
 */
import fc from 'fast-check'
import t from 'tap'
import { coco } from '../../daemon/vision/classes.ts'
import { decoderFor, decoders } from '../../daemon/vision/decoders/all.ts'
import type { Decoder, Port, Tensor, Tensors } from '../../daemon/vision/decoders/decoder.ts'
import { detectionsOf } from '../../daemon/vision/decoders/detections.ts'
import { placementOf } from '../../daemon/vision/placement.ts'
import { gridSide, keptClasses } from '../../models/convert/layout.ts'

const floats = (dims: readonly number[], values: Readonly<Record<number, number>> = {}): Tensor => {
  const data = new Float32Array(dims.reduce((a, b) => a * b, 1))
  for (const [at, value] of Object.entries(values)) data[Number(at)] = value
  return { data, dims }
}
const portsOf = (tensors: Tensors, type = 'float32'): Port[] =>
  Object.entries(tensors).map(([name, { dims }]) => ({ name, type, shape: dims }))
const image = (side: number): Port => ({ name: 'images', type: 'float32', shape: [1, 3, side, side] })
const size: Port = { name: 'orig_target_sizes', type: 'int64', shape: [1, 2] }

interface Case {
  readonly layout: string
  readonly side: number
  readonly inputs?: readonly Port[]
  /** One horse at [100, 50, 140, 130] of the input, score 0.5. */
  readonly horse: Tensors
}

const at = (row: number, length: number, values: readonly number[]) =>
  Object.fromEntries(values.map((value, i) => [row * length + i, value]))
const logit = (share: number) => Math.log(share / (1 - share))

/** A logit of 0 is a share of a half: what is not written must be far below. */
const low = (dims: readonly number[], values: Readonly<Record<number, number>>): Tensor => {
  const { data } = floats(dims)
  const filled = (data as Float32Array).fill(-20)
  for (const [index, value] of Object.entries(values)) filled[Number(index)] = value
  return { data: filled, dims }
}

const queries = (classes: number, horse: number, names: readonly [string, string]): Tensors => ({
  [names[0]]: low([1, 300, classes], { [7 * classes + horse]: logit(0.5) }),
  [names[1]]: floats([1, 300, 4], at(7, 4, [120 / 640, 90 / 640, 40 / 640, 80 / 640])),
})

// YOLOX at 416: cell x 14, y 11 of the grid of 8 pixels: the centre is 120, 90.
const yoloxRow = 11 * 52 + 14
const cases: readonly Case[] = [
  {
    layout: 'centernet',
    side: 512,
    inputs: [],
    horse: {
      scores: floats([100], { 0: 0.5 }),
      cells: {
        dims: [100],
        data: Int32Array.from(
          { length: 100 },
          () => keptClasses.findIndex(({ label }) => label === 'horse') * gridSide ** 2 + 22 * gridSide + 30,
        ),
      },
      sizes: floats([100, 4], at(0, 4, [20, 38, 20, 42])),
    },
  },
  {
    layout: 'yolox',
    side: 416,
    horse: {
      output: floats([1, 3549, 85], {
        ...at(yoloxRow, 85, [1, 0.25, Math.log(5), Math.log(10), 0.625]),
        [yoloxRow * 85 + 5 + 17]: 0.8,
      }),
    },
  },
  { layout: 'rf-detr', side: 640, horse: queries(91, 19, ['labels', 'dets']) },
  { layout: 'rf-detr', side: 640, horse: queries(91, 19, ['logits', 'pred_boxes']) },
  { layout: 'detr-logits', side: 640, horse: queries(80, 17, ['logits', 'pred_boxes']) },
  {
    layout: 'detr-boxes',
    side: 640,
    inputs: [image(640), size],
    horse: {
      labels: { data: BigInt64Array.from({ length: 300 }, () => 17n), dims: [1, 300] },
      boxes: floats([1, 300, 4], at(3, 4, [100, 50, 140, 130])),
      scores: floats([1, 300], { 3: 0.5 }),
    },
  },
  {
    layout: 'yolo',
    side: 640,
    horse: {
      output0: floats([1, 84, 8400], {
        [5]: 120,
        [8400 + 5]: 90,
        [2 * 8400 + 5]: 40,
        [3 * 8400 + 5]: 80,
        [(4 + 17) * 8400 + 5]: 0.5,
      }),
    },
  },
  {
    layout: 'yolo-end',
    side: 640,
    horse: { output0: floats([1, 300, 6], at(2, 6, [100, 50, 140, 130, 0.5, 17])) },
  },
]

const viewOf = ({ usualClasses }: Decoder, side: number) => ({
  width: side,
  height: side,
  classes: coco[usualClasses],
})

for (const { layout, side, horse, inputs = [image(side)] } of cases) {
  const outputs = portsOf(horse)
  const names = outputs.map(({ name }) => name).join()

  t.test(`${layout} (${names}) is known by its ports, alone and with open dimensions`, async (t) => {
    const fitting = decoders.filter((one) => one.matches(inputs, outputs)).map((one) => one.layout)
    t.same(fitting, [layout])
    const open = outputs.map((port) => ({
      ...port,
      // The batch, and the number of rows: what exporters leave open.
      shape: port.shape.map((dim, i) => (i === 0 && dim === 1 ? 'batch' : dim === 300 ? -1 : dim)),
    }))
    t.equal(decoderFor(inputs, open)?.layout, layout)
  })

  t.test(`${layout} (${names}) finds its horse, and nothing above its score`, async (t) => {
    const decoder = decoderFor(inputs, outputs) as Decoder
    const [one, ...more] = decoder.decode(horse, viewOf(decoder, side), 0.25)
    t.same(more, [])
    t.match(one, { label: 'horse' })
    t.ok(Math.abs((one?.score ?? 0) - 0.5) < 1e-6, `${one?.score}`)
    const wanted = [100, 50, 140, 130]
    t.ok(
      one?.box.every((edge, i) => Math.abs(edge - (wanted[i] ?? 0)) < 1e-3),
      `${one?.box}`,
    )
    t.same(decoder.decode(horse, viewOf(decoder, side), 0.51), [])
  })

  t.test(`${layout} (${names}) refuses outputs of another shape`, async (t) => {
    const decoder = decoderFor(inputs, outputs) as Decoder
    const input = viewOf(decoder, side)
    const cut = Object.fromEntries(
      Object.entries(horse).map(([name, { dims }]) => [name, floats([...dims, 1])]),
    )
    t.throws(() => decoder.decode(cut, input, 0.25), { code: 'MODEL_BROKEN' })
    t.throws(() => decoder.decode({}, input, 0.25), { code: 'MODEL_BROKEN' })
  })

  t.test(`${layout} (${names}): whatever it says, boxes lie in the picture, once`, async () => {
    const decoder = decoderFor(inputs, outputs) as Decoder
    const picture = { width: 333, height: 250 }
    const input = { ...decoder.usual, width: side, height: side }
    const anyFloat = fc.float({ noDefaultInfinity: false })
    const hostile = fc.array(fc.tuple(fc.nat(), anyFloat), { maxLength: 200 })
    const spoilt = (writes: readonly (readonly [number, number])[]): Tensors =>
      Object.fromEntries(
        Object.entries(horse).map(([name, { data, dims }]) => {
          if (!(data instanceof Float32Array)) return [name, { data, dims }]
          const copy = Float32Array.from(data)
          for (const [place, value] of writes) copy[place % copy.length] = value
          return [name, { data: copy, dims }]
        }),
      )
    fc.assert(
      fc.property(hostile, (writes) => {
        const found = decoder.decode(spoilt(writes), viewOf(decoder, side), 0.25)
        const placement = placementOf(input, picture)
        return detectionsOf(found, placement, decoder.sameAnimal).every(
          ({ box: [x1, y1, x2, y2], score }) =>
            x1 >= 0 && y1 >= 0 && x2 <= 333 && y2 <= 250 && x2 > x1 && y2 > y1 && score >= 0.25 && score <= 1,
        )
      }),
      { numRuns: layout === 'yolo' ? 20 : 60 },
    )
  })
}

t.test('what looks alike and is another is not taken for it', async (t) => {
  const none = (name: string, shape: Port['shape'], inputs = [image(640)]) =>
    t.equal(decoderFor(inputs, [{ name, type: 'float32', shape }]), undefined, `${name} ${shape}`)
  none('output', [1, 25200, 85])
  // YOLOv8 turned round would be a YOLOX of 79 classes: the count gives it away, with names and without.
  const turned = [{ name: 'output', type: 'float32', shape: [1, 8400, 84] }]
  t.equal(decoderFor([image(640)], turned)?.classes(turned), 79)
  none('output', ['batch', 'rows', 'columns'])
  none('logits', [1, 100, 92])
  none('probabilities', [1, 1000])
  // Without the size of the picture nobody knows what its boxes are scaled to.
  const boxes = cases.find(({ layout }) => layout === 'detr-boxes')?.horse ?? {}
  t.equal(decoderFor([image(640)], portsOf(boxes)), undefined)
})

t.test('a horse that is also a cow is one; two that overlap are two where the network chose', async (t) => {
  const placement = placementOf(
    { ...(decoders[0] as Decoder).usual, width: 640, height: 640 },
    { width: 640, height: 640 },
  )
  const box = [100, 100, 300, 300] as const
  const found = [
    { box, score: 0.8, label: 'horse' },
    { box, score: 0.6, label: 'cow' },
    { box: [125, 100, 325, 300] as const, score: 0.7, label: 'horse' },
  ]
  t.equal(detectionsOf(found, placement, 0.6).length, 1)
  t.equal(detectionsOf(found, placement, 0.8).length, 2)
  const many = Array.from({ length: 20_000 }, (_, i) => ({
    box: [i % 600, 0, (i % 600) + 30, 30] as const,
    score: 0.5,
    label: 'horse',
  }))
  const startedMs = performance.now()
  t.ok(detectionsOf(many, placement, 0.6).length <= 300)
  t.ok(performance.now() - startedMs < 1000, 'a network gone mad does not hold up the others')
})
