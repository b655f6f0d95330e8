/**
 * Pixels: parts of pictures, thumbnails, sharpness, image files.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import t from 'tap'
import type { Box } from '../../daemon/types.ts'
import { encodeJpeg, encodeThumbnail, mostThumbnailBytes, withinLimit } from '../../daemon/vision/jpeg.ts'
import { readPicture } from '../../daemon/vision/picture.ts'
import { checkPicture, rectWithin, rgbOf } from '../../daemon/vision/pixels.ts'
import { isColourless, sharpnessOf } from '../../daemon/vision/quality.ts'
import { paint, toNv12 } from './nv12.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'barnbox-pictures-'))
const ramp = paint(320, 240, (x, y) => [Math.min(255, x), Math.min(255, y), 128])
const noise = (seed: number) => {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  }
  return () => [next(), next(), next()] as const
}

t.test('a part of an nv12 picture has the colours of the rgb24 one', (t) => {
  const rect = { x1: 10, y1: 20, x2: 90, y2: 100 }
  const [ours, theirs] = [rgbOf(toNv12(ramp), rect), rgbOf(ramp, rect)]
  t.equal(ours.length, theirs.length)
  t.ok(ours.every((value, i) => Math.abs(value - (theirs[i] ?? 0)) <= 4))
  t.end()
})

t.test('a box becomes even pixels inside the picture, or nothing', (t) => {
  t.same(rectWithin(ramp, [-5, 3.2, 400, 99.6], 16), { x1: 0, y1: 4, x2: 320, y2: 100 })
  t.equal(rectWithin(ramp, [Number.NaN, 0, 50, 50], 16), undefined)
  t.equal(rectWithin(ramp, [330, 0, 400, 50], 16), undefined)
  t.equal(rectWithin(ramp, [50, 50, 10, 10], 16), undefined)
  const side = fc.double({ noNaN: false })
  fc.assert(
    fc.property(fc.tuple(side, side, side, side), fc.integer({ min: 16, max: 99 }), (box, width) => {
      const rect = rectWithin({ ...ramp, width }, box, 16)
      if (!rect) return true
      const { x1, y1, x2, y2 } = rect
      const even = [x1, y1, x2, y2].every((value) => value % 2 === 0)
      return even && x1 >= 0 && y1 >= 0 && x2 <= width && y2 <= 240 && x2 - x1 >= 16 && y2 - y1 >= 16
    }),
  )
  t.end()
})

t.test('pixels that do not fit their picture are refused', (t) => {
  const code = 'NOT_A_PICTURE'
  t.throws(() => checkPicture({ ...ramp, width: 321 }), { code })
  t.throws(() => checkPicture({ ...ramp, format: 'nv12' }), { code })
  t.throws(() => checkPicture({ ...ramp, width: 0, pixels: new Uint8Array() }), { code })
  const odd = { format: 'nv12', width: 3, height: 2, pixels: new Uint8Array(9) } as const
  t.throws(() => checkPicture(odd), { code })
  t.doesNotThrow(() => checkPicture(toNv12(ramp)))
  t.end()
})

async function thumbnail(box: Box) {
  const jpeg = await encodeThumbnail(ramp, box)
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ]
  return { jpeg, width: info.width, height: info.height, at }
}

t.test('a thumbnail is the square around the box, black where the picture ends', async (t) => {
  const inside = await thumbnail([110, 70, 210, 170])
  t.same([inside.width, inside.height], [200, 200])
  const [red = 0, green = 0] = inside.at(100, 100)
  t.ok(Math.abs(red - 160) < 6 && Math.abs(green - 120) < 6, `${red} ${green} at the centre`)
  const corner = await thumbnail([-50, -50, 50, 50])
  t.ok(corner.at(20, 20).every((value) => value < 12))
  t.ok((corner.at(150, 150)[2] ?? 0) > 100)
  const sliver = await thumbnail([100, 0, 101, 240])
  t.same([sliver.width, sliver.height], [200, 200])
})

t.test('hostile boxes have no thumbnail', async (t) => {
  const nan = Number.NaN
  for (const box of [
    [400, 0, 500, 50],
    [nan, nan, nan, nan],
    [0, nan, 10, 10],
    [-90, -90, -50, -50],
  ] as const) {
    await t.rejects(encodeThumbnail(ramp, box), { code: 'BAD_REQUEST' })
  }
  t.ok(await encodeThumbnail(ramp, [-1e9, -1e9, 1e9, 1e9]))
})

t.test('a thumbnail never passes the limit', async (t) => {
  const worst = paint(200, 200, noise(7))
  const jpeg = await encodeThumbnail(worst, [10, 10, 190, 190])
  t.ok(jpeg.length <= mostThumbnailBytes, `${jpeg.length} bytes`)
  const side = { width: 200, height: 200 }
  const usual = await withinLimit(worst.pixels, side, 200_000)
  const tight = await withinLimit(worst.pixels, side, usual.length - 1)
  t.ok(tight.length < usual.length)
  await t.rejects(withinLimit(worst.pixels, side, 100), { code: 'AVATAR_TOO_LARGE' })
})

t.test('a whole picture as JPEG', async (t) => {
  const { width, height, format } = await sharp(await encodeJpeg(toNv12(ramp))).metadata()
  t.same([width, height, format], [320, 240, 'jpeg'])
})

t.test('sharp is sharper than soft, at any size and in any format', (t) => {
  const all = { x1: 0, y1: 0, x2: 320, y2: 240 }
  const flat = paint(320, 240, () => [90, 90, 90])
  const checks = paint(320, 240, (x, y) => (((x >> 3) + (y >> 3)) % 2 === 0 ? [220, 220, 220] : [20, 20, 20]))
  t.equal(sharpnessOf(flat, all), 0)
  t.ok(sharpnessOf(ramp, all) < 10)
  t.ok(sharpnessOf(checks, all) > 1000)
  const [rgb, nv12] = [sharpnessOf(checks, all), sharpnessOf(toNv12(checks), all)]
  t.ok(Math.abs(nv12 / rgb - 0.74) < 0.1, 'nv12 luma spans 219 levels of 255')
  t.end()
})

t.test('a picture in which anything has colour is not of the night, in any format', async (t) => {
  const night = paint(320, 240, (x, y) => [(x * y) % 256, (x * y) % 256, (x * y) % 256])
  // As a grey horse on grey concrete by day: a little warmer than grey.
  const grey = paint(320, 240, (x) => [120 + (x % 40), 118 + (x % 40), 112 + (x % 40)])
  const corner = paint(320, 240, (x, y) => (x > 160 && y > 120 ? [140, 110, 60] : [90, 90, 90]))
  for (const [picture, isNight] of [
    [night, true],
    [grey, false],
    [corner, false],
    [ramp, false],
  ] as const) {
    t.equal(isColourless(picture), isNight)
    t.equal(isColourless(toNv12(picture)), isNight)
  }
  const tiny = paint(2, 2, () => [200, 30, 30])
  t.notOk(isColourless(tiny))
  t.notOk(isColourless(toNv12(tiny)))
})

t.test('a horse is as sharp where it is in the picture, whatever is around it', async (t) => {
  const stripes = paint(320, 240, (x) => (x < 160 && (x >> 3) % 2 === 0 ? [200, 200, 200] : [40, 40, 40]))
  const sharp = sharpnessOf(stripes, { x1: 0, y1: 0, x2: 160, y2: 240 })
  t.ok(sharp > 1000)
  t.equal(sharpnessOf(stripes, { x1: 160, y1: 0, x2: 320, y2: 240 }), 0)
  const soft = paint(320, 240, (x) => {
    const wave = x < 160 ? 120 + 80 * Math.sin((x * Math.PI) / 8) : 40
    return [wave, wave, wave]
  })
  t.ok(sharpnessOf(soft, { x1: 0, y1: 0, x2: 160, y2: 240 }) < sharp / 2)
})

t.test('image files are read upright; what is no picture is refused', async (t) => {
  const file = path.join(folder, 'turned.jpg')
  const raw = { width: 320, height: 240, channels: 3 } as const
  await sharp(ramp.pixels, { raw }).jpeg().withMetadata({ orientation: 6 }).toFile(file)
  const { width, height, pixels, format } = await readPicture(file)
  t.same([width, height, format, pixels.length], [240, 320, 'rgb24', 240 * 320 * 3])
  const grey = path.join(folder, 'grey.png')
  await sharp(ramp.pixels, { raw }).greyscale().ensureAlpha(0.5).png().toFile(grey)
  t.equal((await readPicture(grey)).pixels.length, 320 * 240 * 3)
  const text = path.join(folder, 'text.jpg')
  writeFileSync(text, 'no picture')
  await t.rejects(readPicture(text), { code: 'NOT_A_PICTURE', context: { file: text } })
  const cut = path.join(folder, 'cut.jpg')
  writeFileSync(cut, (await sharp(ramp.pixels, { raw }).jpeg().toBuffer()).subarray(0, 900))
  await t.rejects(readPicture(cut), { code: 'NOT_A_PICTURE' })
  await t.rejects(readPicture(path.join(folder, 'absent.jpg')), { code: 'FILE_MISSING' })
  await t.rejects(readPicture(folder), { code: 'FILE_MISSING' })
})
