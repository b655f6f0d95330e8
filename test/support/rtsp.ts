/**
 * A real RTSP camera for tests: `scripts/rtsp-camera.py` on a free port, with clips made by ffmpeg's test sources.
 */
import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, rename, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../../scripts/rtsp-camera.py', import.meta.url))
/** Another python on PATH may lack GStreamer's bindings. */
const PYTHON = '/usr/bin/python3'

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

/** Why no RTSP camera can run here, or false: for tap's `skip`. */
export async function noRtsp(): Promise<string | false> {
  const wanted =
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
  return run(PYTHON, ['-c', wanted]).then(
    () => false as const,
    () => 'needs python3-gi, gir1.2-gst-rtsp-server-1.0 and GStreamer plugins',
  )
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
      while (!isDone()) await new Promise((resolve) => lines.once('line', resolve))
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

export interface ClipWish {
  readonly codec?: 'h264' | 'h265'
  readonly width?: number
  readonly height?: number
  readonly seconds?: number
  readonly fps?: number
  /** Instead of a test picture: frame n is plain grey of luma 20 + 2n (100 frames at most). */
  readonly counting?: boolean
}

/** A moving test picture as a camera would send it; made once and kept for later runs. */
export async function makeClip(wish: ClipWish = {}): Promise<string> {
  const { codec = 'h264', width = 320, height = 180, seconds = 4, fps = 25, counting = false } = wish
  const folder = join(tmpdir(), 'barnbox-test-clips')
  const file = join(
    folder,
    `${codec}-${width}x${height}-${seconds}s-${fps}${counting ? '-counting' : ''}.mp4`,
  )
  if (await stat(file).catch(() => undefined)) return file
  await mkdir(folder, { recursive: true })
  const half = join(folder, `${randomUUID()}.mp4`)
  const encoder =
    codec === 'h264'
      ? ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', String(fps), '-bf', '0']
      : [
          ...['-c:v', 'libx265', '-preset', 'ultrafast', '-tag:v', 'hvc1'],
          ...['-x265-params', `log-level=none:keyint=${fps}:bframes=0`],
        ]
  const size = `size=${width}x${height}:rate=${fps}:duration=${seconds}`
  const source = counting ? `color=${size},format=yuv420p,geq=lum='20+2*N':cb=128:cr=128` : `testsrc2=${size}`
  const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...encoder, '-pix_fmt', 'yuv420p', half]
  await run('ffmpeg', args)
  await rename(half, file)
  return file
}
