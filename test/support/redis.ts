/**
 * A real Redis on a free port, as an ordinary user, that keeps nothing: stopped and started again, it has forgotten everything.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { as, give } from './ordinary-user.ts'
import { freePort } from './ports.ts'

const program = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find((path) => existsSync(path))

/** Why there is no server to test with, or false. */
export const noRedis: string | false =
  program === undefined ? 'no Redis installed (apt-get install redis-server)' : false

export interface Redis extends AsyncDisposable {
  readonly port: number
  readonly url: string
  start(): Promise<void>
  /** As a power cut. */
  kill(): Promise<void>
  /** Asks as the administrator. */
  ask<T = unknown>(...command: string[]): Promise<T>
}

export async function createRedis(): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-redis-'))
  give(folder)
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  process.on('exit', () => child?.kill('SIGKILL'))
  const ask = async <T>(...command: string[]) => {
    const client = createClient({ url, socket: { reconnectStrategy: false } })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.sendCommand(command)) as T
    } finally {
      client.destroy()
    }
  }
  const kill = async () => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const over = once(running, 'exit')
    running.kill('SIGKILL')
    await over
  }
  const start = async () => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
    // Only what it keeps on the disk is left out: the tests want its own answers.
    const plain = ['--save', '', '--appendonly', 'no', '--daemonize', 'no']
    child = spawn(program ?? '', [...options, ...plain], { ...as, cwd: folder, stdio: 'ignore' })
    for (let tries = 0; ; tries++) {
      try {
        await ask('PING')
        return
      } catch (error) {
        if (tries > 200 || child.exitCode !== null) throw new Error(`Redis does not start: ${error}`)
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    }
  }
  await start()
  return {
    ...{ port, url, start, kill, ask },
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
