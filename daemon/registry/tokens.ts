/**
 * The table `tokens`: which programs may use the box, and as what. It holds hashes of tokens and never tells them on.
 */
import { BarnboxError } from '../lib/errors.ts'
import { mintId } from '../lib/ids.ts'
import type { ApiToken, Role, TokenId } from '../types.ts'
import { type Db, isRefusal } from './database.ts'

/** A program asks many times a second: its last use is told to within this. */
const NOTED_MS = 5 * 60_000

export interface NewToken {
  readonly name: string
  readonly role: Role
  /** SHA-256 of the token. */
  readonly hash: Uint8Array
}

export interface Tokens {
  /** By name. */
  all(): ApiToken[]
  get(id: TokenId): ApiToken | undefined
  /** Whose token has this hash; notes that it was used. */
  use(hash: Uint8Array, nowMs: number): ApiToken | undefined
  /** Throws `NAME_TAKEN`. */
  add(token: NewToken, nowMs: number): ApiToken
  /** True when it was there. */
  remove(id: TokenId): boolean
}

interface Row {
  id: string
  name: string
  role: string
  created_ms: number
  last_used_ms: number | null
}

const fromRow = (row: Row): ApiToken => ({
  id: row.id as TokenId,
  name: row.name,
  role: row.role as Role,
  createdMs: row.created_ms,
  lastUsedMs: row.last_used_ms,
})

const columns = 'id, name, role, created_ms, last_used_ms'

function prepareAll(db: Db) {
  return {
    all: db.prepare<[], Row>(`SELECT ${columns} FROM tokens ORDER BY name`),
    get: db.prepare<[string], Row>(`SELECT ${columns} FROM tokens WHERE id = ?`),
    byHash: db.prepare<[Uint8Array], Row>(`SELECT ${columns} FROM tokens WHERE hash = ?`),
    named: db.prepare<[string], Row>(`SELECT ${columns} FROM tokens WHERE name = ?`),
    insert: db.prepare('INSERT INTO tokens (id, name, role, hash, created_ms) VALUES (?, ?, ?, ?, ?)'),
    touch: db.prepare('UPDATE tokens SET last_used_ms = ? WHERE id = ?'),
    drop: db.prepare('DELETE FROM tokens WHERE id = ?'),
  }
}

export function openTokens(db: Db): Tokens {
  const sql = prepareAll(db)
  const get = (id: TokenId) => {
    const row = sql.get.get(id)
    return row && fromRow(row)
  }
  const touch = (row: Row, nowMs: number) => {
    if (row.last_used_ms !== null && Math.abs(nowMs - row.last_used_ms) < NOTED_MS) return
    try {
      sql.touch.run(nowMs, row.id)
    } catch {
      // A full disk must not lock programs out: the same fault is told where horses are stored.
    }
  }
  return {
    all: () => sql.all.all().map(fromRow),
    get,
    use(hash, nowMs) {
      const row = sql.byHash.get(hash)
      if (row) touch(row, nowMs)
      return row && get(row.id as TokenId)
    },
    add({ name, role, hash }, nowMs) {
      const id = mintId<TokenId>()
      try {
        sql.insert.run(id, name, role, hash, nowMs)
      } catch (cause) {
        if (!isRefusal(cause) || sql.named.get(name) === undefined) throw cause
        throw new BarnboxError('NAME_TAKEN', `There is already a token ${name}.`, { cause })
      }
      const token = get(id)
      if (!token) throw new BarnboxError('INTERNAL', 'a token was added and is not there')
      return token
    },
    remove: (id) => sql.drop.run(id).changes === 1,
  }
}
