/**
 * The table `embedders`: what made the vectors, with everything that tells one maker from another. And which of them
 * horses are known by.
 */
import type { EmbedderKind } from '../types.ts'
import type { Db } from './database.ts'
import type { Settings } from './settings.ts'

export interface Embedders {
  /** Notes an embedder, or what is known of it now; a vector needs its maker's row. */
  note(kind: EmbedderKind): void
  get(id: string): EmbedderKind | undefined
  /** The one that horses are known by; undefined before the first. */
  inUse(): EmbedderKind | undefined
  /** From now on horses are known by this one, which was noted. */
  use(id: string): void
}

interface Row {
  id: string
  name: string
  dim: number
  preprocess: string | null
  licence: string | null
}

const setting = 'embedder'

export function openEmbedders(db: Db, settings: Settings): Embedders {
  const select = db.prepare<[string], Row>('SELECT * FROM embedders WHERE id = ?')
  // Nothing is written where nothing has changed: a full disk must not keep the daemon from starting.
  const upsert = db.prepare(
    `INSERT INTO embedders (id, name, dim, preprocess, licence) VALUES (@id, @name, @dim, @preprocess, @licence)
     ON CONFLICT (id) DO UPDATE SET name = @name, dim = @dim, preprocess = @preprocess, licence = @licence
     WHERE (name, dim, preprocess, licence) IS NOT (@name, @dim, @preprocess, @licence)`,
  )
  const get = (id: string): EmbedderKind | undefined => {
    const row = select.get(id)
    return row && { ...row, preprocess: row.preprocess === null ? null : JSON.parse(row.preprocess) }
  }
  return {
    get,
    note({ id, name, dim, preprocess, licence }) {
      const json = preprocess === null ? null : JSON.stringify(preprocess)
      upsert.run({ id, name, dim, preprocess: json, licence })
    },
    inUse() {
      const id = settings.get(setting)
      return id === undefined ? undefined : get(id)
    },
    use(id) {
      if (settings.get(setting) !== id) settings.set(setting, id)
    },
  }
}
