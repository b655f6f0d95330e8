/** Cameras recorded by the daemon: what was seen has its names, and a kill leaves no half file, no ffmpeg, and no clip behind. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import type { Answer } from '../../daemon/http/openapi/answers.ts'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { childrenOf, survivors } from '../cameras/harness.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import {
  horsesOf,
  leftNaming,
  nameHorse,
  noSystem,
  processesNaming,
  stateFolder,
  swayClip,
  until,
  untilCamera,
  untilHorses,
} from './harness.ts'

const skip = await noSystem()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(240_000)

const camera = await startRtspCamera({ '/cam': await swayClip() })
const url = camera.url('/cam')
t.teardown(() => camera[Symbol.asyncDispose]())
const config = {
  http: { port: 0 },
  recording: { enabled: true, segment_seconds: 3, reserve_gb: 0.01 },
  cameras: [
    { id: 'yard', url, fps: 2 },
    { id: 'quiet', url, fps: 1, record: false },
  ],
}
const stateDir = await stateFolder(t)

const clipsOf = async (box: Box, id = 'yard') =>
  (await box.get<Answer<'Chunks'>>(`/api/v1/streams/${id}/chunks?limit=500`)).chunks

async function files(of = ''): Promise<string[]> {
  const all = await readdir(join(stateDir, 'clips', of), { recursive: true, withFileTypes: true })
  return all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
}

t.test('what was seen is in the clip, with the names of now', async (t) => {
  await using box = await startBox({ config, stateDir })
  await untilHorses(box, 'yard', 2)
  const [first] = await horsesOf(box, 'yard')
  if (!first) throw new Error('no horse')
  await nameHorse(box, 'yard', first.id, 'Thunder')
  const seen = async () => {
    const [newest] = await clipsOf(box)
    return newest && (await box.get<Answer<'ChunkDetections'>>(newest.detections_url))
  }
  const namesOf = (one: Answer<'ChunkDetections'>) => one.horses.map(({ name }) => name)
  await until(
    'a clip with names',
    async () => {
      const one = await seen()
      return one !== undefined && namesOf(one).includes('Thunder')
    },
    60_000,
  )
  const clip = await seen()
  t.ok((clip?.summary.frames_analyzed ?? 0) >= 1, `${clip?.summary.frames_analyzed} frames`)
  t.match(clip?.video_metadata, { width: 640, height: 360 })
  for (const { timestamp } of clip?.frames ?? []) t.ok(timestamp >= 0 && timestamp < 6, `${timestamp} s`)
  t.same(await clipsOf(box, 'quiet'), [], 'a camera that is not to be recorded is not')
  await nameHorse(box, 'yard', first.id, 'Storm')
  t.ok(namesOf((await seen()) as Answer<'ChunkDetections'>).includes('Storm'))
  const [newest] = await clipsOf(box)
  const video = await fetch(`${box.url}${newest?.video_url}`, { headers: { range: 'bytes=4-7' } })
  t.equal(video.status, 206)
  t.equal(await video.text(), 'ftyp')
})

t.test('killed while it records: no ffmpeg is left, no half file is listed, no clip is lost', async (t) => {
  let known = new Set<string>()
  for (let round = 0; round < 2; round++) {
    const box = await startBox({ config, stateDir })
    await untilCamera(box, 'yard', 'live', 20_000)
    const before = await clipsOf(box)
    for (const id of known)
      t.ok(
        before.some((one) => one.id === id),
        'a clip of before',
      )
    const onDisk = await files('yard')
    await until('more clips', async () => (await clipsOf(box)).length >= before.length + 2, 30_000)
    for (const { video_url: path, bytes } of await clipsOf(box)) {
      const video = await fetch(`${box.url}${path}`)
      const body = Buffer.from(await video.arrayBuffer())
      t.equal(body.length, bytes)
      t.ok(body.includes('moov'), 'whole')
    }
    await wait(Math.random() * 3000)
    known = new Set((await clipsOf(box)).map(({ id }) => id))
    const children = await childrenOf(box.pid)
    t.ok((await processesNaming(url)).length >= 3, 'two cameras are watched, and one recorded')
    await box.end('SIGKILL')
    t.same(await survivors(children, 5_000), [], 'no child is left')
    t.same(await leftNaming([url, stateDir], 5_000), [])
    t.ok((await files('yard')).length > onDisk.length)
  }
  await using box = await startBox({ config, stateDir })
  await untilCamera(box, 'yard', 'live', 20_000)
  const listed = await clipsOf(box)
  for (const id of known) t.ok(listed.some((one) => one.id === id))
  const spans = listed.map(({ start_time, end_time }) => [Date.parse(start_time), Date.parse(end_time)])
  for (const [n, span] of spans.entries()) {
    const newer = spans[n - 1]
    if (newer) t.ok((span[1] ?? 0) <= (newer[0] ?? 0) + 1000, 'one after the other')
  }
})

t.test('a stop ends the clip that is being written, and it is there after the next start', async (t) => {
  const box = await startBox({ config, stateDir })
  await untilCamera(box, 'yard', 'live', 20_000)
  const before = await clipsOf(box)
  await until('a clip', async () => (await clipsOf(box)).length > before.length, 30_000)
  const stopMs = Date.now()
  t.equal(await box.end('SIGTERM'), 0)
  t.same(await files('yard/half'), [], 'nothing half is left')
  await using again = await startBox({ config, stateDir })
  const near = (await clipsOf(again)).some(({ end_time }) => Math.abs(Date.parse(end_time) - stopMs) < 2000)
  t.ok(near, 'until the stop')
})
