/**
 * Makes the footage with ffmpeg: the panned photos, or any video as something a camera could send.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { captureOutput } from '../../daemon/lib/child.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import {
  FPS,
  GOP,
  HEIGHT,
  type PhotoName,
  SEGMENTS,
  type Segment,
  sheetOf,
  WIDTH,
  windowExpression,
} from './plan.ts'

/** H.264 as cameras send it: closed groups, no B-frames, no scene-cut keyframes. One thread: the same bytes each time. */
const CAMERA_H264 = [
  ...['-an', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-pix_fmt', 'yuv420p'],
  ...['-g', String(GOP), '-keyint_min', String(GOP), '-sc_threshold', '0', '-bf', '0', '-flags', '+cgop'],
  ...['-threads', '1', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact+cgop'],
  ...['-movflags', '+faststart'],
]

/** Renders the pan over the photos (files by name) into an MP4. */
export async function renderPan(
  photos: Readonly<Record<PhotoName, string>>,
  out: string,
  ffmpeg: string,
  signal: AbortSignal,
): Promise<void> {
  const inputs = SEGMENTS.flatMap((segment) => ['-i', photos[segment.photo]])
  const chains = SEGMENTS.map((segment, index) => `[${index}:v]${segmentFilters(segment)}[v${index}]`)
  const joined = `${SEGMENTS.map((_, index) => `[v${index}]`).join('')}concat=n=${SEGMENTS.length}:v=1:a=0[out]`
  const graph = [...chains, joined].join(';')
  await encode([...inputs, '-filter_complex', graph, '-map', '[out]', '-r', String(FPS)], out, ffmpeg, signal)
}

/** One still picture, made ready once, then panned over. RGB, so that the window may stand at odd pixels. */
function segmentFilters(segment: Segment): string {
  const { width, height, left, right } = sheetOf(segment)
  const light = `clip(val*${segment.brightness},0,255)`
  return [
    `scale=${width}:${height}:flags=bicubic+accurate_rnd+bitexact`,
    'format=rgb24',
    `lutrgb=r='${light}':g='${light}':b='${light}'`,
    `pad=${left + width + right}:${height}:${left}:0`,
    `fillborders=left=${left}:right=${right}:mode=mirror`,
    `loop=loop=${segment.frames - 1}:size=1:start=0`,
    `settb=1/${FPS},setpts=N`,
    `crop=${WIDTH}:${HEIGHT}:x='${windowExpression(segment)}':y=${segment.top}:exact=1`,
    'setsar=1,format=yuv420p',
  ].join(',')
}

/** Any video that ffmpeg reads, as a camera would send it; at most 1920 pixels wide or high. */
export async function transcode(
  video: string,
  out: string,
  ffmpeg: string,
  signal: AbortSignal,
): Promise<void> {
  const fit = (side: string) => `2*trunc(${side}*min(1,1920/max(iw,ih))/2+0.001)`
  const filters = `scale=w='${fit('iw')}':h='${fit('ih')}',setsar=1`
  await encode(['-i', `file:${video}`, '-map', '0:v:0', '-vf', filters, '-vsync', 'cfr'], out, ffmpeg, signal)
}

/** Writes beside the target and renames: an interrupted run leaves no half file behind. */
async function encode(args: string[], out: string, ffmpeg: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(out), { recursive: true })
  const half = join(dirname(out), `.${process.pid}-half.mp4`)
  const all = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', ...args, ...CAMERA_H264, half]
  const options = { log: silentLog, timeoutMs: 600_000 }
  const end = await captureOutput(ffmpeg, all, options, signal)
  if (end.code !== 0) {
    await rm(half, { force: true })
    throw new Error(`ffmpeg could not make ${out}: ${end.stderrTail.trim() || end.reason}`)
  }
  await rename(half, out)
}

/** Writes JSON beside the target and renames. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const half = `${path}.${process.pid}-half`
  await writeFile(half, `${JSON.stringify(value)}\n`)
  await rename(half, path)
}
