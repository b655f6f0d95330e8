/**
 * Whose files are. Root runs commands for a daemon that is not root: what comes to lie in the daemon's folder must be the daemon's, or it
 * can neither change nor remove it.
 */
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  openSync,
  readdirSync,
  type Stats,
  statSync,
} from 'node:fs'

const isRoot = () => process.getuid?.() === 0

/** A file that root has made is the folder's owner's. */
export function giveTo(folder: string, file: string): void {
  if (!isRoot()) return
  const { uid, gid } = statSync(folder)
  lchownSync(file, uid, gid)
}

/** So is a folder, and all below it, as far as root has made it; what goes meanwhile is passed over. */
export function giveAll(folder: string, below = folder, except: readonly string[] = []): void {
  if (!isRoot()) return
  const owner = attempt(() => statSync(folder))
  if (owner === undefined || owner.uid === 0) return
  within(below, 0, (fd) => {
    if (fstatSync(fd).uid === 0) fchownSync(fd, owner.uid, owner.gid)
    handOver(fd, owner, except)
  })
}

type Owner = Pick<Stats, 'uid' | 'gid'>

/**
 * By way of the open folder: its owner may put a link in the place of any path, and root must not follow one out. For the same reason a file
 * of two names stays whose it is, and another disk is not entered.
 */
function handOver(folder: number, owner: Owner, except: readonly string[] = []): void {
  const { dev } = fstatSync(folder)
  const at = `/proc/self/fd/${folder}`
  for (const name of readdirSync(at)) {
    if (except.includes(name)) continue
    const path = `${at}/${name}`
    const found = attempt(() => lstatSync(path))
    if (found === undefined || found.dev !== dev) continue
    const isFolder = found.isDirectory()
    if (found.uid === 0 && (isFolder || found.nlink === 1))
      attempt(() => lchownSync(path, owner.uid, owner.gid))
    if (isFolder) within(path, constants.O_NOFOLLOW, (fd) => handOver(fd, owner))
  }
}

function within(folder: string, flags: number, work: (fd: number) => void): void {
  const fd = attempt(() => openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | flags))
  if (fd === undefined) return
  try {
    attempt(() => work(fd))
  } finally {
    closeSync(fd)
  }
}

/** Undefined where the file system refuses. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
