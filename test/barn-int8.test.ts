/**
 * Whether a model's 8-bit variant takes its place: with made-up models for the order of things, and from the import to
 * the choice with the real converter, runtime and workers, for a good and a bad one.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSight } from '../daemon/barn-embedder.ts'
import { importModel } from '../daemon/commands/models-fetch.ts'
import { systemClock } from '../daemon/lib/clock.ts'
import { silentLog } from '../daemon/lib/log.ts'
import type { Pipeline } from '../daemon/pipeline/pipeline.ts'
import { openRegistry, type Registry, registryFile } from '../daemon/registry/registry.ts'
import { startCropEmbedder } from '../daemon/vision/crop-embedder.ts'
import { encodeCrop } from '../daemon/vision/jpeg.ts'
import { readInstalled, writeInstalled } from '../daemon/vision/store.ts'
import { startVision, type Vision } from '../daemon/vision/vision.ts'
import { yard } from './identity/vectors.ts'
import { randomTensors, safetensors, seeded, smallest } from './models/swin-files.ts'
import { count, fromCrop, kindOf, knowing, runningOn, settled, startMs } from './support/embedder-box.ts'
import { paint } from './vision/nv12.ts'

const options = { normalise: 'imagenet', int8: false } as const

function weights(seed: number): string {
  const file = join(mkdtempSync(join(tmpdir(), 'barnbox-weights-')), 'w.safetensors')
  writeFileSync(file, safetensors(randomTensors(smallest, seed)))
  return file
}

/** Coloured stripes, each crop its own. */
async function crops(count: number): Promise<Uint8Array[]> {
  const random = seeded(5)
  const all: Uint8Array[] = []
  for (let n = 0; n < count; n++) {
    const [a, b, c] = [1 + random() * 6, random() * 255, random() * 255]
    const picture = paint(120, 90, (x, y) => [(x * a) & 255, (b + y * a) & 255, (c + x) & 255])
    all.push(await encodeCrop(picture, { x1: 0, y1: 0, x2: 120, y2: 90 }))
  }
  return all
}

/** A box that has learnt crops with the chosen model; answers how its embedder stands when nothing is left to do. */
async function grown(t: Test, stateDir: string, jpegs: readonly Uint8Array[]): Promise<string> {
  const registry = openRegistry(registryFile(stateDir), silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const config = { detector: 'centernet-mnv3', threshold: 0.25, threads: 1, provider: 'cpu' } as const
  let learnt = false
  const learn = async (vision: Vision) => {
    if (!vision.embedder) throw new Error('no embedder was opened')
    const looks = registry.openLooks(vision.embedder)
    const { id: horseId } = registry.horses.create({ streamId: yard, seenMs: startMs, confidence: 0.5 })
    for (const jpeg of jpegs) {
      const vector = await vision.embedCrop(jpeg)
      looks.add(yard, { horseId, vector, jpeg, quality: 1, takenMs: startMs })
    }
    learnt = true
  }
  await using sight = await openSight(
    {
      ...{
        stateDir,
        registry,
        chosen: 'own',
        int8: 'auto',
        clock: systemClock,
        log: silentLog,
        lookAgainMs: 20,
      },
      open: (embedder) => startVision({ ...config, embedder }, { stateDir, log: silentLog }),
      openAside: (embedder) => startCropEmbedder(embedder, { stateDir, provider: 'cpu' }),
      join: (vision) => idle(registry, vision),
      onFatal: (error) => t.fail(error.message),
    },
    new AbortController().signal,
  )
  if (sight.vision.embedder?.name === 'own') await learn(sight.vision)
  const measured = () => readInstalled(stateDir)['own']?.int8?.cosine !== undefined
  while (!(learnt && measured() && sight.change?.state === 'settled')) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return sight.vision.embedder?.name ?? 'none'
}

function idle(registry: Registry, { embedder }: Vision): Pipeline {
  if (embedder) registry.openLooks(embedder)
  return {
    ...{ analysed: 0, watch: () => {}, learn: () => {}, snapshot: async () => undefined },
    [Symbol.asyncDispose]: async () => {},
  }
}

/** What the 8-bit variant makes of a crop, this far from the original. */
const off = (cosine: number) => async (jpeg: Uint8Array) => {
  const vector = await fromCrop(jpeg)
  const aside = Float32Array.from(vector, (_, i) =>
    i === 0 ? (vector[1] ?? 0) : i === 1 ? -(vector[0] ?? 0) : 0,
  )
  const length = Math.hypot(...aside)
  return vector.map(
    (value, i) => cosine * value + (Math.sqrt(1 - cosine * cosine) * (aside[i] ?? 0)) / length,
  )
}

t.test('an 8-bit variant that is as good takes over by itself', async (t) => {
  const box = await knowing(t, 20, { old: true })
  box.answer.set('old:int8', off(0.996))
  await using sight = await box.start('old')
  while (sight.vision.embedder?.name !== 'old:int8') await new Promise((resolve) => setTimeout(resolve, 2))
  await settled(sight)
  t.match(readInstalled(box.stateDir)['old']?.int8, { crops: 20, measuredAt: '2026-11-22T00:00:00.000Z' })
  t.ok(Math.abs((readInstalled(box.stateDir)['old']?.int8?.cosine ?? 0) - 0.996) < 1e-5)
  t.equal(count(box, 'old:int8'), 20)
  t.match(box.logged.join('\n'), /int8 is as good .*"cosine":0.99[56]\d*,"crops":20,"needed":0.995/)
  t.equal(box.looked.get('old:int8'), 40, 'measured on each, then kept for each')
})

t.test('one that is not stays where it is, and is not measured again', async (t) => {
  const box = await knowing(t, 20, { old: true })
  let seen = 0
  box.answer.set('old:int8', (jpeg) => off(++seen === 7 ? 0.994 : 0.9999)(jpeg))
  for (const _start of ['first', 'second']) {
    await using sight = await box.start('old')
    while (readInstalled(box.stateDir)['old']?.int8?.cosine === undefined)
      await new Promise((resolve) => setTimeout(resolve, 2))
    await settled(sight)
    t.equal(sight.vision.embedder?.name, 'old')
  }
  t.equal(box.looked.get('old:int8'), 20)
  t.match(box.logged.join('\n'), /int8 is not as good/, 'the lowest counts')
})

t.test('it is measured as soon as there are crops enough, unless nobody wants it', async (t) => {
  const box = await knowing(t, 15, { old: true })
  {
    await using _sight = await box.start('old', { int8: 'never' })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await using sight = await box.start('old')
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(box.looked.get('old:int8'), undefined)
  box.teach(box.registry.openLooks(kindOf('old')))
  while (sight.vision.embedder?.name !== 'old:int8') await new Promise((resolve) => setTimeout(resolve, 2))
  t.match(readInstalled(box.stateDir)['old']?.int8, { crops: 16 })
})

t.test('on a GPU the original is kept, and comes back where one was put in', async (t) => {
  const box = await knowing(t, 16, { old: true })
  box.running = runningOn('cuda')
  {
    await using sight = await box.start('old')
    t.equal(sight.change?.state, 'settled')
    t.equal(box.looked.get('old:int8'), undefined, 'nobody asks how good 8 bits are')
  }
  box.running = runningOn('cpu')
  {
    await using sight = await box.start('old')
    while (sight.vision.embedder?.name !== 'old:int8') await new Promise((resolve) => setTimeout(resolve, 2))
  }
  box.running = runningOn('cuda')
  {
    await using sight = await box.start('old')
    t.equal(sight.vision.embedder?.name, 'old:int8', 'only what runs can tell')
    while (sight.vision.embedder?.name !== 'old') await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await using sight = await box.start('old')
  await settled(sight)
  t.equal(sight.vision.embedder?.name, 'old')
})

t.test('`never` goes back to the original', async (t) => {
  const box = await knowing(t, 16, { old: true })
  {
    await using sight = await box.start('old')
    while (sight.vision.embedder?.name !== 'old:int8') await new Promise((resolve) => setTimeout(resolve, 2))
  }
  {
    await using sight = await box.start('old')
    t.equal(sight.vision.embedder?.name, 'old:int8', 'what was proven is used at once')
  }
  await using sight = await box.start('old', { int8: 'never' })
  t.equal(sight.vision.embedder?.name, 'old')
})

t.test('a good variant is found to be one, and taken', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-int8-'))
  const { int8, id, dim, bytes } = await importModel('own', weights(1), options, stateDir)
  t.match(int8, { file: 'own.int8.onnx', id: /^own@[0-9a-f]{12}$/ })
  t.not(int8?.id, id, 'its vectors have their own name')
  t.ok((int8?.bytes ?? bytes) < bytes)
  t.equal(await grown(t, stateDir, await crops(16)), 'own:int8')
  const measured = readInstalled(stateDir)['own']?.int8
  t.comment(`cosine ${measured?.cosine}`)
  t.ok((measured?.cosine ?? 0) >= 0.995)
  t.equal(measured?.crops, 16)
  using registry = openRegistry(registryFile(stateDir), silentLog)
  t.equal(registry.vectors.all({ id: int8?.id ?? '', dim: dim ?? 0 }).vectors.length, 16)
  t.match(registry.embedders.inUse(), {
    id: int8?.id,
    name: 'own:int8',
    preprocess: { normalise: 'imagenet' },
  })
})

t.test('a bad one is found out and left alone', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-int8-'))
  await importModel('own', weights(1), options, stateDir)
  const other = mkdtempSync(join(tmpdir(), 'barnbox-int8-'))
  await importModel('own', weights(2), options, other)
  // As if it had been installed so: a file that was changed later would not be opened.
  writeFileSync(join(stateDir, 'models/own.int8.onnx'), readFileSync(join(other, 'models/own.int8.onnx')))
  const { own } = readInstalled(stateDir)
  const { int8 } = readInstalled(other)['own'] ?? {}
  if (!own || !int8) throw new Error('both were installed')
  writeInstalled(stateDir, { own: { ...own, int8 } })
  t.equal(await grown(t, stateDir, await crops(16)), 'own')
  const measured = readInstalled(stateDir)['own']?.int8
  t.ok((measured?.cosine ?? 1) < 0.995, `${measured?.cosine}`)
  t.equal(measured?.crops, 16)
})

t.test('only 8 bits where a person says so', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-int8-'))
  const file = weights(1)
  const pair = await importModel('own', file, options, stateDir)
  const alone = await importModel('own', file, { ...options, int8: true }, stateDir)
  t.equal(alone.int8, undefined)
  t.equal(alone.id, pair.int8?.id, 'the same vectors under the same name')
  t.throws(() => readFileSync(join(stateDir, 'models/own.int8.onnx')), 'nothing is left of the pair')
})
