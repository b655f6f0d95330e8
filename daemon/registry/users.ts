/**
 * The table `users`: who may use the box, and as what. It holds hashes of passwords and never tells them on.
 */
import { BarnboxError } from '../lib/errors.ts'
import { mintId } from '../lib/ids.ts'
import type { Role, User, UserId } from '../types.ts'
import { type Db, isRefusal } from './database.ts'

export interface NewUser {
  readonly name: string
  readonly role: Role
  readonly passwordHash: string
}

export interface UserChange {
  readonly role?: Role | undefined
  readonly passwordHash?: string | undefined
}

export interface Users {
  /** By name. */
  all(): User[]
  get(id: UserId): User | undefined
  /** With the hash to hold a password against. */
  findByName(name: string): { readonly user: User; readonly passwordHash: string } | undefined
  /** Throws `NAME_TAKEN`, and `LAST_ADMIN` where there is no admin yet and this is none. */
  add(user: NewUser, nowMs: number): User
  /** Throws `NOT_FOUND`, and `LAST_ADMIN` where nobody would be left to run the box. */
  change(id: UserId, change: UserChange): User
  /** True when the user was there. Throws `LAST_ADMIN` where other users would be left without an admin. */
  remove(id: UserId): boolean
}

interface Row {
  id: string
  name: string
  role: string
  password_hash: string
  created_ms: number
  version: number
}

const fromRow = (row: Row): User => ({
  id: row.id as UserId,
  name: row.name,
  role: row.role as Role,
  createdMs: row.created_ms,
  version: row.version,
})

function prepareAll(db: Db) {
  return {
    all: db.prepare<[], Row>('SELECT * FROM users ORDER BY name'),
    get: db.prepare<[string], Row>('SELECT * FROM users WHERE id = ?'),
    byName: db.prepare<[string], Row>('SELECT * FROM users WHERE name = ?'),
    insert: db.prepare(
      'INSERT INTO users (id, name, role, password_hash, created_ms) VALUES (?, ?, ?, ?, ?)',
    ),
    update: db.prepare('UPDATE users SET role = ?, password_hash = ?, version = version + 1 WHERE id = ?'),
    drop: db.prepare('DELETE FROM users WHERE id = ?'),
    otherAdmins: db.prepare<[string], { count: number }>(
      "SELECT count(*) AS count FROM users WHERE role = 'admin' AND id <> ?",
    ),
    others: db.prepare<[string], { count: number }>('SELECT count(*) AS count FROM users WHERE id <> ?'),
  }
}

export function openUsers(db: Db): Users {
  const sql = prepareAll(db)
  const lacksAdminWithout = (id: UserId) => (sql.otherAdmins.get(id)?.count ?? 0) === 0
  const get = (id: UserId) => {
    const row = sql.get.get(id)
    return row && fromRow(row)
  }
  const change = db.transaction((id: UserId, { role, passwordHash }: UserChange): User => {
    const row = sql.get.get(id)
    if (!row) throw new BarnboxError('NOT_FOUND', 'There is no such user.')
    const demoted = row.role === 'admin' && role !== undefined && role !== 'admin'
    if (demoted && lacksAdminWithout(id)) throw lastAdmin(row.name)
    sql.update.run(role ?? row.role, passwordHash ?? row.password_hash, id)
    return fromRow(sql.get.get(id) ?? row)
  })
  const remove = db.transaction((id: UserId): boolean => {
    const row = sql.get.get(id)
    if (!row) return false
    const others = sql.others.get(id)?.count ?? 0
    if (row.role === 'admin' && others > 0 && lacksAdminWithout(id)) throw lastAdmin(row.name)
    return sql.drop.run(id).changes === 1
  })
  return {
    all: () => sql.all.all().map(fromRow),
    get,
    findByName(name) {
      const row = sql.byName.get(name)
      return row && { user: fromRow(row), passwordHash: row.password_hash }
    },
    add({ name, role, passwordHash }, nowMs) {
      const id = mintId<UserId>()
      if (role !== 'admin' && lacksAdminWithout(id)) {
        throw new BarnboxError('LAST_ADMIN', 'The first user must be an admin.')
      }
      try {
        sql.insert.run(id, name, role, passwordHash, nowMs)
      } catch (cause) {
        if (!isRefusal(cause) || sql.byName.get(name) === undefined) throw cause
        throw new BarnboxError('NAME_TAKEN', `There is already a user ${name}.`, { cause })
      }
      const user = get(id)
      if (!user) throw new BarnboxError('INTERNAL', 'a user was added and is not there')
      return user
    },
    change: (id, what) => change.immediate(id, what),
    remove: (id) => remove.immediate(id),
  }
}

function lastAdmin(name: string): BarnboxError {
  return new BarnboxError('LAST_ADMIN', `${name} is the last admin: make somebody else one first.`)
}
