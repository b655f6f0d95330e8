/**
 * A box whose embedder is changed, without models and cameras: registry and records of models are real, and what would
 * have been opened, joined and closed is written down.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type EmbedderDeps, openSight, type WatchedSight } from '../../daemon/barn-embedder.ts'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { type Log, silentLog } from '../../daemon/lib/log.ts'
import type { Pipeline } from '../../daemon/pipeline/pipeline.ts'
import { type Looks, openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import type { EmbedderKind, HorseId } from '../../daemon/types.ts'
import type { RunningModels } from '../../daemon/vision/protocol.ts'
import { type InstalledModel, int8Name, writeInstalled } from '../../daemon/vision/store.ts'
import type { Vision } from '../../daemon/vision/vision.ts'
import { bytes } from '../../models/convert/preprocess.ts'
import { axis, cropOf, dim, yard } from '../identity/vectors.ts'

export const startMs = Date.UTC(2026, 10, 22)
export const kindOf = (name: string): EmbedderKind => ({
  ...{ id: `${name}@1`, dim, name, preprocess: {}, licence: null },
})
const broken = (name: string) => new BarnboxError('MODEL_BROKEN', `${name} is broken`)

function record(name: string, int8: boolean): InstalledModel {
  const file = (one: string) => ({ file: `${one}.onnx`, sha256: one, bytes: 1, id: kindOf(one).id })
  return {
    ...{ task: 'embed', ...file(name), from: 'a test', fromSha256: '', layout: 'crop-bytes' },
    ...{ input: { ...bytes, width: 32, height: 32 }, dim, licence: null, acceptedAt: null, installedAt: '' },
    ...(int8 && { int8: file(int8Name(name)) }),
  }
}

/** A box between two starts: what is stored, and how its models behave. */
export interface Box {
  readonly registry: Registry
  readonly stateDir: string
  /** What was opened, joined, closed and learnt, in order. */
  readonly did: string[]
  readonly logged: string[]
  readonly fatal: string[]
  /** Crops looked at by each embedder beside the cameras. */
  readonly looked: Map<string, number>
  /** By name: the embedders that cannot be opened, and how others answer. */
  readonly refuse: Set<string>
  readonly answer: Map<string, (jpeg: Uint8Array) => Promise<Float32Array>>
  /** Where the models run. */
  running: RunningModels
  /** Called when models are opened. */
  onOpen: (name: string) => void
  start(chosen: string, more?: Partial<EmbedderDeps>): Promise<WatchedSight>
  /** A new look, learnt with an embedder. */
  teach(looks: Looks, horse?: HorseId, jpeg?: Uint8Array): HorseId
}

export const runningOn = (provider: string): RunningModels => {
  const one = { provider, ms: 1, cpuMs: null, cosine: null, fallback: null }
  return { detector: one, embedder: one }
}

let made = 0

export function newBox(t: Test, installed: Record<string, boolean> = { old: false, fresh: false }): Box {
  const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-embedder-'))
  writeInstalled(
    stateDir,
    Object.fromEntries(Object.entries(installed).map(([name, int8]) => [name, record(name, int8)])),
  )
  const registry = openRegistry(registryFile(stateDir), silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const say = (level: string) => (fields: object, message: string) =>
    void box.logged.push(`${level}: ${message} ${JSON.stringify(fields)}`)
  const log: Log = { ...silentLog, error: say('error'), warn: say('warn'), info: say('info') }
  const embedCrop = async (name: string, jpeg: Uint8Array) => {
    box.looked.set(name, (box.looked.get(name) ?? 0) + 1)
    return (box.answer.get(name) ?? fromCrop)(jpeg)
  }
  const open = async (name: string): Promise<Vision> => {
    box.did.push(`open ${name}`)
    box.onOpen(name)
    const fault = box.refuse.has(name) ? broken(name) : null
    const traits = { stopgap: false, sameAbove: 0.7, margin: 0.05, running: box.running }
    return {
      ...nothing,
      eyes: () => nothing,
      workers: { running: 1, wanted: 1, replaced: 0 },
      waiting: 0,
      inHand: 0,
      embedder: fault ? null : kindOf(name),
      embedderFault: fault?.message ?? null,
      about: { detector: 'd', embedder: name, embedderFault: fault, ...traits },
      embedCrop: (jpeg) => embedCrop(name, jpeg),
      [Symbol.asyncDispose]: async () => void box.did.push(`close ${name}`),
    }
  }
  const openAside = async (name: string) => {
    box.did.push(`aside ${name}`)
    if (box.refuse.has(`aside ${name}`)) throw broken(name)
    let isOpen = true
    return {
      embedder: kindOf(name),
      async embedCrop(jpeg: Uint8Array) {
        if (!isOpen) throw new BarnboxError('INTERNAL', 'vision has been stopped')
        return embedCrop(name, jpeg)
      },
      async [Symbol.asyncDispose]() {
        isOpen = false
        box.did.push(`close aside ${name}`)
      },
    }
  }
  const box: Box = {
    ...{ registry, stateDir, did: [], logged: [], fatal: [] },
    running: runningOn('cpu'),
    ...{ looked: new Map(), refuse: new Set(), answer: new Map(), onOpen: () => {} },
    start: (chosen, more) =>
      openSight(
        {
          ...{ stateDir, chosen, int8: 'auto', registry, log, open, openAside, lookAgainMs: 5 },
          clock: { utcMs: () => startMs, monoMs: () => 0 },
          join: (vision) => fakePipeline(registry, vision, box.did),
          onFatal: ({ code }) => void box.fatal.push(code),
          ...more,
        },
        new AbortController().signal,
      ),
    teach(looks, horse, given) {
      const horseId = horse ?? registry.horses.create({ streamId: yard, seenMs: startMs, confidence: 0.5 }).id
      const vector = Float32Array.from(axis(0), (one, i) => one + Math.sin(++made + i) / 9)
      const length = Math.hypot(...vector)
      const unit = vector.map((value) => value / length)
      const rest = { jpeg: given ?? cropOf(unit), quality: 1, takenMs: startMs }
      looks.add(yard, { horseId, vector: unit, ...rest })
      return horseId
    },
  }
  return box
}

export const fromCrop = async (jpeg: Uint8Array) => new Float32Array(new Uint8Array(jpeg).buffer)

const never = () => {
  throw new Error('no camera runs here')
}
const nothing = { photo: never, detect: never, embed: never, crop: never, thumbnail: never, jpeg: never }

/** Opens the looks as the true one does, and tells what becomes of it. */
export function fakePipeline(registry: Registry, { embedder }: Vision, did: string[]): Pipeline {
  const stored = embedder ? registry.openLooks(embedder).stored : []
  const name = embedder?.name ?? 'nothing'
  did.push(`join ${name} with ${stored.length}`)
  return {
    analysed: 10,
    watch: (id) => void did.push(`watch ${id} with ${name}`),
    snapshot: async () => undefined,
    learn: ({ horseId }) => void did.push(`learn ${horseId}`),
    [Symbol.asyncDispose]: async () => void did.push(`end of ${name}`),
  }
}

export const camera = [
  yard,
  { take: () => undefined, release: () => {} },
  { ring: () => {}, rung: async () => false },
  // Every frame is looked at.
  { quietSeconds: 0 },
] as const

/** Waits until the sight has nothing to do any more. */
export async function settled(sight: WatchedSight, state = 'settled'): Promise<void> {
  while (sight.change?.state !== state) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** A box whose horses are known by `old`, with so many looks. */
export async function knowing(t: Test, looks = 4, installed?: Record<string, boolean>): Promise<Box> {
  const box = newBox(t, installed)
  await (await box.start('old'))[Symbol.asyncDispose]()
  const known = box.registry.openLooks(kindOf('old'))
  const horses = [box.teach(known), box.teach(known)]
  for (let n = 2; n < looks; n++) box.teach(known, horses[n % 2])
  box.did.length = 0
  box.logged.length = 0
  return box
}

export const count = ({ registry }: Box, name: string) => registry.vectors.all(kindOf(name)).vectors.length
