/**
 * Crops of horses: small enough to be kept, and as good as the pixels they were made of.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import type { Box } from '../../daemon/types.ts'
import { startCropEmbedder } from '../../daemon/vision/crop-embedder.ts'
import { encodeCrop, mostCropBytes } from '../../daemon/vision/jpeg.ts'
import { readPicture } from '../../daemon/vision/picture.ts'
import { startVision } from '../../daemon/vision/vision.ts'
import { labelledHorses, labelledPhotos, photoFile, withoutShared } from '../models/shared.ts'
import { seeded } from '../models/swin-files.ts'
import { bringModels } from '../support/models.ts'
import { paint, toNv12 } from './nv12.ts'

const stateDir = mkdtempSync(path.join(tmpdir(), 'barnbox-crops-'))
await bringModels(stateDir)
const models = { detector: 'centernet-mnv3', embedder: 'appearance-mnv3' }
const config = { ...models, threshold: 0.25, threads: 1, provider: 'cpu' } as const
const start = () => startVision(config, { stateDir, log: silentLog })
const scene = paint(640, 360, (x, y) => [(x * 7) & 255, (y * 5) & 255, (x + y) & 255])
const random = seeded(3)
const noise = paint(1280, 720, () => [random() * 256, random() * 256, random() * 256])

const cosine = (a: Float32Array | undefined, b: Float32Array) =>
  (a ?? new Float32Array()).reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0)
const sizeOf = async (jpeg: Uint8Array) => {
  const { width, height, format } = await sharp(jpeg).metadata()
  return `${width}x${height} ${format}`
}

t.test('a crop is the box’s pixels, scaled down to what embedders look at', async (t) => {
  const part = (x1: number, y1: number, x2: number, y2: number) => encodeCrop(scene, { x1, y1, x2, y2 })
  t.equal(await sizeOf(await part(10, 10, 110, 60)), '100x50 jpeg')
  t.equal(await sizeOf(await part(0, 0, 640, 360)), '384x216 jpeg')
  t.equal(await sizeOf(await part(0, 0, 16, 360)), '16x360 jpeg')
  const strip = paint(640, 4, () => [9, 9, 9])
  t.equal(await sizeOf(await encodeCrop(strip, { x1: 0, y1: 0, x2: 640, y2: 1 })), '384x1 jpeg')
  const corner = toNv12(paint(64, 64, (x, y) => (x < 32 && y < 32 ? [200, 30, 30] : [20, 20, 20])))
  const jpeg = await encodeCrop(corner, { x1: 0, y1: 0, x2: 32, y2: 32 })
  const { channels } = await sharp(jpeg).stats()
  t.ok(Math.abs((channels[0]?.mean ?? 0) - 200) < 6, 'nothing of what is beside it')
})

t.test('no crop is larger than the registry takes', async (t) => {
  const jpeg = await encodeCrop(noise, { x1: 0, y1: 0, x2: 720, y2: 720 })
  t.ok(jpeg.length <= mostCropBytes, `${jpeg.length} bytes`)
  const small = await encodeCrop(noise, { x1: 0, y1: 0, x2: 384, y2: 384 })
  t.ok(small.length <= mostCropBytes && small.length > mostCropBytes / 3, `${small.length} bytes`)
})

t.test('crops come along where they are wanted, or alone', async (t) => {
  await using vision = await start()
  const picture = toNv12(scene)
  const boxes: Box[] = [
    [100, 50, 400, 300],
    [0, 0, 5, 5],
    [100, 50, 400, 300],
  ]
  const looks = await vision.embed(picture, boxes, [true, true, false])
  t.same(
    looks.map((look) => [look !== undefined, look?.crop !== undefined]),
    [
      [true, true],
      [false, false],
      [true, false],
    ],
  )
  t.same(await vision.crop(picture, [100, 50, 400, 300]), looks[0]?.crop)
  await t.rejects(vision.crop(picture, [0, 0, 5, 5]), { code: 'BAD_REQUEST' })
  await t.rejects(vision.crop(picture, [Number.NaN, 0, 50, 50]), { code: 'BAD_REQUEST' })
})

t.test('an embedder of its own opens no detector and reads crops only', async (t) => {
  await using aside = await startCropEmbedder('appearance-mnv3', { stateDir })
  t.match(aside.embedder, {
    id: /^appearance-mnv3@/,
    name: 'appearance-mnv3',
    preprocess: { width: 192, height: 192 },
    licence: 'MIT',
  })
  const jpeg = await encodeCrop(scene, { x1: 0, y1: 0, x2: 300, y2: 200 })
  const vector = await aside.embedCrop(jpeg)
  t.equal(vector.length, aside.embedder.dim)
  t.ok(Math.abs(cosine(vector, vector) - 1) < 1e-5)
  for (const bad of [new Uint8Array(0), Uint8Array.of(1, 2, 3), jpeg.subarray(0, jpeg.length / 2)]) {
    await t.rejects(aside.embedCrop(bad), { code: 'NOT_A_PICTURE' })
  }
  t.equal(cosine(await aside.embedCrop(jpeg), vector) > 0.999999, true, 'it goes on')
  await t.rejects(startCropEmbedder('nobody', { stateDir }), { code: 'MODEL_MISSING' })
})

t.test('the crop of a horse says what the horse said', { skip: withoutShared }, async (t) => {
  await using vision = await start()
  await using aside = await startCropEmbedder('appearance-mnv3', { stateDir })
  const cosines: number[] = []
  for (const name of labelledPhotos) {
    const photo = await readPicture(photoFile(name))
    const { width, height } = photo
    const [even, odd] = [toNv12(evenly(photo)), labelledHorses(name, width, height)]
    for (const look of await vision.embed(
      even,
      odd,
      odd.map(() => true),
    )) {
      if (look?.crop) cosines.push(cosine(look.vector, await aside.embedCrop(look.crop)))
    }
  }
  t.ok(cosines.length >= 4)
  const lowest = Math.min(...cosines)
  t.comment(`lowest cosine of ${cosines.length}: ${lowest.toFixed(4)}`)
  t.ok(lowest > 0.99, `${cosines}`)
})

/** Without the last row or column where there is an odd number. */
function evenly(photo: ReturnType<typeof paint>) {
  const [width, height] = [photo.width & ~1, photo.height & ~1]
  return paint(width, height, (x, y) => {
    const at = (y * photo.width + x) * 3
    return [photo.pixels[at] ?? 0, photo.pixels[at + 1] ?? 0, photo.pixels[at + 2] ?? 0]
  })
}
