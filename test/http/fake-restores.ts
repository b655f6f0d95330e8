/**
 * Backups that come and go without a disk: what is offered and staged is as a test says.
 */
import { BarnboxError } from '../../daemon/lib/errors.ts'
import type { BackupDesk, OfferedBackup, RestoreDesk, StagedBackup } from '../../daemon/restore-types.ts'

export interface FakeRestores extends RestoreDesk {
  hasHorses: boolean
  isBusy: boolean
  staged: StagedBackup | null
  fault: string | null
  backups: OfferedBackup[]
  barred: string[]
  /** What came as a file, and who wanted it put in place. */
  came: Uint8Array | undefined
  readonly wanted: (string | null)[]
}

export const goodBackup: StagedBackup = {
  ...{ madeMs: Date.UTC(2026, 10, 28, 2), box: 'north-barn', version: '0.1.0' },
  ...{ horses: 24, sightings: 90_210, named: ['Thunder', 'Storm'], people: ['Anna'] },
  ...{ cameras: ['North aisle', 'Yard'], problems: [], isSecure: false },
}

export const goodOffer: OfferedBackup = {
  ...{ id: 'a1b2c3d4e5f60718', madeMs: Date.UTC(2026, 10, 28, 2), box: 'north-barn', horses: 24 },
  ...{ bytes: 310_000_000, folder: '/mnt/backup/barnbox/2026-11-28T020000Z' },
}

export function fakeRestores(): FakeRestores {
  const desk: FakeRestores = {
    ...{ hasHorses: false, isBusy: false, staged: null, fault: null, mostBytes: 30e9, came: undefined },
    ...{ backups: [], barred: [], wanted: [] },
    offered: async () => ({ backups: desk.backups, barred: desk.barred }),
    async takeOffered(id) {
      if (!desk.backups.some((one) => one.id === id))
        throw new BarnboxError('NOT_FOUND', 'This backup is not there any more.')
      desk.staged = goodBackup
    },
    async takeArchive(chunks) {
      const came: Uint8Array[] = []
      for await (const chunk of chunks) came.push(chunk)
      desk.came = Buffer.concat(came)
      desk.staged = goodBackup
    },
    discard() {
      desk.staged = null
    },
    confirm(by) {
      if (desk.staged === null) throw new BarnboxError('NOT_FOUND', 'No backup waits to be restored.')
      desk.wanted.push(by)
    },
  }
  return desk
}

export function fakeBackups(): BackupDesk {
  const bytes = Buffer.from('a backup')
  return {
    async make() {
      async function* chunks() {
        yield bytes
      }
      return { name: 'barnbox-box.tar', bytes: bytes.length, chunks: chunks(), close() {} }
    },
  }
}
