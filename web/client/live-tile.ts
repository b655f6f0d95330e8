/**
 * One camera's own video with the boxes of what was seen in it, in step by the time at which both were taken. Where it
 * cannot be played the analysed pictures stand in.
 */
import type { Known } from './cards.ts'
import { createDetail } from './detail.ts'
import { drawBoxes, type FrameBox, type FrameInfo } from './overlay.ts'
import { type Player, play } from './player.ts'
import { createTile, type Tile } from './tile.ts'

/** Frames are kept for longer than the video is late. */
const KEPT_MS = 10_000
/** Boxes that are older than the picture by more are no longer so. */
const STALE_MS = 3_000
/** Boxes move this often; eyes see no more in a label. */
const STEP_MS = 80

/** The frame analysed last before a moment and the first after it. */
function around(frames: readonly FrameInfo[], utcMs: number): [FrameInfo | undefined, FrameInfo | undefined] {
  const after = frames.findIndex((frame) => frame.utcMs > utcMs)
  return after === -1 ? [frames.at(-1), undefined] : [frames[after - 1], frames[after]]
}

/** A frame as it was at a moment: boxes of one tracklet move evenly from one frame to the next. */
export function frameAt(frames: readonly FrameInfo[], utcMs: number): FrameInfo | undefined {
  const [before, after] = around(frames, utcMs)
  if (before === undefined || utcMs - before.utcMs > STALE_MS) return undefined
  if (after === undefined) return before
  const share = (utcMs - before.utcMs) / (after.utcMs - before.utcMs)
  const moved = (one: FrameBox): FrameBox => {
    const next = after.boxes.find(({ trackletId }) => trackletId !== null && trackletId === one.trackletId)
    if (next === undefined) return one
    const side = (at: 0 | 1 | 2 | 3) => one.box[at] + (next.box[at] - one.box[at]) * share
    return { ...one, box: [side(0), side(1), side(2), side(3)] }
  }
  return { ...before, boxes: before.boxes.map(moved) }
}

export function createLiveTile(root: HTMLElement, known: Known): Tile {
  const pictures = createTile(root, known)
  const view = root.querySelector('.view') as HTMLElement
  const overlay = root.querySelector('.overlay') as SVGSVGElement
  const video = root.querySelector('video') as HTMLVideoElement
  const { id } = pictures
  const detail = createDetail(view, known)
  let frames: FrameInfo[] = []
  let player: Player | undefined
  let isPlaying = false
  let drawnMs = 0
  let isFallback = false

  function draw(mediaSeconds: number): void {
    const takenMs = player?.takenMs(mediaSeconds)
    if (takenMs === undefined) return
    root.dataset['taken'] = String(Math.round(takenMs))
    const frame = frameAt(frames, takenMs)
    if (frame === undefined) overlay.replaceChildren()
    else drawBoxes(overlay, frame, known)
    detail.update(frame)
  }
  function step(_now: number, shown?: { readonly mediaTime: number }): void {
    const now = performance.now()
    if (isPlaying && now - drawnMs >= STEP_MS) {
      drawnMs = now
      draw(shown?.mediaTime ?? video.currentTime)
    }
    follow()
  }
  function follow(): void {
    if (isFallback) return
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(step)
    else requestAnimationFrame((now) => step(now))
  }
  function fallBack(): void {
    isFallback = true
    video.hidden = true
    root.dataset['shows'] = 'pictures'
    pictures.fresh()
  }
  function start(): void {
    player = play(video, id, {
      cannot: fallBack,
      playing(now) {
        isPlaying = now
        root.dataset['shows'] = now ? 'video' : 'nothing'
        if (now) view.style.setProperty('--shape', `${video.videoWidth} / ${video.videoHeight}`)
        else overlay.replaceChildren()
      },
    })
  }
  // A hidden page shows nothing to anybody; the camera need not be called for it.
  document.addEventListener('visibilitychange', () => {
    if (isFallback) return
    player?.stop()
    if (!document.hidden) start()
  })
  start()
  follow()
  return {
    id,
    fresh(info) {
      if (isFallback) return pictures.fresh()
      if (info === undefined) return
      frames = [...frames.filter(({ utcMs }) => info.utcMs - utcMs < KEPT_MS), info]
    },
    redraw: () => (isFallback ? pictures.redraw() : draw(video.currentTime)),
    restate: () => pictures.restate(),
    tick: (nowMs) => pictures.tick(nowMs),
  }
}
