/**
 * The table `push_devices`: which browsers are told of alerts by a push service. A device goes with its user, and with a change of
 * the user's role or password: that ends the sessions of whoever holds it (a trigger sees to it).
 */
import { BarnboxError } from '../lib/errors.ts'
import { mintId } from '../lib/ids.ts'
import type { PushDevice, PushDeviceId, Severity } from '../presence-types.ts'
import type { UserId } from '../types.ts'
import type { Db } from './database.ts'

export type NewPushDevice = Omit<PushDevice, 'id' | 'createdMs'>

export interface PushDevices {
  /** The oldest first. */
  all(): PushDevice[]
  ofUser(id: UserId): PushDevice[]
  get(id: PushDeviceId): PushDevice | undefined
  /**
   * Stores a browser: as the one that it was, where its address is known or it says by `known` which of the user's it is. Throws
   * `PUSH_LIMIT` where the user would have more than `most`.
   */
  put(device: NewPushDevice, limits: { known: PushDeviceId | null; most: number }, nowMs: number): PushDevice
  /** True when it was there. */
  remove(id: PushDeviceId): boolean
  /** No message to them would be taken any more. */
  clear(): void
}

interface Row {
  id: string
  user_id: string
  name: string
  endpoint: string
  p256dh: Uint8Array
  auth: Uint8Array
  language: string
  least: string
  created_ms: number
}

const fromRow = (row: Row): PushDevice => ({
  id: row.id as PushDeviceId,
  userId: row.user_id as UserId,
  name: row.name,
  endpoint: row.endpoint,
  p256dh: row.p256dh,
  auth: row.auth,
  language: row.language,
  least: row.least as Severity,
  createdMs: row.created_ms,
})

export function openPushDevices(db: Db): PushDevices {
  const all = db.prepare<[], Row>('SELECT * FROM push_devices ORDER BY id')
  const ofUser = db.prepare<[string], Row>('SELECT * FROM push_devices WHERE user_id = ? ORDER BY id')
  const select = db.prepare<[string], Row>('SELECT * FROM push_devices WHERE id = ?')
  const byEndpoint = db.prepare<[string], Row>('SELECT * FROM push_devices WHERE endpoint = ?')
  const upsert = db.prepare(
    `INSERT INTO push_devices (id, user_id, name, endpoint, p256dh, auth, language, least, created_ms)
     VALUES (@id, @userId, @name, @endpoint, @p256dh, @auth, @language, @least, @nowMs)
     ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, name = excluded.name, endpoint = excluded.endpoint,
       p256dh = excluded.p256dh, auth = excluded.auth, language = excluded.language, least = excluded.least`,
  )
  const drop = db.prepare('DELETE FROM push_devices WHERE id = ?')
  const dropAll = db.prepare('DELETE FROM push_devices')
  const get = (id: PushDeviceId) => {
    const row = select.get(id)
    return row && fromRow(row)
  }
  const put = db.transaction((device: NewPushDevice, { known, most }: Limits, nowMs: number): PushDevice => {
    const own = known === null ? undefined : get(known)
    const same = byEndpoint.get(device.endpoint)
    const before =
      same?.user_id === device.userId ? fromRow(same) : own?.userId === device.userId ? own : undefined
    // Somebody else uses this browser now: whoever had it is not told here any more.
    if (same && same.id !== before?.id) drop.run(same.id)
    if (!before && ofUser.all(device.userId).length >= most)
      throw new BarnboxError('PUSH_LIMIT', `A user may have ${most} devices: remove one first.`)
    if (before && isSame(before, device)) return before
    const id = before?.id ?? mintId<PushDeviceId>()
    upsert.run({ ...device, id, nowMs })
    return get(id) ?? { ...device, id, createdMs: nowMs }
  })
  return {
    all: () => all.all().map(fromRow),
    ofUser: (id) => ofUser.all(id).map(fromRow),
    get,
    put: (device, limits, nowMs) => put.immediate(device, limits, nowMs),
    remove: (id) => drop.run(id).changes === 1,
    clear: () => void dropAll.run(),
  }
}

type Limits = Parameters<PushDevices['put']>[1]

/** A browser says where it is with every page: that is no write. */
const isSame = (before: PushDevice, { p256dh, auth, ...said }: NewPushDevice) =>
  Object.entries(said).every(([field, value]) => before[field as keyof typeof said] === value) &&
  Buffer.compare(before.p256dh, p256dh) === 0 &&
  Buffer.compare(before.auth, auth) === 0
