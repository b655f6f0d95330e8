/**
 * What is said between the box and its pages of backups that come and go. Types only.
 */

/** A backup on a disk of this machine, by what it says of itself. */
export interface OfferedBackup {
  readonly id: string
  /** UTC ms. */
  readonly madeMs: number
  /** The box that it is of; null where the backup is too old to say so. */
  readonly box: string | null
  readonly horses: number
  readonly bytes: number
  readonly folder: string
}

/** A backup that was read through and waits for somebody to want it. */
export interface StagedBackup {
  readonly madeMs: number
  readonly box: string | null
  readonly version: string
  readonly horses: number
  readonly sightings: number
  /** Names of horses, those seen last first; not all of many. */
  readonly named: readonly string[]
  readonly people: readonly string[]
  readonly cameras: readonly string[]
  /** Why its config cannot be used on this box; then horses, people and the cameras of the page come without it. */
  readonly problems: readonly string[]
  /** Whether the page will be served encrypted. */
  readonly isSecure: boolean
}

/** Where a backup takes the place of a box that knows no horses yet. Whatever is refused is thrown as `BACKUP_REFUSED`. */
export interface RestoreDesk {
  /** Whether this box knows horses, which is for the command line. */
  readonly hasHorses: boolean
  readonly isBusy: boolean
  readonly staged: StagedBackup | null
  /** Why the last one was not taken, or could not be put in place; null where nothing is amiss. */
  readonly fault: string | null
  /** How large a file may be. */
  readonly mostBytes: number
  offered(): Promise<{ readonly backups: readonly OfferedBackup[]; readonly barred: readonly string[] }>
  takeOffered(id: string): Promise<void>
  /** The bytes of an archive as they come. */
  takeArchive(chunks: AsyncIterable<Uint8Array>): Promise<void>
  discard(): void
  /** From now on there is no way back on the page: the box puts it in place and starts anew. */
  confirm(by: string | null): void
}

/** A backup of this box as one file. */
export interface DownloadedBackup {
  readonly name: string
  readonly bytes: number
  readonly chunks: AsyncIterable<Uint8Array>
  /** To be called once it was read, or nobody reads it any more. */
  close(): void
}

export interface BackupDesk {
  /** Makes one now, one at a time. Throws `BACKUP_FAILED`. */
  make(by: string | null): Promise<DownloadedBackup>
}
