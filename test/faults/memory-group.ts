/**
 * A group of processes that get no more memory: whoever needs some is ended by the kernel, as on a machine that has none left. For that the
 * test must be root, where control groups (of either version) can be made.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface MemoryGroup extends Disposable {
  /** What the process has it keeps, and so do its children; more it does not get. */
  starve(pid: number): void
  /** How many of the group the kernel has ended. */
  readonly ended: number
}

const versions = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', counts: 'memory.oom_control' },
  { root: '/sys/fs/cgroup', limit: 'memory.max', counts: 'memory.events' },
]

/** The group, or why there can be none here. */
export function openMemoryGroup(): MemoryGroup | string {
  for (const { root, limit, counts } of versions) {
    const group = join(root, `barnbox-test-${randomUUID()}`)
    try {
      mkdirSync(group)
    } catch {
      continue
    }
    const close = () => rmdirSync(group)
    try {
      writeFileSync(join(group, limit), '0')
    } catch {
      close()
      continue
    }
    return {
      starve: (pid) => writeFileSync(join(group, 'cgroup.procs'), String(pid)),
      get ended() {
        return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(group, counts), 'utf8'))?.[1])
      },
      [Symbol.dispose]: close,
    }
  }
  return 'must be allowed to limit the memory of processes (root, control groups)'
}
