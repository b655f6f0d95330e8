/**
 * A camera's own video: pieces of MP4 from a WebSocket into a video element, as near to now as the line lets it, and which
 * moment of the camera is on the screen.
 */
export interface Player {
  /** When the picture on the screen was taken, UTC ms; undefined while there is none. */
  takenMs(mediaSeconds: number): number | undefined
  stop(): void
}

export interface Heard {
  /** This browser cannot play what the camera sends. */
  cannot(): void
  /** Video is shown, or is not any more. */
  playing(isPlaying: boolean): void
}

const FIRST_WAIT_MS = 500
const MOST_WAIT_MS = 10_000
/** So far behind the newest picture it plays a little faster, and so far behind it jumps. */
const LATE_S = 0.35
const LOST_S = 2
const FASTER = 1.1
/** What is kept before the picture on the screen. */
const KEPT_S = 10
/** Pieces that wait for the browser to take them: with more it is no longer live. */
const MOST_WAITING = 100
/** Twice within so long it could not play what came: it never will. */
const FAILED_MS = 60_000
/** Pieces over which the camera's time is told: clocks drift, and lines are sometimes slow. */
const CLOCKED = 100
const TIME_BYTES = 8

interface Piece {
  readonly utcMs: number
  readonly bytes: ArrayBuffer
}

/** What one stream of the camera is played by. */
interface Reel {
  add(piece: Piece): void
  takenMs(mediaSeconds: number): number | undefined
  end(): void
}

const seconds = (ranges: TimeRanges) => (ranges.length === 0 ? undefined : ranges.end(ranges.length - 1))

/** `late` where it cannot keep up, `failed` (once) where it cannot play what comes. */
function startReel(
  video: HTMLVideoElement,
  mime: string,
  { late, failed }: { late(): void; failed(): void },
): Reel {
  const source = new MediaSource()
  const url = URL.createObjectURL(source)
  const waiting: Piece[] = []
  const offsets: number[] = []
  let buffer: SourceBuffer | undefined
  let taken: Piece | undefined
  const own = new AbortController()
  const { signal } = own
  const fail = () => {
    if (signal.aborted) return
    own.abort()
    failed()
  }

  function clock(end: number): void {
    if (taken === undefined || taken.utcMs === 0) return
    offsets.push(taken.utcMs - end * 1000)
    if (offsets.length > CLOCKED) offsets.shift()
  }
  function chase(end: number): void {
    const late = end - video.currentTime
    const isOutside =
      video.buffered.length > 0 && video.currentTime < video.buffered.start(video.buffered.length - 1)
    if (late > LOST_S || isOutside) video.currentTime = Math.max(0, end - 0.1)
    video.playbackRate = late > LATE_S ? FASTER : 1
    if (video.paused) void video.play().catch(() => {})
  }
  function feed(): void {
    if (buffer === undefined || buffer.updating || source.readyState !== 'open') return
    const first = video.buffered.length > 0 ? video.buffered.start(0) : 0
    try {
      if (video.currentTime - first > 2 * KEPT_S) buffer.remove(0, video.currentTime - KEPT_S)
      else {
        taken = waiting.shift()
        if (taken !== undefined) buffer.appendBuffer(taken.bytes)
      }
    } catch {
      fail()
    }
  }
  function ready(): void {
    const end = seconds(video.buffered)
    if (end !== undefined) {
      clock(end)
      chase(end)
    }
    feed()
  }
  function open(): void {
    URL.revokeObjectURL(url)
    try {
      buffer = source.addSourceBuffer(mime)
      buffer.addEventListener('updateend', ready, { signal })
      buffer.addEventListener('error', fail, { signal })
    } catch {
      fail()
    }
    feed()
  }
  source.addEventListener('sourceopen', open, { signal })
  video.addEventListener('error', fail, { signal })
  video.src = url
  return {
    add(piece) {
      waiting.push(piece)
      if (waiting.length > MOST_WAITING) late()
      else feed()
    },
    takenMs: (media) => (offsets.length === 0 ? undefined : media * 1000 + Math.min(...offsets)),
    end() {
      own.abort()
      video.removeAttribute('src')
      video.load()
    },
  }
}

/** Plays until it is stopped; a line that breaks is opened again. */
export function play(video: HTMLVideoElement, camera: string, heard: Heard): Player {
  let wait = FIRST_WAIT_MS
  let socket: WebSocket | undefined
  let reel: Reel | undefined
  let isOver = false
  let failedMs = Number.NEGATIVE_INFINITY

  const cut = () => {
    reel?.end()
    reel = undefined
    heard.playing(false)
  }
  function begin(mime: string | null): void {
    cut()
    if (mime === null) return
    const canPlay = typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported(mime)
    if (canPlay) reel = startReel(video, mime, { late: () => socket?.close(), failed })
    else giveUp()
  }
  function giveUp(): void {
    stop()
    heard.cannot()
  }
  function failed(): void {
    const sinceMs = performance.now() - failedMs
    failedMs = performance.now()
    if (sinceMs < FAILED_MS) giveUp()
    else socket?.close()
  }
  function connect(): void {
    if (isOver) return
    const address = new URL(`/api/v1/cameras/${camera}/live`, location.href)
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    const line = new WebSocket(address)
    socket = line
    line.binaryType = 'arraybuffer'
    line.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      // Another player may have the video by now.
      if (isOver) return
      wait = FIRST_WAIT_MS
      if (typeof data === 'string') begin((JSON.parse(data) as { mime: string | null }).mime)
      else reel?.add({ utcMs: new DataView(data).getFloat64(0), bytes: data.slice(TIME_BYTES) })
    }
    line.onclose = () => {
      if (isOver) return
      cut()
      window.setTimeout(connect, wait)
      wait = Math.min(wait * 2, MOST_WAIT_MS)
    }
  }
  function stop(): void {
    isOver = true
    socket?.close()
    cut()
  }
  const onPlaying = () => heard.playing(true)
  video.addEventListener('playing', onPlaying)
  connect()
  return {
    takenMs: (media) => reel?.takenMs(media),
    stop() {
      video.removeEventListener('playing', onPlaying)
      stop()
    },
  }
}
