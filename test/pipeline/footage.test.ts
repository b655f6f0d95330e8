/**
 * The motion gate on real pictures: a paddock and a horse's head, as they were filmed, and standing still in any light.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { sampleVideo } from '../../daemon/cameras/video-file.ts'
import { gridOf } from '../../daemon/pipeline/grid.ts'
import { createMotionGate } from '../../daemon/pipeline/motion-gate.ts'
import { changedCells, fewestCells } from '../../daemon/pipeline/structure.ts'
import type { Picture } from '../../daemon/types.ts'
import { sharedFolder } from '../models/shared.ts'
import { seeded } from './pictures.ts'
import { frameAt, startMs } from './yard.ts'

const folder = path.join(sharedFolder, 'data', 'video')
const skip = existsSync(folder) ? false : `no footage in ${sharedFolder}`
const fps = 5

async function film(name: string): Promise<Picture[]> {
  const signal = AbortSignal.timeout(60_000)
  const pictures: Picture[] = []
  const ffmpeg = await findFfmpeg({}, signal)
  for await (const { picture } of sampleVideo(path.join(folder, name), fps, ffmpeg, signal))
    pictures.push(picture)
  return pictures
}

/** Shows pictures to a gate that has stood open for long; answers the share of them that was looked at. */
function shareLooked(pictures: readonly Picture[]): number {
  const gate = createMotionGate({ quietSeconds: 3 })
  const first = pictures[0]
  if (!first) throw new Error('no pictures')
  let looks = 0
  const still = Array.from({ length: 40 }, () => first)
  for (const [n, picture] of [...still, ...pictures].entries()) {
    const monoMs = 1000 + (n * 1000) / fps
    const isDue = gate.isDue({ ...frameAt(n + 1, startMs + monoMs, monoMs), ...picture })
    if (isDue) gate.looked()
    if (isDue && n >= still.length) looks++
  }
  return looks / pictures.length
}

type Light = (level: number, x: number, y: number) => number

/** The same picture in another light, with a sensor's noise of four levels. */
function relit(picture: Picture, light: Light, seed: number): Picture {
  const { width, height } = picture
  const random = seeded(seed)
  const pixels = Uint8Array.from(picture.pixels)
  for (let at = 0; at < width * height; at++) {
    const level = light(Math.max(16, pixels[at] ?? 0), at % width, Math.floor(at / width))
    pixels[at] = Math.min(235, Math.max(16, Math.round(level + 8 * (random() + random() + random() - 1.5))))
  }
  return { ...picture, pixels }
}

/** A picture with another one laid over it, reduced to a half. */
function laidOver(picture: Picture, small: Picture, left: number, top: number): Picture {
  const pixels = Uint8Array.from(picture.pixels)
  for (let y = 0; y < small.height >> 1; y++) {
    for (let x = 0; x < small.width >> 1; x++)
      pixels[(top + y) * picture.width + left + x] = small.pixels[2 * y * small.width + 2 * x] ?? 0
  }
  return { ...picture, pixels }
}

const lights: Record<string, Light> = {
  'noise alone': (level) => level,
  'half the gain': (level) => 16 + (level - 16) * 0.5,
  'a little more gain': (level) => 16 + (level - 16) * 1.15,
  brighter: (level) => level + 15,
  'gamma 0.7': (level) => 16 + 219 * ((level - 16) / 219) ** 0.7,
  'gamma 1.4': (level) => 16 + 219 * ((level - 16) / 219) ** 1.4,
  'a lamp': (level, x, y) => level + 40 * Math.exp(-((x - 100) ** 2 + (y - 100) ** 2) / 20_000),
  'a tenth of the light': (level) => 16 + (level - 16) * 0.1 ** 0.45,
}

t.test('horses in a paddock are looked at all the time', { skip }, async (t) => {
  const share = shareLooked(await film('paddock-two-horses.mp4'))
  t.ok(share > 0.95, `${share}`)
})

t.test('a head that hardly moves is looked at nearly all the time', { skip }, async (t) => {
  const share = shareLooked(await film('stable-head.mp4'))
  t.ok(share > 0.9, `${share}`)
})

t.test('a head alone, small in a still picture', { skip }, async (t) => {
  const [paddock] = await film('paddock-two-horses.mp4')
  const heads = await film('stable-head.mp4')
  if (!paddock) throw new Error('no picture')
  const pictures = heads.map((head, n) => relit(laidOver(paddock, head, 100, 200), (level) => level, n + 1))
  const share = shareLooked(pictures)
  t.ok(share > 0.5, `${share}: it sways by eight pixels in four seconds`)
})

t.test('light is no movement', { skip }, async (t) => {
  for (const name of ['paddock-two-horses.mp4', 'stable-head.mp4']) {
    const [picture] = await film(name)
    if (!picture) throw new Error('no picture')
    const before = gridOf(relit(picture, (level) => level, 1))
    for (const [n, [light, of]] of Object.entries(lights).entries()) {
      const cells = changedCells(before, gridOf(relit(picture, of, n + 2)))
      t.ok(cells < fewestCells, `${name}, ${light}: ${cells}`)
    }
    const ramp = Array.from({ length: 60 }, (_, n) =>
      relit(picture, (level) => 16 + (level - 16) * (1 - n / 100), n + 20),
    )
    t.ok(shareLooked(ramp) <= 4 / 60, `${name}: dusk falls in twelve seconds`)
  }
})
