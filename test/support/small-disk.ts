/**
 * A small disk that can be filled to the last byte: a file system of its own, for which the test must be allowed to mount one.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import type { Test } from 'tap'

/** Makes a folder one, until the test ends; answers why there is none here, or false. */
export function noSmallDisk(t: Pick<Test, 'teardown'>, folder: string, megabytes: number): string | false {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'barnbox-test', folder], {
      stdio: 'pipe',
    })
    t.teardown(() => execFileSync('umount', ['--lazy', folder]))
    return false
  } catch {
    return 'must be allowed to mount a file system (root)'
  }
}

/** Lets a file take all that is left: larger pieces first, then what is left. */
export function fill(file: string): void {
  for (let size = 1 << 20; size >= 512; size >>= 1) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}
