/**
 * A small file system of its own, for which the test must be allowed to mount one: it can be filled, and can fail as a disk does.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk extends Disposable {
  readonly path: string
  /** To the last byte. */
  fill(): void
  empty(): void
  /** The file system gives up writing, as ext4 does after an error of the disk: whoever has files open may only read. */
  fail(): void
  /** As after a restart of the machine. Nobody may have files open. */
  mountAgain(): void
}

const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'pipe' })

/** The disk, or why there can be none here. */
export function openSmallDisk(megabytes: number): SmallDisk | string {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-disk-'))
  const [image, path] = [join(folder, 'image'), join(folder, 'disk')]
  const filler = join(path, 'filler')
  mkdirSync(path)
  writeFileSync(image, '')
  truncateSync(image, megabytes * 2 ** 20)
  try {
    run('mkfs.ext4', '-q', '-m', '0', image)
    run('mount', '-o', 'loop', image, path)
  } catch {
    rmSync(folder, { recursive: true, force: true })
    return 'must be allowed to mount a file system (root, a loop device)'
  }
  return {
    path,
    fill() {
      for (let size = 1 << 20; size >= 512; size >>= 1) {
        try {
          for (;;) appendFileSync(filler, Buffer.alloc(size))
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        }
      }
    },
    empty: () => rmSync(filler, { force: true }),
    fail: () => void run('mount', '-o', 'remount,abort', path),
    mountAgain() {
      run('umount', path)
      run('mount', '-o', 'loop', image, path)
    },
    [Symbol.dispose]() {
      run('umount', '--lazy', path)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
