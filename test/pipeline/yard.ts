/**
 * A yard without cameras and models: scenes of animals whose looks are known go through the true chain (tracker,
 * identity, book) into a true registry. Time passes as the scenes say.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decisionBasis } from '../../daemon/identity/decide.ts'
import { createIdentity } from '../../daemon/identity/identity.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { createOthers } from '../../daemon/pipeline/elsewhere.ts'
import { inScope, overlapOf, scopes } from '../../daemon/pipeline/scope.ts'
import { createSightingBook } from '../../daemon/pipeline/sighting-book.ts'
import { analyse, type Eyes, type StreamDeps } from '../../daemon/pipeline/stream.ts'
import { openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import { createTracker } from '../../daemon/tracking/tracker.ts'
import type {
  Analysed,
  Box,
  Detection,
  Frame,
  Horse,
  HorseId,
  Kind,
  SightingId,
  TrackletId,
} from '../../daemon/types.ts'
import { cropOf, dim, yard } from '../identity/vectors.ts'

const scopeOf = scopes('stream')

export const rules = {
  sameAbove: 0.8,
  margin: 0.05,
  looksToDecide: 3,
  looksToCreate: 5,
  trackletsToConfirm: 3,
  detectAbove: 0.25,
}
export const kind = { id: 'made-up@1', dim, name: 'made-up', preprocess: {}, licence: null }
export const startMs = Date.UTC(2026, 10, 22)
export const left: Box = [100, 200, 400, 450]
export const right: Box = [800, 200, 1100, 450]

/** An animal in a scene. */
export interface Animal {
  readonly box: Box
  /** How it looks; undefined where its box shows nothing. */
  readonly vector: Float32Array | undefined
  readonly score?: number
  readonly kind?: Kind
}

export type Scene = readonly Animal[]

/** Eyes that see what the scene of a frame says. Frames are told apart by their `seq`. */
export interface FakeEyes extends Eyes {
  jpeg(frame: Frame): Promise<Uint8Array>
  readonly scenes: Map<number, Scene>
  readonly counts: { detect: number; embed: number; crop: number; thumbnail: number; jpeg: number }
  /** Crops that came along with looks. */
  readonly crops: { wanted: number }
  /** Called before each answer; what it throws is the answer. */
  onAsk: (name: keyof FakeEyes['counts'], frame: Frame) => void
}

export function fakeEyes(): FakeEyes {
  const scenes = new Map<number, Scene>()
  const counts = { detect: 0, embed: 0, crop: 0, thumbnail: 0, jpeg: 0 }
  const crops = { wanted: 0 }
  const ask = (name: keyof typeof counts, picture: unknown): Scene => {
    const frame = picture as Frame
    counts[name]++
    eyes.onAsk(name, frame)
    return scenes.get(frame.seq) ?? []
  }
  const eyes: FakeEyes = {
    scenes,
    counts,
    crops,
    onAsk: () => {},
    detect: async (picture) => ask('detect', picture).map(toDetection),
    async embed(picture, boxes, wanted) {
      const scene = ask('embed', picture)
      crops.wanted += wanted.filter(Boolean).length
      return boxes.map((box, index) => {
        const vector = scene.find((animal) => animal.box === box)?.vector
        return vector && { vector, sharpness: 100, ...(wanted[index] && { crop: cropOf(vector) }) }
      })
    },
    async crop(picture, box) {
      const vector = ask('crop', picture).find((animal) => animal.box === box)?.vector
      if (!vector) throw new Error('nothing is there')
      return cropOf(vector)
    },
    async thumbnail(picture, box) {
      ask('thumbnail', picture)
      return Uint8Array.from([0xff, 0xd8, box[0] % 256])
    },
    async jpeg(frame) {
      ask('jpeg', frame)
      return Uint8Array.from([0xff, 0xd8])
    },
  }
  return eyes
}

function toDetection({ box, score = 0.9, kind = 'horse' }: Animal): Detection {
  return { box, score, kind, label: kind }
}

export function frameAt(seq: number, utcMs: number, monoMs: number, width = 1280, height = 720): Frame {
  return { stream: yard, seq, utcMs, monoMs, format: 'nv12', width, height, pixels: new Uint8Array(0) }
}

export interface Yard extends Disposable {
  readonly eyes: FakeEyes
  readonly registry: Registry
  readonly told: { horse: Horse; change: 'new' | 'avatar' }[]
  /** Shows a scene for so long and stores what was seen. Answers every analysed picture. */
  show(scene: Scene, seconds: number, fps?: number): Promise<Analysed[]>
  /** Lets time pass without a picture. */
  pass(seconds: number): void
  /** Stops, and starts again on what is stored. */
  restart(): void
  horses(): Horse[]
  /** The stored vectors of a horse, as text that can be compared. */
  vectorsOf(id: HorseId): string[]
}

export function openYard(): Yard {
  const file = registryFile(mkdtempSync(join(tmpdir(), 'barnbox-yard-')))
  const eyes = fakeEyes()
  const told: Yard['told'] = []
  let registry = openRegistry(file, silentLog)
  let chain = newChain(registry, eyes, told)
  let [seq, nowMs] = [0, 0]
  return {
    eyes,
    told,
    get registry() {
      return registry
    },
    async show(scene, seconds, fps = 5) {
      const results: Analysed[] = []
      for (let n = 0; n < seconds * fps; n++) {
        nowMs += Math.round(1000 / fps)
        eyes.scenes.set(++seq, scene)
        results.push(await analyse(frameAt(seq, startMs + nowMs, nowMs), chain))
      }
      const updates = chain.book.pending()
      registry.sightings.save(updates)
      chain.book.stored(updates)
      return results
    },
    pass(seconds) {
      nowMs += seconds * 1000
    },
    restart() {
      registry[Symbol.dispose]()
      registry = openRegistry(file, silentLog)
      chain = newChain(registry, eyes, told)
    },
    horses: () => registry.horses.findByStreamId(yard),
    vectorsOf: (id) =>
      registry.vectors
        .all(kind)
        .vectors.filter(({ horseId }) => horseId === id)
        .map(({ id: row, vector }) => `${row}: ${vector.join(' ')}`),
    [Symbol.dispose]: () => registry[Symbol.dispose](),
  }
}

function newChain(registry: Registry, eyes: Eyes, told: Yard['told']): StreamDeps {
  const looks = registry.openLooks(kind)
  const basis = { ...decisionBasis, model: kind.id }
  return {
    scopeId: scopeOf(yard),
    others: createOthers(scopeOf, overlapOf([])),
    eyes,
    tracker: createTracker({ beginAbove: 0.3, lostSeconds: 2 }, () => mintId<TrackletId>()),
    identity: createIdentity(rules, looks.stored.map(inScope(scopeOf)), registry.horses.isConfirmed),
    looks,
    registry,
    book: createSightingBook(basis, () => mintId<SightingId>()),
    onHorse: (horse, change) => void told.push({ horse, change }),
  }
}

/** The horses of the boxes of a picture, in order. */
export function shown(analysed: Analysed | undefined): (HorseId | null)[] {
  return analysed?.boxes.map(({ horseId }) => horseId) ?? []
}

/** The one horse of a picture; fails where there is none, or more. */
export function onlyHorse(analysed: Analysed | undefined): HorseId {
  const [horseId, ...more] = shown(analysed)
  if (!horseId || more.length > 0)
    throw new Error(`one horse was expected: ${JSON.stringify(analysed?.boxes)}`)
  return horseId
}
