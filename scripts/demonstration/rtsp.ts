/**
 * A real RTSP camera as a child: `scripts/rtsp-camera.py` on a free port.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../rtsp-camera.py', import.meta.url))
/** Another python on PATH may lack GStreamer's bindings. */
export const PYTHON = '/usr/bin/python3'

export interface MountInfo {
  readonly mount: string
  readonly started_ms: number
  readonly frame_ms: number
  readonly frames: number
  readonly codec: string
  readonly width: number
  readonly height: number
}

export interface RtspCamera extends AsyncDisposable {
  readonly port: number
  readonly mounts: readonly MountInfo[]
  /** The events it printed so far. */
  readonly events: readonly { event: string; mount?: string; started_ms?: number }[]
  url(mount: string): string
  /** Gives a command (`freeze`, `resume`, ...) and waits until it is done. */
  command(line: string): Promise<void>
  /** Sends a signal and, for SIGKILL, waits for the end. */
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
}

export async function startRtspCamera(
  mounts: Readonly<Record<string, string>>,
  more: { port?: number; user?: string; password?: string; tls?: string; args?: string[] } = {},
): Promise<RtspCamera> {
  const args = [script, '--quit-on-eof', '--port', String(more.port ?? 0)]
  for (const [mount, file] of Object.entries(mounts)) args.push('--mount', `${mount}=${file}`)
  if (more.user !== undefined) args.push('--user', more.user, '--password', more.password ?? '')
  if (more.tls !== undefined) args.push('--tls', more.tls)
  // Its stdin is ours: when a test run is killed, the camera ends too.
  const child = spawn(PYTHON, [...args, ...(more.args ?? [])], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  child.stdin.on('error', () => {})
  const events: { event: string; command?: string }[] = []
  const lines = createInterface({ input: child.stdout })
  const first = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve)
    void ended.then(() => reject(new Error(`the RTSP camera did not start: ${complaints}`)))
  })
  lines.on('line', (line) => events.push(JSON.parse(line)))
  const ready = JSON.parse(first) as { port: number; mounts: MountInfo[] }
  const scheme = more.tls === undefined ? 'rtsp' : 'rtsps'
  return {
    ...ready,
    events,
    url: (mount) => `${scheme}://127.0.0.1:${ready.port}${mount}`,
    async command(line) {
      const before = events.length
      child.stdin.write(`${line}\n`)
      const isDone = () => events.slice(before).some((one) => one.command === line)
      while (!isDone()) {
        const line = new Promise((resolve) => lines.once('line', resolve))
        const gone = ended.then(() => Promise.reject(new Error(`the RTSP camera has ended: ${complaints}`)))
        await Promise.race([line, gone])
      }
    },
    async kill(signal) {
      child.kill(signal)
      if (signal === 'SIGKILL') await ended
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGCONT')
      child.kill('SIGKILL')
      await ended
    },
  }
}
