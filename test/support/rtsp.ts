/**
 * The RTSP camera of `scripts/demonstration/rtsp.ts` for tests, with clips made by ffmpeg's test sources.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, rename, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PYTHON } from '../../scripts/demonstration/rtsp.ts'

export { type MountInfo, type RtspCamera, startRtspCamera } from '../../scripts/demonstration/rtsp.ts'

const run = promisify(execFile)

/** Why no RTSP camera can run here, or false: for tap's `skip`. */
export async function noRtsp(): Promise<string | false> {
  const wanted =
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
  return run(PYTHON, ['-c', wanted]).then(
    () => false as const,
    () => 'needs python3-gi, gir1.2-gst-rtsp-server-1.0 and GStreamer plugins',
  )
}

/** Why GStreamer's pipelines cannot run here with software in place of a Jetson's elements, or false: for tap's `skip`. */
export async function noGst(): Promise<string | false> {
  const elements = ['avdec_h264', 'avdec_h265', 'capssetter', 'rtspsrc', 'h264parse']
  const looks = elements.map((name) => run('gst-inspect-1.0', ['--exists', name]))
  return Promise.all(looks).then(
    () => false as const,
    () => 'needs gstreamer1.0-tools and gstreamer1.0-libav',
  )
}

export interface ClipWish {
  readonly codec?: 'h264' | 'h265'
  readonly width?: number
  readonly height?: number
  readonly seconds?: number
  readonly fps?: number
  /** Bits a second, in thousands; whatever it takes when absent. */
  readonly kbps?: number
  /** Instead of a test picture: frame n is plain grey of luma 20 + 2n (100 frames at most). */
  readonly counting?: boolean
  /** Instead of a test picture: one that never moves and is different at every place. */
  readonly still?: boolean
}

/** A moving test picture as a camera would send it; made once and kept for later runs. */
export async function makeClip(wish: ClipWish = {}): Promise<string> {
  const { codec = 'h264', width = 320, height = 180, seconds = 4, fps = 25 } = wish
  const kinds = (['counting', 'still'] as const).filter((kind) => wish[kind])
  const folder = join(tmpdir(), 'barnbox-test-clips')
  const rate =
    wish.kbps === undefined
      ? []
      : ['-b:v', `${wish.kbps}k`, '-maxrate', `${wish.kbps}k`, '-bufsize', `${wish.kbps}k`]
  const name = [codec, `${width}x${height}`, `${seconds}s`, fps, ...kinds, ...rate.slice(1, 2)].join('-')
  const file = join(folder, `${name}.mp4`)
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
  const drawn = wish.counting
    ? "lum='20+2*N':cb=128:cr=128"
    : "lum='20+100*X/W+100*Y/H':cb='80+90*Y/H':cr='80+90*X/W'"
  const source =
    wish.counting || wish.still ? `color=${size},format=yuv420p,geq=${drawn}` : `testsrc2=${size}`
  const args = [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    source,
    ...encoder,
    ...rate,
    '-pix_fmt',
    'yuv420p',
    half,
  ]
  await run('ffmpeg', args)
  await rename(half, file)
  return file
}
