/**
 * The argument lists of gst-launch-1.0, for hardware that ffmpeg does not reach. Pure.
 *
 * A pipeline that scales must be told the size of its pictures, and no element of NVIDIA's chooses one as `analysedSize`
 * does: a first pipeline only looks how large the camera's pictures are, the second one watches.
 */
import { type CameraSource, SOCKET_TIMEOUT_US, withCredentials } from './arguments.ts'
import type { Codec } from './decode.ts'

export interface GstSource extends CameraSource {
  readonly codec: Codec
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** The elements in which one machine differs from another. */
export interface GstElements {
  readonly decoder: readonly string[]
  /** From the decoder's memory to NV12 in the processor's, at the size that the next caps name. */
  readonly convert: readonly string[]
}

/** A Jetson's: `nvvidconv` scales on the hardware. */
export const NVIDIA: GstElements = { decoder: ['nvv4l2decoder'], convert: ['nvvidconv'] }

/** What `gst-log.ts` looks for in the log. */
export const SOURCE_NAME = 'source'
export const PICTURE_NAME = 'picture'
/** Standard input, output and error come before it. */
export const PIXELS_FD = 3

/** For packets that come out of order; those that come in order are not held back. */
const REORDER_MS = 200
/** Above every analysis rate. */
const DECLARED_RATE = '60/1'

/** Ends by itself when it has said the size of the camera's pictures. */
export function lookArguments(source: GstSource): string[] {
  return [...sourceArguments(source), '!', 'fakesink', 'num-buffers=1']
}

/** Writes NV12 pictures of this size to `PIXELS_FD`, at the analysis rate. */
export function watchArguments(source: GstSource, size: Size, elements: GstElements): string[] {
  const rate = `${Math.round(source.fps * 1_000)}/1000`
  return [
    ...sourceArguments(source),
    ...['!', ...elements.decoder],
    // `videorate` refuses pictures that come slower than asked, and those of an unknown rate: many cameras do not say it.
    ...['!', 'capssetter', `caps=video/x-raw,framerate=${DECLARED_RATE}`],
    // Before the conversion, and whatever memory the pictures lie in: what is not analysed is never copied. Counted from
    // the first picture, not from the connection's beginning: it would make up for the pictures of that time.
    ...['!', 'videorate', 'drop-only=true', 'skip-to-first=true', '!', `video/x-raw(ANY),framerate=${rate}`],
    ...['!', ...elements.convert],
    ...['!', `video/x-raw,format=NV12,width=${size.width},height=${size.height}`],
    // Says how many bytes each picture has, and so how its rows lie.
    ...['!', 'identity', `name=${PICTURE_NAME}`, 'silent=false'],
    ...['!', 'fdsink', `fd=${PIXELS_FD}`, 'sync=false'],
  ]
}

function sourceArguments(source: GstSource): string[] {
  const { url, username, password, transport, codec } = source
  // Without the colon GStreamer takes no address with a user in it.
  const address = withCredentials(url, username, username === undefined ? undefined : (password ?? ''))
  return [
    // The fault handler would keep a crashed pipeline alive for a debugger.
    ...['--no-fault', '--verbose', '--exclude=stats'],
    ...['rtspsrc', `location="${quotable(address)}"`, `protocols=${transport}`],
    ...[`latency=${REORDER_MS}`, `timeout=${SOCKET_TIMEOUT_US}`, `tcp-timeout=${SOCKET_TIMEOUT_US}`],
    // As ffmpeg: certificates of cameras are their own.
    'tls-validation-flags=0',
    ...['!', `rtp${codec}depay`, '!', `${codec}parse`, `name=${SOURCE_NAME}`],
  ]
}

/** Percent-encodes what could end a quoted word of a pipeline. */
function quotable(url: string): string {
  return url.replace(/["'\\!]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)
}
