/**
 * What the tests of cameras share: a camera that keeps what it said, and a look at the machine's processes.
 */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { type Camera, type CameraDeps, startCamera } from '../../daemon/cameras/camera.ts'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import type { GstElements } from '../../daemon/cameras/gst-pipeline.ts'
import type { CameraConfig } from '../../daemon/config/schema.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { createLog } from '../../daemon/lib/log.ts'
import type { CameraView, Frame } from '../../daemon/types.ts'

export interface Watched extends AsyncDisposable {
  readonly camera: Camera
  /** Every change it told. */
  readonly changes: CameraView[]
  /** Every line of its log, debug included. */
  readonly lines: string[]
  /** Frames taken and given back, without their pixels' content. */
  readonly frames: Frame[]
  /** The luma in the middle of each frame, as it was when it came. */
  readonly shown: { luma: number; utcMs: number }[]
  /** Waits for the condition; answers how long it took in ms. */
  until(what: string, condition: () => boolean, withinMs: number): Promise<number>
}

export function cameraConfig(url: string, more: Partial<CameraConfig> = {}): CameraConfig {
  const often = { fps: 5, silence_seconds: 10, quiet_seconds: 3 }
  const usual = { transport: 'tcp', longest_side: 1280, enabled: true, ...often } as const
  const decoding = { decode: 'software', codec: 'h264' } as const
  return { id: 'cam', url, overlaps: [], ...usual, ...decoding, ...more }
}

/** What differs from the daemon's own: another ffmpeg, other elements, other waits. */
export type OtherDeps = Partial<Pick<CameraDeps, 'ffmpeg' | 'gstElements' | 'random'>>

/** The pipeline of a Jetson with the processor's elements in place of NVIDIA's; `rate` is what the decoder says of it. */
export function softwareElements(codec: 'h264' | 'h265' = 'h264', rate?: string): GstElements {
  // From the first keyframe on, and without the frames that several threads would hold back.
  const decoder = [`avdec_${codec}`, 'max-threads=1', 'output-corrupt=false']
  if (rate) decoder.push('!', 'capssetter', `caps=video/x-raw,framerate=${rate}`)
  return { decoder, convert: ['videoscale', '!', 'videoconvert'] }
}

export async function watchCamera(
  config: CameraConfig,
  password?: string,
  other: OtherDeps = {},
): Promise<Watched> {
  const ffmpeg = other.ffmpeg ?? (await findFfmpeg({}, AbortSignal.timeout(20_000)))
  const changes: CameraView[] = []
  const lines: string[] = []
  const frames: Frame[] = []
  const shown: Watched['shown'] = []
  const camera = startCamera(
    config,
    {
      ...other,
      ffmpeg,
      password,
      clock: systemClock,
      log: createLog('debug', { write: (line: string) => void lines.push(line) }),
      onFrame() {
        const frame = camera.take()
        if (!frame) return
        frames.push(frame)
        const middle = (frame.height / 2) * frame.width + frame.width / 2
        shown.push({ luma: frame.pixels[middle] ?? 0, utcMs: frame.utcMs })
        camera.release(frame, 'analysed')
      },
      onChange: (view) => void changes.push(view),
    },
    new AbortController().signal,
  )
  return {
    ...{ camera, changes, lines, frames, shown },
    async until(what, condition, withinMs) {
      const startedMs = performance.now()
      while (!condition()) {
        if (performance.now() - startedMs > withinMs) {
          throw new Error(
            `not ${what} within ${withinMs} ms: ${JSON.stringify(camera.view)}\n${lines.join('')}`,
          )
        }
        await wait(20)
      }
      return performance.now() - startedMs
    },
    [Symbol.asyncDispose]: () => camera[Symbol.asyncDispose](),
  }
}

/** The living children of a process (zombies do not count). */
export async function childrenOf(parent: number): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readStat(Number(name))
    if (stat && stat.parent === parent && stat.state !== 'Z') found.push(Number(name))
  }
  return found
}

export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readStat(pid)
  return stat !== undefined && stat.state !== 'Z'
}

/** Waits until none of the processes lives; answers those that still do after the time. */
export async function survivors(pids: readonly number[], withinMs: number): Promise<number[]> {
  const startedMs = performance.now()
  for (;;) {
    const alive: number[] = []
    for (const pid of pids) if (await isAlive(pid)) alive.push(pid)
    if (alive.length === 0 || performance.now() - startedMs > withinMs) return alive
    await wait(20)
  }
}

async function readStat(pid: number): Promise<{ state: string; parent: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The program's name stands in brackets and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields && { state: fields[0] ?? '', parent: Number(fields[1]) }
}
