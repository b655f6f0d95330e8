/**
 * Runs a program as a child and tells the facts of its end. The only place that spawns.
 *
 * Invariants:
 * - A child never outlives the daemon, SIGKILL included: a program that waits for a silent peer would never notice a
 *   broken pipe, so the kernel is asked (`setpriv --pdeathsig KILL`). The parent-death signal follows the *thread* that
 *   spawned: call this on the main thread only.
 * - The promise resolves after the child has ended and its pipes are closed; it never rejects.
 * - `stderrTail` is raw: it may hold secrets. Whoever logs it redacts it first.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { findExecutable } from './executable.ts'
import type { Log } from './log.ts'

export type ChildReason = 'stopped' | 'exited' | 'silent' | 'spawn-failed'

export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly reason: ChildReason
  readonly ranForMs: number
  /** The last 4 kB, not redacted. */
  readonly stderrTail: string
}

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly log: Log
  /** Called with each piece of stdout; while a returned promise is pending, the child is not read. */
  onStdout(bytes: Uint8Array): void | Promise<void>
  onStderr?(text: string): void
  /** How long SIGTERM may take before SIGKILL follows. */
  readonly graceMs?: number
  /** Ties the child's life to ours; found and proven once when absent, null for none. */
  readonly setpriv?: string | null
}

/** Abort a child's signal with this reason when it produces nothing: its end then says `silent`. */
export const SILENT = 'silent'

const GRACE_MS = 2_000
const STDERR_TAIL = 4_096
/** A grandchild may hold the pipes open after the child's exit; it is not waited for longer than this. */
const CLOSE_AFTER_EXIT_MS = 1_000

type Piped = ChildProcessByStdio<null, Readable, Readable>

/** Runs the program until it ends or the signal aborts. */
export async function runChild(options: ChildOptions, signal: AbortSignal): Promise<ChildEnd> {
  const setpriv = options.setpriv === undefined ? await findSetpriv(options.log) : options.setpriv
  if (signal.aborted) return { code: null, signal: null, reason: 'stopped', ranForMs: 0, stderrTail: '' }
  const [command, args] = setpriv
    ? [setpriv, ['--pdeathsig', 'KILL', '--', options.command, ...options.args]]
    : [options.command, [...options.args]]
  // The pages of 2 MB are the models': what decodes gains nothing by them.
  const { GLIBC_TUNABLES: _, ...env } = options.env ?? process.env
  const startedMs = performance.now()
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    // A process group of its own: Ctrl-C in a terminal reaches the daemon only, which then ends its children in order.
    detached: true,
  })
  let stderrTail = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL)
    options.onStderr?.(text)
  })
  const handedOver = readStdout(child, options.onStdout)
  const disarm = armLadder(child, signal, options.graceMs ?? GRACE_MS)
  const ended = await waitForEnd(child)
  disarm()
  // Once it is stopped nobody need be ready to read.
  if (!signal.aborted) await handedOver()
  // setpriv itself answers 126 or 127 where the program could not be started.
  const failed =
    ended.error ?? (setpriv && (ended.code === 126 || ended.code === 127) ? stderrTail.trim() : undefined)
  const reason = failed ? 'spawn-failed' : reasonOf(signal)
  const ranForMs = performance.now() - startedMs
  return { code: ended.code, signal: ended.signal, reason, ranForMs, stderrTail: failed ?? stderrTail }
}

function reasonOf(signal: AbortSignal): ChildReason {
  if (!signal.aborted) return 'exited'
  return signal.reason === SILENT ? 'silent' : 'stopped'
}

/** Hands the pieces over one at a time. Answers what to wait for until the last one is done with. */
function readStdout(child: Piped, onStdout: ChildOptions['onStdout']): () => Promise<void> {
  let turn: Promise<void> | undefined
  child.stdout.on('data', (bytes: Uint8Array) => {
    // Node reads on when the child exits, whoever has paused: what comes then waits for its turn.
    const pending = turn ? turn.then(() => onStdout(bytes)) : onStdout(bytes)
    if (pending === undefined) return
    child.stdout.pause()
    const done = () => {
      if (turn !== mine) return
      turn = undefined
      child.stdout.resume()
    }
    const mine = pending.then(done, done)
    turn = mine
  })
  return async () => {
    while (turn) await turn
  }
}

/** SIGTERM when the signal aborts, SIGKILL after the grace. Returns what takes the ladder away again. */
function armLadder(child: Piped, signal: AbortSignal, graceMs: number): () => void {
  let timer: NodeJS.Timeout | undefined
  const stop = () => {
    // A child blocked on writing to a full pipe does not see SIGTERM: from here on its output is thrown away.
    child.stdout.removeAllListeners('data')
    child.stdout.resume()
    child.kill('SIGTERM')
    timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return () => {
    signal.removeEventListener('abort', stop)
    clearTimeout(timer)
  }
}

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  error?: string
}

function waitForEnd(child: Piped): Promise<Ended> {
  return new Promise((resolve) => {
    const ended: Ended = { code: null, signal: null }
    let timer: NodeJS.Timeout | undefined
    child.once('error', (error) => {
      if (child.pid !== undefined) return
      resolve({ ...ended, error: error.message })
    })
    child.once('exit', (code, signal) => {
      ended.code = code
      ended.signal = signal
      timer = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, CLOSE_AFTER_EXIT_MS)
    })
    child.once('close', () => {
      clearTimeout(timer)
      resolve(ended)
    })
  })
}

/** Runs a short program and returns what it said on stdout. */
export async function captureOutput(
  command: string,
  args: readonly string[],
  options: { log: Log; timeoutMs: number; env?: NodeJS.ProcessEnv; mostBytes?: number },
  signal: AbortSignal,
): Promise<ChildEnd & { readonly stdout: string }> {
  const chunks: Uint8Array[] = []
  let room = options.mostBytes ?? 4_194_304
  const onStdout = (bytes: Uint8Array) => {
    if (room > 0) chunks.push(bytes.subarray(0, room))
    room -= bytes.length
  }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)])
  const { log, env } = options
  const end = await runChild({ command, args, log, onStdout, ...(env && { env }) }, limit)
  return { ...end, stdout: Buffer.concat(chunks).toString('utf8') }
}

let proven: Promise<string | null> | undefined

/** util-linux's setpriv where it knows `--pdeathsig` (busybox's does not), proven once by use. */
function findSetpriv(log: Log): Promise<string | null> {
  proven ??= proveSetpriv(log)
  return proven
}

async function proveSetpriv(log: Log): Promise<string | null> {
  const path = await findExecutable('setpriv', process.env['PATH'])
  if (path !== undefined) {
    const probe = {
      command: path,
      args: ['--pdeathsig', 'KILL', '--', process.execPath, '--version'],
      log,
      onStdout: () => {},
      setpriv: null,
    }
    const end = await runChild(probe, AbortSignal.timeout(10_000))
    if (end.reason === 'exited' && end.code === 0) return path
  }
  log.warn({}, 'setpriv of util-linux is missing: children may outlive a killed daemon')
  return null
}
