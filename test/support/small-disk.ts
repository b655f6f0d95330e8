/**
 * A real, small file system that can be filled, for which the test must be allowed to mount one.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk extends Disposable {
  readonly folder: string
  /** Nothing fits any more. */
  fill(): void
  /** What filled it is gone. */
  clear(): void
}

/** Why there is none where there is none. */
export const noSmallDisk = 'must be allowed to mount a file system (root)'

/** Null where mounting is not allowed. `owner`: the user and group that may write there. */
export function mountSmallDisk(megabytes: number, owner = 0): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-disk-'))
  const options = `size=${megabytes}m,mode=700,uid=${owner},gid=${owner}`
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'barnbox-test', folder], { stdio: 'pipe' })
  } catch {
    rmSync(folder, { recursive: true })
    return null
  }
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill() {
      // Larger pieces first, then what is left.
      for (let size = 1 << 20; size >= 512; size >>= 1) {
        try {
          for (;;) appendFileSync(ballast, Buffer.alloc(size))
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        }
      }
    },
    clear: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]() {
      execFileSync('umount', ['--lazy', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
