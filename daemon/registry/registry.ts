/**
 * The truth: one SQLite file, one repository a table. Everything else in the box is derived from it.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { systemClock } from '../lib/clock.ts'
import { BarnboxError } from '../lib/errors.ts'
import { createHybridClock } from '../lib/hlc.ts'
import { mintId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Brand, EmbedderKind, HorseId } from '../types.ts'
import { type Alerts, openAlerts } from './alerts.ts'
import { type CleanedUp, cleanUp, type Kept } from './cleanup.ts'
import { type Clips, openClips } from './clips.ts'
import { type Corrections, openCorrections } from './corrections.ts'
import { type Db, openDatabase } from './database.ts'
import { type Edits, lastStamp, openEdits, openStallEdits } from './edits.ts'
import { type Embedders, openEmbedders } from './embedders.ts'
import { type EndedSessions, openEndedSessions } from './ended-sessions.ts'
import { type Horses, openHorses } from './horses.ts'
import { type Crops, type NewCrop, openCrops } from './looks.ts'
import { type Outbox, openOutbox } from './outbox.ts'
import { openPhotos, type Photos } from './photos.ts'
import { openPushDevices, type PushDevices } from './push-devices.ts'
import { openSettings, type Settings } from './settings.ts'
import { openSightings, type Sightings } from './sightings.ts'
import { openStalls, type Stalls } from './stalls.ts'
import { openSyncBook, type SyncBook } from './sync-book.ts'
import { openTokens, type Tokens } from './tokens.ts'
import { openTracks, type Tracks } from './tracks.ts'
import { openUsers, type Users } from './users.ts'
import { type IndexChoice, openVectorIndex, type VectorIndex } from './vector-index.ts'
import { openVectors, type StoredVector, type Vectors } from './vectors.ts'
import { openWhys, type Whys } from './whys.ts'

export interface Registry extends Disposable {
  readonly horses: Horses
  readonly sightings: Sightings
  readonly whys: Pick<Whys, 'get'>
  readonly tracks: Tracks
  readonly vectors: Vectors
  readonly users: Users
  readonly tokens: Tokens
  readonly edits: Edits
  readonly stalls: Stalls
  readonly alerts: Alerts
  readonly outbox: Outbox
  readonly pushDevices: PushDevices
  readonly corrections: Corrections
  /** 32 random bytes, minted at the first start: what users' passes are signed with. */
  readonly passKey: Uint8Array
  readonly endedSessions: EndedSessions
  /** What the vectors were made from. */
  readonly crops: Crops
  readonly photos: Photos
  readonly clips: Clips
  readonly settings: Settings
  readonly embedders: Embedders
  readonly sync: SyncBook
  /** This box: minted at the first start, kept with the data. `[a-z0-9]{12}`. */
  readonly boxId: string
  /** Why the last save failed, in plain words; null while all is well. */
  readonly fault: string | null
  /** Lets go of what is too old, as `cleanup.ts` says. */
  cleanUp(kept: Kept, nowMs: number): CleanedUp
  /** Runs writes as one transaction: all of them or none. */
  atomically<T>(work: () => T): T
  /** The looks as one embedder sees them, in memory and searchable; one embedder's at a time. */
  openLooks(kind: EmbedderKind): Looks
}

/** A look at a horse: its crop, and what the embedder makes of it. */
export interface NewLook extends NewCrop {
  readonly horseId: HorseId
  readonly vector: Float32Array
}

/** The vectors of one embedder, kept in step with their index. */
export interface Looks {
  readonly kind: EmbedderKind
  /** As they were stored when this was opened. */
  readonly stored: readonly StoredVector[]
  /**
   * Null where none is wished for or none can be loaded. Built of the rows when it is first asked for, not within a
   * transaction: matching does not need it, and neither a start nor a correction waits for it.
   */
  readonly index: VectorIndex | null
  /**
   * Stores a look of a horse of a stream and answers its vector's id. The vector that it takes the place of, if given, is let go of
   * with its look and what other embedders made of that.
   */
  add(streamId: StoredVector['streamId'], look: NewLook, instead?: number): number
  /** Takes in a vector that was stored otherwise. */
  learn(vector: StoredVector): void
}

/** Where the registry of a state folder lies. */
export function registryFile(stateDir: string): string {
  return join(stateDir, 'barnbox.db')
}

/** Where the lock of a state folder lies. */
export function lockFile(stateDir: string): string {
  return join(stateDir, 'barnbox.lock')
}

/** Opens the registry in a file, or in memory (`:memory:`). Throws `STATE_DIR`, `DB_BROKEN`, `DB_TOO_NEW`. */
export function openRegistry(
  file: string,
  log: Log,
  indexChoice: IndexChoice = 'sqlite-vec',
  utcMs: () => number = systemClock.utcMs,
): Registry {
  const db = openDatabase(file)
  const settings = openSettings(db)
  const box = boxId(settings)
  const hybrid = createHybridClock(box, utcMs, lastStamp(db))
  const edits = openEdits(db, hybrid)
  const horses = openHorses(db, edits)
  const vectors = openVectors(db)
  const crops = openCrops(db)
  const embedders = openEmbedders(db, settings)
  const outbox = openOutbox(db)
  const whys = openWhys(db, { crops, vectors, embedders })
  const sightings = openSightings(db, horses, whys)
  let fault: string | null = null
  return {
    horses,
    whys,
    vectors,
    crops,
    photos: openPhotos(db),
    clips: openClips(db),
    settings,
    embedders,
    sightings: {
      ...sightings,
      save(...what) {
        try {
          const refused = sightings.save(...what)
          fault = null
          return refused
        } catch (error) {
          fault = error instanceof Error ? error.message : String(error)
          throw error
        }
      },
    },
    get fault() {
      return fault
    },
    boxId: box,
    edits,
    stalls: openStalls(db, openStallEdits(db, hybrid)),
    alerts: openAlerts(db, outbox),
    outbox,
    pushDevices: openPushDevices(db),
    tracks: openTracks(db),
    corrections: openCorrections(db, { horses, edits, clock: hybrid }),
    users: openUsers(db),
    tokens: openTokens(db),
    sync: openSyncBook(db, { box, settings, clock: hybrid, crops, vectors, embedders }),
    passKey: passKey(settings),
    endedSessions: openEndedSessions(settings),
    cleanUp: (kept, nowMs) => cleanUp(db, kept, nowMs),
    atomically: (work) => db.transaction(work).immediate(),
    openLooks: (kind) => openLooks({ db, vectors, crops, embedders, indexChoice, log }, kind),
    [Symbol.dispose]: () => db.close(),
  }
}

function boxId(settings: Settings): string {
  // The random end of a UUIDv7: its beginning is the time, alike on boxes set up together.
  return settings.once('box_id', () => mintId<Brand<string, 'BoxId'>>().replaceAll('-', '').slice(-12))
}

function passKey(settings: Settings): Uint8Array {
  return Buffer.from(
    settings.once('pass_key', () => randomBytes(32).toString('base64')),
    'base64',
  )
}

interface Tables {
  readonly db: Db
  readonly vectors: Vectors
  readonly crops: Crops
  readonly embedders: Embedders
  readonly indexChoice: IndexChoice
  readonly log: Log
}

function openLooks({ db, vectors, crops, embedders, indexChoice, log }: Tables, kind: EmbedderKind): Looks {
  const { vectors: stored, refused } = vectors.all(kind)
  if (refused > 0)
    log.warn({ refused, model: kind.id }, 'stored vectors that are not unit vectors were left out')
  let index: VectorIndex | null | undefined
  const letGo = (id: number) => {
    const lookId = vectors.lookOf(id)
    if (lookId === null) vectors.remove(id)
    else crops.remove(lookId)
  }
  const store = db.transaction((look: NewLook, instead: number | undefined): number => {
    if (instead !== undefined) letGo(instead)
    embedders.note(kind)
    const id = vectors.add(kind, crops.add(look), look.vector)
    if (id === undefined) throw new BarnboxError('INTERNAL', 'a new look already has a vector')
    return id
  })
  return {
    kind,
    stored,
    get index() {
      if (index === undefined) index = openVectorIndex(db, indexChoice, kind, vectors.all(kind).vectors, log)
      return index
    },
    add(streamId, look, instead) {
      const id = store.immediate(look, instead)
      if (instead !== undefined) index?.remove(instead)
      index?.add({ id, streamId, horseId: look.horseId, vector: look.vector, quality: look.quality })
      return id
    },
    learn: (vector) => index?.add(vector),
  }
}
