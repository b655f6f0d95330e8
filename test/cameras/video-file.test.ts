import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { type Sample, sampleVideo } from '../../daemon/cameras/video-file.ts'
import { makeClip } from '../support/rtsp.ts'
import { childrenOf } from './harness.ts'

const signal = AbortSignal.timeout(60_000)
const ffmpeg = await findFfmpeg({}, signal)
const shared = process.env['BARNBOX_SHARED'] ?? new URL('../../../shared', import.meta.url).pathname
const stable = join(shared, 'data/video/stable-head.mp4')

async function all(file: string, fps: number): Promise<Sample[]> {
  const samples: Sample[] = []
  for await (const sample of sampleVideo(file, fps, ffmpeg, signal)) samples.push(sample)
  return samples
}

t.test('pictures at the rate, each with its time', async (t) => {
  const samples = await all(await makeClip({ width: 321, height: 181 }), 5)
  t.equal(samples.length, 20)
  for (const [n, { t: seconds, picture }] of samples.entries()) {
    if (Math.abs(seconds - n / 5) > 0.001) t.fail(`picture ${n} at ${seconds} s`)
    if (picture.pixels.length !== 320 * 180 * 1.5) t.fail(`${picture.pixels.length} bytes`)
  }
  t.match(samples[0]?.picture, { format: 'nv12', width: 320, height: 180 }, 'odd sides lose a line')
})

t.test('a rate above that of the video gives each picture once', async (t) => {
  const samples = await all(await makeClip({ fps: 2, seconds: 3 }), 10)
  t.same(
    samples.map((one) => one.t),
    [0, 0.5, 1, 1.5, 2, 2.5],
  )
})

t.test(
  'the true times of a video at 23.976 a second',
  { skip: !existsSync(stable) && 'no ../shared' },
  async (t) => {
    const samples = await all(stable, 5)
    const rate = 24_000 / 1_001
    t.match(samples[0]?.picture, { width: 240, height: 426 })
    for (const { t: seconds } of samples) {
      if (Math.abs(seconds * rate - Math.round(seconds * rate)) > 0.01)
        t.fail(`${seconds} s is between two frames`)
    }
    t.ok(samples.length >= 47)
  },
)

t.test('a slow reader holds ffmpeg back; leaving early ends it', async (t) => {
  let count = 0
  for await (const _ of sampleVideo(await makeClip({ seconds: 60 }), 25, ffmpeg, signal)) {
    count += 1
    if (count === 5) break
  }
  t.equal(count, 5)
  t.same(await childrenOf(process.pid), [])
})

t.test('an abort ends it without an error', async (t) => {
  const stop = new AbortController()
  let count = 0
  for await (const _ of sampleVideo(await makeClip({ seconds: 60 }), 25, ffmpeg, stop.signal)) {
    count += 1
    stop.abort()
  }
  t.ok(count < 10)
})

t.test('no file, no video', async (t) => {
  await t.rejects(all('/nowhere/a.mp4', 5), { code: 'FILE_MISSING' })
  const text = join(t.testdir({}), 'a.mp4')
  await writeFile(text, 'not a video at all')
  await t.rejects(all(text, 5), { code: 'NOT_A_PICTURE' })
})
