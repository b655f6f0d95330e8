/**
 * The truth: one SQLite file, one repository a table. Everything else in the box is derived from it.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { mintId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Brand, ModelKind } from '../types.ts'
import { type Db, openDatabase } from './database.ts'
import { type Horses, openHorses } from './horses.ts'
import { openSightings, type Sightings } from './sightings.ts'
import { openUsers, type Users } from './users.ts'
import { type IndexChoice, openVectorIndex, type VectorIndex } from './vector-index.ts'
import { type NewVector, openVectors, type StoredVector, type Vectors } from './vectors.ts'

export interface Registry extends Disposable {
  readonly horses: Horses
  readonly sightings: Sightings
  readonly vectors: Vectors
  readonly users: Users
  /** 32 random bytes, minted at the first start: what users' passes are signed with. */
  readonly passKey: Uint8Array
  /** This box: minted at the first start, kept with the data. `[a-z0-9]{12}`. */
  readonly boxId: string
  /** Why the last save failed, in plain words; null while all is well. */
  readonly fault: string | null
  /** Runs writes as one transaction: all of them or none. */
  atomically<T>(work: () => T): T
  /** The looks of one embedder, in memory and searchable; opened once. */
  openLooks(kind: ModelKind): Looks
}

/** The vectors of one embedder, kept in step with their index. */
export interface Looks {
  readonly kind: ModelKind
  /** As they were stored when this was opened. */
  readonly stored: readonly StoredVector[]
  /** Null where none is wished for or none can be loaded: matching does not need it. */
  readonly index: VectorIndex | null
  /** Stores a look of a horse, in place of an older one if given, and answers its id. */
  add(streamId: StoredVector['streamId'], vector: NewVector, instead?: number): number
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
export function openRegistry(file: string, log: Log, indexChoice: IndexChoice = 'sqlite-vec'): Registry {
  const db = openDatabase(file)
  const horses = openHorses(db)
  const vectors = openVectors(db)
  const sightings = openSightings(db, horses)
  let fault: string | null = null
  return {
    horses,
    vectors,
    sightings: {
      ...sightings,
      save(updates) {
        try {
          const refused = sightings.save(updates)
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
    boxId: boxId(db),
    users: openUsers(db),
    passKey: passKey(db),
    atomically: (work) => db.transaction(work).immediate(),
    openLooks: (kind) => openLooks(db, vectors, kind, indexChoice, log),
    [Symbol.dispose]: () => db.close(),
  }
}

function boxId(db: Db): string {
  // The random end of a UUIDv7: its beginning is the time, alike on boxes set up together.
  return mintOnce(db, 'box_id', () => mintId<Brand<string, 'BoxId'>>().replaceAll('-', '').slice(-12))
}

function passKey(db: Db): Uint8Array {
  return Buffer.from(
    mintOnce(db, 'pass_key', () => randomBytes(32).toString('base64')),
    'base64',
  )
}

/** A setting that is made at the first start and stays. */
function mintOnce(db: Db, key: string, mint: () => string): string {
  const fresh = mint()
  db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING').run(key, fresh)
  const select = db.prepare<[string], { value: string }>('SELECT value FROM settings WHERE key = ?')
  return select.get(key)?.value ?? fresh
}

function openLooks(db: Db, vectors: Vectors, kind: ModelKind, indexChoice: IndexChoice, log: Log): Looks {
  const { vectors: stored, refused } = vectors.all(kind)
  if (refused > 0)
    log.warn({ refused, model: kind.id }, 'stored vectors that are not unit vectors were left out')
  const index = openVectorIndex(db, indexChoice, kind, stored, log)
  return {
    kind,
    stored,
    index,
    add(streamId, vector, instead) {
      const id = vectors.add(kind, vector, instead)
      if (instead !== undefined) index?.remove(instead)
      index?.add({ id, streamId, horseId: vector.horseId, vector: vector.vector, quality: vector.quality })
      return id
    },
  }
}
