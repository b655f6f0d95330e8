/**
 * A barnbox daemon as a child, with a state folder of its own, and what it says over its API.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { mainFile, nodeEnvironment, nodeFlags } from '../testing/program.ts'

/** One line of the daemon's log. */
export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface Box extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  readonly log: readonly LogLine[]
  /** JSON of a path of the API. Throws when the answer is not 2xx. */
  get<T>(path: string): Promise<T>
  /** Sends a signal and waits for the end; answers the exit code. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

export interface BoxWish {
  readonly config: object
  /** Kept over restarts. */
  readonly stateDir: string
  readonly onLog?: (line: LogLine) => void
}

const startMs = 30_000
const stopMs = 20_000

/** A fresh state folder that goes with its user. */
export function newStateDir(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'barnbox-state-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Starts the daemon and waits until it serves. Throws with its last words when it does not. */
export async function startBox({ config, stateDir, onLog }: BoxWish): Promise<Box> {
  const file = join(stateDir, 'barnbox.yaml')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config))
  // Without NODE_OPTIONS: a test runner's module loader is not for the daemon.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, ...nodeFlags, mainFile, 'run', '--config', file]
  const child = spawn('env', command, {
    env: { ...process.env, ...nodeEnvironment, BARNBOX_STATE_DIR: stateDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const log: LogLine[] = []
  const port = await Promise.race([
    servedPort(child, log, onLog),
    ended.then(() => undefined),
    wait(startMs, undefined, { ref: false }),
  ])
  if (port === undefined) {
    child.kill('SIGKILL')
    throw new Error(`barnbox did not start: ${lastWords(child, log)}`)
  }
  const url = `http://127.0.0.1:${port}`
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), stopMs)
    const code = await ended
    clearTimeout(late)
    return code
  }
  return {
    url,
    pid: child.pid ?? 0,
    log,
    async get<T>(path: string) {
      const answer = await fetch(`${url}${path}`)
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
      return (await answer.json()) as T
    },
    end,
    [Symbol.asyncDispose]: async () => void (await end('SIGTERM')),
  }
}

const errors = new WeakMap<ChildProcess, string>()

function servedPort(child: ChildProcess, log: LogLine[], onLog?: (line: LogLine) => void): Promise<number> {
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors.set(child, `${errors.get(child) ?? ''}${text}`.slice(-2000))
  })
  return new Promise((resolve) => {
    if (!child.stdout) return
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parse(text)
      log.push(line)
      onLog?.(line)
      if (line.msg === 'barnbox runs') resolve(Number(line['port']))
    })
  })
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { level: 'error', msg: text }
  }
}

function lastWords(child: ChildProcess, log: readonly LogLine[]): string {
  const said = log.slice(-5).map((line) => JSON.stringify(line))
  return [errors.get(child) ?? '', ...said].join('\n')
}
