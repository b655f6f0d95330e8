/**
 * One box and all that goes wrong around it, one after the other: each is said on the page and by the doctor, and the good camera is watched
 * all the while. A process that is killed while it stores: `kill.test.ts`; the clock: `clock.test.ts`.
 */

import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { importModel } from '../../daemon/commands/models-fetch.ts'
import { openDatabase } from '../../daemon/registry/database.ts'
import { registryFile } from '../../daemon/registry/registry.ts'
import { modelsFolder, writeChoice } from '../../daemon/vision/store.ts'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { childrenOf } from '../cameras/harness.ts'
import { barnbox } from '../commands/cli.ts'
import { bringModels } from '../support/models.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { slowEmbedder } from '../support/slow-embedder.ts'
import { createWire } from '../support/tcp-proxy.ts'
import {
  cameraOf,
  horsesOf,
  leftNaming,
  noSystem,
  processesNaming,
  swayClip,
  until,
  untilCamera,
  untilHorses,
} from '../system/harness.ts'
import { openMemoryGroup } from './memory-group.ts'
import { openSmallDisk } from './small-disk.ts'

const disk = (await noSystem()) || openSmallDisk(192)
const starving = openMemoryGroup()
if (typeof disk !== 'object' || typeof starving !== 'object') {
  t.plan(0, String(typeof disk === 'object' ? starving : disk))
  process.exit()
}
t.teardown(() => {
  starving[Symbol.dispose]()
  disk[Symbol.dispose]()
})
t.setTimeout(400_000)

const stateDir = disk.path
await bringModels(stateDir)
const camera = await startRtspCamera({ '/cam': await swayClip() })
t.teardown(() => camera[Symbol.asyncDispose]())
const wire = await createWire(Number(new URL(camera.url('/cam')).port))
t.teardown(() => wire[Symbol.asyncDispose]())

/** ffmpeg as it is, but for one camera, for which it hangs. */
const hanging = join(stateDir, 'ffmpeg')
writeFileSync(hanging, '#!/bin/sh\ncase "$*" in *hangs*) exec sleep 1000;; esac\nexec ffmpeg "$@"\n')
chmodSync(hanging, 0o755)

const config = {
  http: { port: 0 },
  ffmpeg: { path: hanging },
  cameras: [
    { id: 'yard', url: camera.url('/cam'), fps: 2 },
    { id: 'gate', url: `rtsp://127.0.0.1:${wire.port}/cam`, fps: 1, silence_seconds: 3 },
    { id: 'stuck', url: `${camera.url('/cam')}?hangs`, fps: 1, silence_seconds: 3 },
  ],
}
let box: Box = await startBox({ config, stateDir })
t.teardown(() => box.end('SIGKILL'))

const page = async (path = '/') => (await fetch(box.url + path)).text()
const checks = async () =>
  ((await (await fetch(`${box.url}/readyz`)).json()) as { checks: Record<string, string> }).checks
const analysed = async () => {
  const { cameras } = await box.get<{ cameras: { id: string; frames_analysed: number }[] }>('/api/v1/cameras')
  return cameras.find(({ id }) => id === 'yard')?.frames_analysed ?? 0
}
/** The good camera goes on, from now on. */
async function stillWatching(): Promise<void> {
  const before = await analysed()
  await until('the good camera is watched', async () => (await analysed()) > before + 4, 40_000)
}

interface Finding {
  readonly part: string
  readonly level: string
  readonly detail: string
}

/** What the doctor has to say, by part. */
async function doctor(): Promise<Map<string, Finding>> {
  const file = join(stateDir, 'barnbox.yaml')
  const { stdout, stderr } = await barnbox(['doctor', '--json', '--config', file], {
    BARNBOX_STATE_DIR: stateDir,
  })
  if (!stdout.startsWith('{')) throw new Error(`the doctor says nothing: ${stderr}`)
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  return new Map(findings.map((one) => [one.part, one]))
}

t.test('an ffmpeg that hangs is one camera’s affair', async (t) => {
  await untilHorses(box, 'yard', 3)
  await untilCamera(box, 'stuck', 'down', 60_000)
  t.match((await cameraOf(box, 'stuck')).detail, /no picture|nothing|silent/i)
  t.match(await page(), /data-camera="stuck"[^>]*data-state="down"/)
  await stillWatching()
})

t.test('an ffmpeg that the kernel ends for its memory is replaced', async () => {
  const of = camera.url('/cam')
  const [pid] = await processesNaming(of)
  if (pid === undefined) throw new Error('no ffmpeg runs')
  starving.starve(pid)
  await until('the kernel ends it', () => starving.ended === 1, 30_000)
  const isReplaced = async () => (await processesNaming(of)).some((one) => one !== pid)
  await until('another one runs', isReplaced, 30_000)
  await stillWatching()
  const noted = () => box.log.some(({ msg }) => msg === 'the system has ended a program for want of memory')
  await until('it is noted', noted, 30_000)
})

t.test('a camera that restarts 64 times a minute disturbs nobody and is called unusable', async (t) => {
  await untilCamera(box, 'gate', 'live', 60_000)
  const before = await analysed()
  const startedMs = performance.now()
  let [most, isEnough] = [0, false]
  const flap = async () => {
    while (!isEnough) {
      wire.cut()
      await wait(60_000 / 64 / 2)
      wire.mend()
      await wait(60_000 / 64 / 2)
      most = Math.max(most, (await childrenOf(box.pid)).length)
    }
  }
  const flapping = flap()
  await wait(25_000)
  const rate = ((await analysed()) - before) / ((performance.now() - startedMs) / 1000)
  t.ok(rate > 1, `the good camera: ${rate.toFixed(1)} pictures a second`)
  t.ok(most <= 5, `${most} children at most`)
  await until(
    'the page says how bad it is',
    async () => /id="camera-gate"[\s\S]*?data-quality="(unusable|poor)"/.test(await page('/cameras')),
    60_000,
  )
  const found = await doctor()
  isEnough = true
  await flapping
  t.match(found.get('camera gate'), {
    detail: /does not hold: broke off \d+ times within an hour, \d+ % .*cable/,
  })
  t.not(found.get('camera gate')?.level, 'ok')
  t.match(found.get('camera stuck'), { level: 'problem' }, 'nor does one whose ffmpeg hangs pass for well')
  t.match(found.get('camera yard'), { level: 'ok' })
})

t.test('the box itself is ended for its memory; a model that was brought is cut short', async (t) => {
  const known = await horsesOf(box, 'yard')
  starving.starve(box.pid)
  const isEnded = async () => {
    await page().catch(() => '')
    return starving.ended === 2
  }
  await until('the kernel ends it', isEnded, 30_000)
  t.equal(await box.end('SIGKILL'), null)
  t.same(await leftNaming([camera.url('/cam')], 5_000), [], 'no ffmpeg is left')
  const db = openDatabase(registryFile(stateDir))
  t.equal(db.pragma('quick_check', { simple: true }), 'ok')
  t.same(db.pragma('foreign_key_check'), [])
  db.close()
  await importModel('mine', slowEmbedder(), { normalise: 'imagenet', int8: false }, stateDir)
  writeChoice(stateDir, { embedder: 'mine' })
  truncateSync(join(modelsFolder(stateDir), 'mine.onnx'), 1000)
  box = await startBox({ config, stateDir })
  await stillWatching()
  t.match(await page(), /The box ran out of memory and has begun anew:.*vision\.workers/)
  t.match(await page(), /by the embedder that was in use before.*mine\.onnx is not what was installed/)
  const again = await horsesOf(box, 'yard')
  t.same(
    again.map(({ id }) => id),
    known.map(({ id }) => id),
  )
  const found = await doctor()
  t.match(found.get('memory, earlier'), { level: 'warning', detail: /no memory left and ended barnbox/ })
  t.match(found.get('models'), { level: 'problem', detail: /MODEL_HASH: .*mine\.onnx.*import it again/ })
  t.match(found.get('model files'), { level: 'problem', detail: /^mine is damaged: bring it again/ })
  t.match(found.get('registry'), { level: 'ok' })
})

t.test('an emptied config and a full disk', async (t) => {
  writeFileSync(join(stateDir, 'barnbox.yaml'), '')
  process.kill(box.pid, 'SIGHUP')
  await until('it is said', async () => /config file is not in use/.test(await page()), 30_000)
  wire.cut()
  await until(
    'nothing can be stored',
    async () => {
      disk.fill()
      return (await checks())['registry'] !== 'ok'
    },
    60_000,
  )
  t.match(await page(), /Nothing can be stored/)
  await stillWatching()
  const found = await doctor()
  t.match(found.get('disk'), { level: 'problem', detail: /full.*make room/ })
  t.match(found.get('config'), { level: 'problem' })
  disk.empty()
  await until('it is well again', async () => (await checks())['registry'] === 'ok', 60_000)
})

t.test('a disk that takes nothing any more', async (t) => {
  disk.fail()
  await until('it is said', async () => (await checks())['registry'] !== 'ok', 60_000)
  t.match(await page(), /Nothing can be stored/)
  await stillWatching()
  t.equal((await horsesOf(box, 'yard')).length, 3, 'what is known is shown')
  const found = await doctor()
  t.match(found.get('disk'), { level: 'problem', detail: /read-only.*replace/ })
  await box.end('SIGKILL')
  disk.mountAgain()
})

t.test('a registry full of noise and a built-in model cut short, at the next start', async (t) => {
  const file = registryFile(stateDir)
  const { size } = statSync(file)
  const fd = openSync(file, 'r+')
  for (let at = 0; at < size; at += 4096) writeSync(fd, randomBytes(4096), 0, 4096, at)
  closeSync(fd)
  writeChoice(stateDir, {})
  const models = modelsFolder(stateDir)
  const [model] = readdirSync(models).filter((name) => name.endsWith('.onnx') && name !== 'mine.onnx')
  if (model === undefined) throw new Error('there is no model')
  truncateSync(join(models, model), 1000)
  box = await startBox({ config, stateDir })
  t.match(await page(), /The registry was damaged and has been rebuilt/)
  await untilHorses(box, 'yard', 1)
  await stillWatching()
  const found = await doctor()
  t.match(found.get('registry'), { level: 'ok' })
  t.match(found.get('registry, earlier'), { level: 'warning', detail: /damaged and rebuilt/ })
  t.match(found.get('camera yard'), { level: 'ok' })
  t.match(found.get('camera stuck'), { level: 'problem' })
  t.match(found.get('camera gate'), { level: 'problem' })
  t.equal(await box.end('SIGTERM'), 0)
})
