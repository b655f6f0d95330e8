/**
 * Photos of strangers: upright and small, or refused with why; never a fault of ours, never a flood of memory.
 */
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import sharp from 'sharp'
import t from 'tap'
import { mostPhotoBytes, readPhoto } from '../../daemon/vision/photo.ts'

const flat = (width: number, height: number, background = '#a0522d') =>
  sharp({ create: { width, height, channels: 3, background } })
const refusal = (message: RegExp) => ({ code: 'NOT_A_PICTURE', message })

/** A PNG that claims a size, with the pixels of a line or none. */
function claimingPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crc(body), body.length + 4)
    return out
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.alloc(1 + width * 3))
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([start, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

function crc(bytes: Buffer): number {
  let value = ~0
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0)
  }
  return ~value >>> 0
}

t.test('every kind that is taken is read, upright and no larger than needed', async (t) => {
  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
    const { width, height, pixels, ...rest } = await readPhoto(
      await flat(300, 200).toFormat(format).toBuffer(),
    )
    t.match({ width, height, ...rest }, { format: 'rgb24', width: 300, height: 200 }, format)
    t.equal(pixels.length, 300 * 200 * 3)
    t.ok(Math.abs((pixels[0] ?? 0) - 0xa0) < 6, format)
  }
  const lying = await flat(4000, 1000).jpeg().withMetadata({ orientation: 6 }).toBuffer()
  const { width, height } = await readPhoto(lying)
  t.same([width, height], [512, 2048])
  const grey = await flat(64, 32).greyscale().png().toBuffer()
  t.equal((await readPhoto(grey)).pixels.length, 64 * 32 * 3)
  const clear = await flat(64, 32).ensureAlpha(0.5).webp().toBuffer()
  t.equal((await readPhoto(clear)).pixels.length, 64 * 32 * 3)
})

t.test('what is no photo is refused with why', async (t) => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
  const gif = await flat(8, 8).gif().toBuffer()
  for (const bytes of [svg, gif, Buffer.from('hay'), Buffer.alloc(0)])
    await t.rejects(readPhoto(bytes), refusal(/JPEG, PNG, WebP and AVIF/))
  const heic = Buffer.concat([Buffer.alloc(4), Buffer.from('ftypheic'), Buffer.alloc(40)])
  await t.rejects(readPhoto(heic), refusal(/HEIC/))
  const large = Buffer.alloc(mostPhotoBytes + 1)
  large.set([0xff, 0xd8, 0xff])
  await t.rejects(readPhoto(large), refusal(/20 MB/))
  const half = (await flat(900, 900).jpeg().toBuffer()).subarray(0, 2000)
  await t.rejects(readPhoto(half), refusal(/damaged, cut off/))
})

t.test('a small file that claims a huge picture costs nothing', async (t) => {
  const before = process.memoryUsage.rss()
  await t.rejects(readPhoto(claimingPng(60_000, 60_000)), refusal(/far too large/))
  // Within the limit, and its pixels missing.
  await t.rejects(readPhoto(claimingPng(10_000, 10_000)), refusal(/damaged/))
  t.ok(process.memoryUsage.rss() - before < 300e6, `${(process.memoryUsage.rss() - before) / 1e6} MB`)
})

t.test('spoilt photos are refused or read, never a fault', async (t) => {
  const whole = await Promise.all([
    flat(40, 30).jpeg().toBuffer(),
    flat(40, 30).png().toBuffer(),
    flat(40, 30).webp().toBuffer(),
  ])
  const spoilt = fc.tuple(
    fc.constantFrom(...whole),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 12 }),
    fc.nat(),
  )
  const ended = fc.assert(
    fc.asyncProperty(spoilt, async ([photo, changes, cut]) => {
      const bytes = Buffer.from(photo)
      for (const [place, value] of changes) bytes[place % bytes.length] = value
      const result = await readPhoto(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes).catch(
        (error: { code?: string }) => error.code,
      )
      if (typeof result !== 'object') return result === 'NOT_A_PICTURE'
      return result.pixels.length === result.width * result.height * 3 && result.width <= 2048
    }),
    { numRuns: 300 },
  )
  await t.resolves(ended)
})
