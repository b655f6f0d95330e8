/**
 * What a network sees of a picture: place, colour and scale, held against arithmetic by hand.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { Picture } from '../../daemon/types.ts'
import type { EmbedderLayout } from '../../daemon/vision/embedders.ts'
import { openNet } from '../../daemon/vision/net.ts'
import { placementOf, toPicture } from '../../daemon/vision/placement.ts'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'
import { bytes, imagenet, type Preprocess, raw, unit } from '../../models/convert/preprocess.ts'
import { paint, toNv12 } from './nv12.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'barnbox-fronts-'))

/** A network that gives back what it sees. */
function mirror(input: Preprocess): string {
  const onnx = createOnnxGraph('mirror')
  const { width, height, tensor } = input
  const type = tensor === 'uint8-nhwc' ? 'uint8' : 'float32'
  const shape = type === 'uint8' ? [1, height, width, 3] : [1, 3, height, width]
  onnx.output('seen', onnx.input('image', type, shape), type, shape)
  const file = path.join(folder, `${Math.random()}.onnx`)
  writeFileSync(file, onnx.encode({}))
  return file
}

async function seenOf(
  input: Preprocess,
  picture: Picture,
  part?: { x1: number; y1: number; x2: number; y2: number },
) {
  const layout = {
    layout: 'any',
    usual: input,
    usualSide: 0,
    matches: () => true,
  } as unknown as EmbedderLayout
  const source = { name: 'mirror', file: mirror(input), id: 'mirror', layout: 'any', input }
  await using net = await openNet(source, { layouts: [layout], crops: part !== undefined }, 1)
  const { outputs, placement } = await net.run(picture, part)
  const data = outputs['seen']?.data as Float32Array
  const { width, height } = input
  const at = (x: number, y: number) =>
    [0, 1, 2].map((c) =>
      Number(
        input.tensor === 'uint8-nhwc' ? data[(y * width + x) * 3 + c] : data[(c * height + y) * width + x],
      ),
    )
  return { at, placement }
}

const near = (seen: readonly number[], wanted: readonly number[], off: number) =>
  seen.every((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN)) <= off)

const orange = paint(80, 40, () => [200, 100, 50])

t.test('letterboxes: in the corner as BGR, in the middle as shares', async (t) => {
  const corner: Preprocess = {
    ...raw,
    width: 64,
    height: 64,
    fit: 'letterbox-corner',
    pad: 114,
    colour: 'bgr',
  }
  for (const picture of [orange, toNv12(orange)]) {
    const { at } = await seenOf(corner, picture)
    t.ok(near(at(0, 0), [50, 100, 200], 2), `${picture.format} ${at(0, 0)}`)
    t.ok(near(at(63, 31), [50, 100, 200], 2))
    t.same(at(0, 32), [114, 114, 114])
    t.same(at(63, 63), [114, 114, 114])
    const middle = await seenOf(
      { ...unit, width: 64, height: 64, fit: 'letterbox-centre', pad: 114 },
      picture,
    )
    t.ok(near(middle.at(5, 15), [114 / 255, 114 / 255, 114 / 255], 1e-5))
    t.ok(near(middle.at(5, 16), [200 / 255, 100 / 255, 50 / 255], 0.01))
    t.ok(near(middle.at(5, 48), [114 / 255, 114 / 255, 114 / 255], 1e-5))
  }
})

t.test('mean and deviation are the channels’ own; bytes stay bytes', async (t) => {
  const { at } = await seenOf({ ...unit, ...imagenet, width: 32, height: 32 }, orange)
  const wanted = [200, 100, 50].map((v, c) => (v / 255 - (imagenet.mean[c] ?? 0)) / (imagenet.std[c] ?? 1))
  t.ok(near(at(9, 9), wanted, 1e-4), `${at(9, 9)}`)
  const plain = await seenOf({ ...bytes, width: 32, height: 32 }, orange)
  t.same(plain.at(9, 9), [200, 100, 50])
})

t.test('a part of a picture is all that is seen', async (t) => {
  const halves = paint(80, 40, (x) => (x < 40 ? [250, 0, 0] : [0, 0, 250]))
  const part = { x1: 40, y1: 10, x2: 80, y2: 30 }
  for (const picture of [halves, toNv12(halves)]) {
    const { at } = await seenOf({ ...bytes, width: 32, height: 32 }, picture, part)
    t.ok(near(at(0, 0), [0, 0, 250], 3), `${picture.format} ${at(0, 0)}`)
    t.ok(near(at(15, 15), [0, 0, 250], 3))
  }
})

t.test('scaling weighs every pixel in where it is asked to', async (t) => {
  // Lines of one pixel: the mean is grey, the nearest four pixels may be anything between.
  const lines = paint(256, 256, (x) => (x % 8 === 0 ? [255, 255, 255] : [0, 0, 0]))
  const soft = await seenOf({ ...raw, width: 32, height: 32, antialias: true }, lines)
  t.ok(near(soft.at(16, 16), [32, 32, 32], 6), `${soft.at(16, 16)}`)
  const hard = await seenOf({ ...raw, width: 32, height: 32 }, lines)
  t.ok(near(hard.at(16, 16), [0, 0, 0], 1), `${hard.at(16, 16)}`)
})

t.test('a box goes to the network and back', (t) => {
  const side = fc.integer({ min: 1, max: 4000 })
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const fit = fc.constantFrom('stretch', 'letterbox-corner', 'letterbox-centre')
  fc.assert(
    fc.property(side, side, share, share, fit, (width, height, a, b, kind) => {
      const placement = placementOf(
        { ...raw, fit: kind as Preprocess['fit'], width: 640, height: 384 },
        { width, height },
      )
      const { left, top, scaleX, scaleY } = placement
      const there = (x: number, y: number) => [x * scaleX + left, y * scaleY + top] as const
      const [x, y] = [a * width * 0.9, b * height * 0.9]
      const back = toPicture([...there(x, y), ...there(width, height)], placement)
      const wanted = [x, y, width, height]
      const inside = placement.left + placement.width <= 640 && placement.top + placement.height <= 384
      return inside && back?.every((v, i) => Math.abs(v - (wanted[i] ?? 0)) < 1e-6 * 4000)
    }),
  )
  t.end()
})
