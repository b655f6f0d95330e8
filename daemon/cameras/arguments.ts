/**
 * The argument lists of ffmpeg. Pure: what is asked of ffmpeg stands here and nowhere else.
 *
 * The size of the pictures is not known before the camera answers, and asking first would cost a second connection:
 * ffmpeg scales by expression, and its log says what came out (`stderr.ts`). A camera that changes its resolution
 * later goes on at the size of the first picture: ffmpeg's automatic scaling fits the new ones into it.
 */
import { type DecodePreset, type DecodeWish, decodePreset } from './decode.ts'

export interface CameraSource {
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly transport: 'tcp' | 'udp'
  readonly fps: number
  readonly longestSide: number
}

/** What differs between the versions of ffmpeg that are out there (4.4 on Ubuntu 22.04 to the newest). */
export interface FfmpegVersion {
  readonly major: number
  readonly minor: number
}

/** Microseconds that one read from the camera's socket may take. */
export const SOCKET_TIMEOUT_US = 5_000_000
/** What RTSP over TCP, UDP and TLS opens beneath itself; so a redirect or an SDP can open no file and no web page. */
const PROTOCOLS = 'rtsp,rtsps,rtp,tcp,udp,tls'

/** The longest side of a trial's picture. */
const TRIAL_SIDE = 1280

const COMMON = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+info']

const SOFTWARE: DecodeWish = { decode: 'software', codec: 'h264' }

/**
 * Puts a camera's video into fragments of MP4 on stdout, one a keyframe and at least five a second: with fewer a viewer is
 * later by as much, and each takes as much work as its bytes. Nothing is decoded.
 */
export function liveArguments(
  source: Pick<CameraSource, 'url' | 'username' | 'password' | 'transport'>,
  version: FfmpegVersion,
): string[] {
  return [
    ...inputArguments(source, version, []),
    ...['-map', '0:v:0', '-c:v', 'copy', '-an', '-sn', '-dn'],
    ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-frag_duration', '200000'],
    ...['-flush_packets', '1', '-f', 'mp4', 'pipe:1'],
  ]
}

/**
 * Writes a camera's video as it comes into files of `pieceSeconds`, each from a keyframe on, and on stdout of each file that has
 * ended its name and times. Nothing is decoded.
 */
export function recordArguments(
  source: Pick<CameraSource, 'url' | 'username' | 'password' | 'transport'>,
  version: FfmpegVersion,
  { folder, prefix, pieceSeconds }: { folder: string; prefix: string; pieceSeconds: number },
): string[] {
  return [
    ...inputArguments(source, version, []),
    ...['-map', '0:v:0', '-c:v', 'copy', '-an', '-sn', '-dn'],
    ...['-f', 'segment', '-segment_time', String(pieceSeconds), '-segment_format', 'mp4'],
    ...['-reset_timestamps', '1', '-segment_list', 'pipe:1', '-segment_list_type', 'csv'],
    // A percent sign in the folder's name would be taken for the number.
    `${folder.replaceAll('%', '%%')}/${prefix}-%05d.mp4`,
  ]
}

/**
 * Decodes every picture of a camera: the first whole one is a JPEG on stdout, and the log has the time of each and whether it
 * is a keyframe.
 */
export function trialArguments(
  source: Pick<CameraSource, 'url' | 'username' | 'password' | 'transport'>,
  version: FfmpegVersion,
): string[] {
  // A camera that refreshes its picture by and by never calls one a keyframe.
  const first = "select='isnan(prev_selected_t)*(key+gte(n,50))'"
  return [
    ...inputArguments(source, version, ['-threads', '1']),
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-filter_threads', '1'],
    ...[
      '-vf',
      `showinfo=checksum=0,${first},${scaleFilter(TRIAL_SIDE, decodePreset(SOFTWARE, version.major))}`,
    ],
    ...passthrough(version),
    ...['-threads', '1', '-c:v', 'mjpeg', '-q:v', '4', '-pix_fmt', 'yuvj420p', '-flush_packets', '1'],
    ...['-f', 'mjpeg', 'pipe:1'],
  ]
}

/** Decodes a camera's stream to NV12 pictures on stdout, at the analysis rate and size. */
export function cameraArguments(
  source: CameraSource,
  version: FfmpegVersion,
  wish: DecodeWish = SOFTWARE,
): string[] {
  const preset = decodePreset(wish, version.major)
  return [
    ...inputArguments(source, version, ['-threads', '1', ...preset.input]),
    ...pictureArguments(source, version, preset),
  ]
}

function inputArguments(
  source: Pick<CameraSource, 'url' | 'username' | 'password' | 'transport'>,
  version: FfmpegVersion,
  decoder: readonly string[],
): string[] {
  return [
    ...COMMON,
    ...['-protocol_whitelist', PROTOCOLS],
    ...['-f', 'rtsp', '-rtsp_transport', source.transport],
    ...['-allowed_media_types', 'video'],
    // Before version 5, `-timeout` made ffmpeg wait for the camera to call.
    ...[version.major >= 5 ? '-timeout' : '-stimeout', String(SOCKET_TIMEOUT_US)],
    // Half a second is enough to know the picture; the default takes more than one to the first frame.
    ...['-analyzeduration', '500000', '-probesize', '500000'],
    ...decoder,
    ...['-i', withCredentials(source.url, source.username, source.password)],
  ]
}

/** Decodes a local video file to NV12 pictures on stdout; the log has the time of each (`showinfo`). */
export function fileArguments(file: string, fps: number, version: FfmpegVersion): string[] {
  const asked = { fps, longestSide: Number.MAX_SAFE_INTEGER }
  return [
    ...COMMON,
    ...['-protocol_whitelist', 'file', '-threads', '1'],
    // Named as a file: a name like `http:x` or `concat:x` stays a file's name.
    ...['-i', `file:${file}`],
    ...pictureArguments(asked, version, decodePreset(SOFTWARE, version.major), ',showinfo=checksum=0'),
  ]
}

function passthrough({ major, minor }: FfmpegVersion): string[] {
  return [major > 5 || (major === 5 && minor >= 1) ? '-fps_mode' : '-vsync', 'passthrough']
}

function pictureArguments(
  asked: { fps: number; longestSide: number },
  version: FfmpegVersion,
  preset: DecodePreset,
  moreFilters = '',
): string[] {
  return [
    ...['-map', '0:v:0', '-an', '-sn', '-dn'],
    ...['-filter_threads', '1'],
    ...['-vf', `${selectFilter(asked.fps)},${scaleFilter(asked.longestSide, preset)}${moreFilters}`],
    ...passthrough(version),
    // The threaded raw encoder would hold a frame back.
    ...['-threads', '1', '-pix_fmt', 'nv12', '-flush_packets', '1'],
    ...['-f', 'rawvideo', 'pipe:1'],
  ]
}

/**
 * Lets a picture through when its interval has passed. Against the `fps` filter: no frame of delay, no burst after a gap.
 * The tolerance is for jitter; a camera whose clock jumps back must not go dark until the old time returns.
 */
export function selectFilter(fps: number): string {
  const atLeast = (0.975 / fps).toFixed(4)
  return `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${atLeast})+lt(t,prev_selected_t)'`
}

/** Keeps the aspect, never enlarges, makes both sides even (NV12 needs it). Mirrors `analysedSize`. */
export function scaleFilter(longestSide: number, preset: Pick<DecodePreset, 'scale'>): string {
  const side = (one: string) => `max(2,2*trunc(${one}*min(1,${longestSide}/max(iw,ih))/2+0.001))`
  return preset.scale(side('iw'), side('ih'))
}

/** The size of the analysed pictures of a camera with this size. */
export function analysedSize(width: number, height: number, longestSide: number): [number, number] {
  const factor = Math.min(1, longestSide / Math.max(width, height))
  const side = (one: number) => Math.max(2, 2 * Math.trunc((one * factor) / 2 + 0.001))
  return [side(width), side(height)]
}

/** The address with the user's name and password in it, as ffmpeg wants them; an address may also bring its own. */
export function withCredentials(url: string, username?: string, password?: string): string {
  if (username === undefined) return url
  const parts = /^(rtsps?:\/\/)(?:[^/?#]*@)?(.*)$/is.exec(url)
  if (!parts) return url
  const secret = password === undefined ? '' : `:${encode(password)}`
  return `${parts[1]}${encode(username)}${secret}@${parts[2]}`
}

/** Percent-encodes everything that could end the user part, quotes included. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)
}
