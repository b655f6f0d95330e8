/**
 * The daemon's own chain (tracker, look gate, identity, sighting book, registry), shown simulated pictures.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decisionBasis } from '../../daemon/identity/decide.ts'
import type { GalleryVector } from '../../daemon/identity/gallery.ts'
import type { Rules } from '../../daemon/identity/identity.ts'
import { createIdentity, type Identity } from '../../daemon/identity/identity.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { createOthers } from '../../daemon/pipeline/elsewhere.ts'
import { keepPhoto } from '../../daemon/pipeline/photo.ts'
import { inScope, overlapOf, scopes } from '../../daemon/pipeline/scope.ts'
import { createSightingBook } from '../../daemon/pipeline/sighting-book.ts'
import { analyse, type Eyes, type StreamDeps } from '../../daemon/pipeline/stream.ts'
import { openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import { createTracker, type Tracker } from '../../daemon/tracking/tracker.ts'
import type { Frame, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'
import { type Caretaker, caretaker, nameOf } from './caretaker.ts'
import type { Photos } from './enrolment.ts'
import { picture } from './stall/geometry.ts'
import type { StallFrame } from './stall/stall.ts'
import type { Shown, System } from './system.ts'

export interface OursOptions {
  readonly rules: Rules
  /** The detector's threshold. */
  readonly detectAbove: number
  readonly dim: number
  /** What other cameras know. */
  readonly elsewhere?: () => readonly GalleryVector[]
  /** Something taken away, to measure what it is worth. */
  readonly without?: Ablation | undefined
}

/** Wraps rooms of the chain so that one ingredient is missing. */
export interface Ablation {
  readonly tracker?: (tracker: Tracker) => Tracker
  readonly identity?: (identity: Identity) => Identity
  readonly rules?: (rules: Rules) => Rules
  readonly caretaker?: Caretaker
  readonly photos?: (photos: Photos) => Photos
  /** Photos are given with the names, not before the first picture. */
  readonly photosAreLate?: boolean
}

const lostSeconds = 2
const streamId = 'stall' as StreamId
const scopeOf = scopes('stream')
const startMs = Date.UTC(2026, 10, 22)
const by = { actor: null, nowMs: startMs }
const kindOf = (dim: number) => {
  return { id: 'simulated@1', dim, name: 'simulated', preprocess: null, licence: null }
}

export function openOurs(options: OursOptions): System {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-simulator-'))
  const eyes = new SimulatedEyes()
  const open = () => {
    const registry = openRegistry(registryFile(folder), silentLog)
    return { registry, chain: openChain(registry, eyes, options) }
  }
  let { registry, chain } = open()
  let photos: Photos = new Map()
  const enrolled = new Map<string, number>()
  let enrolledNew = 0
  let visit = -1
  const save = () => {
    const updates = chain.book.pending()
    registry.sightings.save(updates)
    chain.book.stored(updates)
  }
  const reopen = () => {
    chain = openChain(registry, eyes, options)
  }
  const enrol = () => {
    for (const [horse, looks] of photos) {
      for (const { enrolled: one } of enrolHorse(registry, horse, looks, options.dim)) {
        if (one.isNew) enrolledNew++
        enrolled.set(one.horse.id, horse)
      }
    }
  }
  return {
    givePhotos(given) {
      photos = options.without?.photos?.(given) ?? given
      if (options.without?.photosAreLate) return
      enrol()
      reopen()
    },
    async show(frame) {
      // A daemon saves every 0.5 s; here once a visit is enough, for nothing reads what was saved.
      if (frame.visit !== visit) save()
      visit = frame.visit
      eyes.frame = frame
      const { boxes } = await analyse(pictureOf(frame), chain)
      return boxes.map(
        ({ box, trackletId, horseId }): Shown => ({
          box,
          id: horseId ?? trackletId ?? '',
          horse: horseId,
          tracklet: trackletId ?? '',
        }),
      )
    },
    restart() {
      save()
      registry[Symbol.dispose]()
      ;({ registry, chain } = open())
    },
    teach(told) {
      save()
      const putRight = options.without?.caretaker ?? caretaker({ unknowns: true })
      const right = putRight(registry, streamId, told, by, enrolled)
      if (options.without?.photosAreLate) enrol()
      // As the daemon does after a correction.
      reopen()
      return new Map([...right, ...enrolled])
    },
    get created() {
      return eyes.founded + enrolledNew
    },
    [Symbol.dispose]() {
      registry[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes a horse known by photos, as the daemon does. */
function enrolHorse(registry: Registry, horse: number, photos: readonly Float32Array[], dim: number) {
  const book = { ...registry, scopeOf }
  return photos.map((vector, at) => {
    const look = { vector, sharpness: 100, infrared: false, crop: somePixels }
    const fingerprint = registry.photos.fingerprintOf(Buffer.from(`${horse} ${at}`))
    const of = { streamId, name: nameOf(horse), fingerprint, by }
    return keepPhoto({ look, avatar: { jpeg: somePixels, score: 0 } }, of, kindOf(dim), book)
  })
}

function openChain(
  registry: Registry,
  eyes: SimulatedEyes,
  { rules, detectAbove, dim, elsewhere, without }: OursOptions,
): StreamDeps {
  const kind = kindOf(dim)
  const looks = registry.openLooks(kind)
  const own = without?.rules?.(rules) ?? rules
  const basis = { ...decisionBasis, model: kind.id }
  const tracker = createTracker({ beginAbove: detectAbove, lostSeconds }, () => mintId<TrackletId>())
  const stored = [...(elsewhere?.() ?? []), ...looks.stored.map(inScope(scopeOf))]
  const identity = createIdentity(own, stored, registry.horses.isConfirmed)
  return {
    scopeId: scopeOf(streamId),
    others: createOthers(scopeOf, overlapOf([])),
    eyes,
    tracker: without?.tracker?.(tracker) ?? tracker,
    identity: without?.identity?.(identity) ?? identity,
    looks,
    registry,
    book: createSightingBook(basis, () => mintId<SightingId>()),
    onHorse: (_, change) => {
      if (change === 'new') eyes.founded++
    },
  }
}

function pictureOf({ seq, atMs }: StallFrame): Frame {
  const time = { seq, utcMs: startMs + atMs, monoMs: atMs }
  return { stream: streamId, ...time, format: 'nv12', ...picture, pixels: new Uint8Array(0) }
}

/** What is kept of a look; nobody looks at it again. */
const somePixels = Uint8Array.from([0xff, 0xd8])

/** Eyes that see what the simulator shows. A box is told by its place: the tracker hands it on as it was found. */
class SimulatedEyes implements Eyes {
  frame: StallFrame | undefined
  /** Horses that were founded on what they saw. */
  founded = 0

  async detect() {
    return (this.frame?.found ?? []).map(({ box, score }) => ({
      box,
      score,
      kind: 'horse' as const,
      label: 'horse',
    }))
  }

  async embed(_picture: unknown, boxes: Parameters<Eyes['embed']>[1]) {
    return boxes.map((box) => {
      const found = this.frame?.found.find((one) => one.box === box)
      const look = found && this.frame?.look(found)
      return look && { ...look, crop: somePixels }
    })
  }

  async crop() {
    return somePixels
  }

  async thumbnail() {
    return somePixels
  }
}
