/**
 * What ffmpeg is asked for where hardware decodes: the options before the input, and the filters that scale. Pure.
 *
 * The picture stays in the hardware's memory until it has been chosen and scaled, so what is not analysed is never copied.
 * No `-extra_hw_frames`: `select` holds no picture back and `hwdownload` gives its surface back at once, so what ffmpeg
 * allocates by itself is enough.
 */
import type { Decode } from '../types.ts'

/** What ffmpeg itself can do; a Jetson's decoder is reached through GStreamer. */
export type FfmpegDecode = Exclude<Decode, 'nvv4l2'>
export type Codec = 'h264' | 'h265'

export interface DecodeWish {
  readonly decode: FfmpegDecode
  /** `vaapi`: the node; `cuda`: the number of the card. */
  readonly device?: string | undefined
  readonly codec: Codec
}

export interface DecodePreset {
  /** Options of the input. */
  readonly input: readonly string[]
  /** The filters that make a picture of this size in memory, as ffmpeg's expressions over `iw` and `ih`. */
  scale(width: string, height: string): string
}

/** The first graphics node of a machine with one card. */
const FIRST_NODE = '/dev/dri/renderD128'

export function decodePreset({ decode, device, codec }: DecodeWish, ffmpegMajor: number): DecodePreset {
  switch (decode) {
    case 'software':
      return { input: [], scale: inSoftware }
    case 'v4l2m2m':
      // Found by its name only; its pictures lie in memory.
      return { input: ['-c:v', `${codec === 'h264' ? 'h264' : 'hevc'}_v4l2m2m`], scale: inSoftware }
    case 'vaapi':
      return {
        input: [
          // Many cameras call their stream Baseline, which no driver offers by that name, and send what all decode.
          ...['-hwaccel_flags', '+allow_profile_mismatch'],
          ...[
            '-hwaccel',
            'vaapi',
            '-hwaccel_device',
            device ?? FIRST_NODE,
            '-hwaccel_output_format',
            'vaapi',
          ],
        ],
        scale: (width, height) => inHardware('scale_vaapi', width, height, ':format=nv12'),
      }
    case 'cuda': {
      // Before version 5 it could only scale; 10-bit streams then end with an error, and fall back.
      const format = ffmpegMajor >= 5 ? ':format=nv12' : ''
      const card = device === undefined ? [] : ['-hwaccel_device', device]
      return {
        input: ['-hwaccel', 'cuda', ...card, '-hwaccel_output_format', 'cuda'],
        scale: (width, height) => inHardware('scale_cuda', width, height, format),
      }
    }
  }
}

function inSoftware(width: string, height: string): string {
  return `scale=w='${width}':h='${height}'`
}

/** `scale_vaapi` and `scale_cuda` take the same expressions as `scale`. */
function inHardware(filter: string, width: string, height: string, more: string): string {
  return `${filter}=w='${width}':h='${height}'${more},hwdownload,format=nv12`
}
