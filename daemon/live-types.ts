/**
 * The words that cameras and pages share about a camera's own video. No behaviour lives here, and nothing here imports anything.
 */

/** How a camera's video is played: what the browser is to expect, and the message that comes first. */
export interface LiveStart {
  readonly mime: string
  readonly init: Uint8Array
}

/**
 * A tenth of a second of video, as all viewers are sent it (so that it lies in memory once): eight bytes of the time when its
 * last picture had come (UTC ms, a big-endian double; 0 for what comes first), then a fragment of MP4.
 */
export interface LivePiece {
  readonly message: Uint8Array
  /** It begins with a keyframe. */
  readonly isKey: boolean
}

export interface LiveViewer {
  /** Another stream begins; its pieces follow. */
  start(start: LiveStart): void
  /** The bytes are there until it says once that it is done with them. */
  piece(piece: LivePiece, done: () => void): void
  /** The stream has ended; another may begin. */
  lost(): void
}

export interface LiveView extends AsyncDisposable {
  readonly viewers: number
  /** Shows it what there is, at once and from now on; answers how it leaves. */
  join(viewer: LiveViewer): () => void
}
