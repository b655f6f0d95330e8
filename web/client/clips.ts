/**
 * Recorded video with the boxes of what was seen in it. They are fetched when a clip is played, and anew when whose they are
 * may have changed.
 */
import type { Listener } from './board.ts'
import type { Known, KnownHorse } from './cards.ts'
import type { EventLine } from './events.ts'
import { drawBoxes, type FrameBox, type FrameInfo } from './overlay.ts'

interface Detections {
  readonly video_metadata: { readonly width: number | null; readonly height: number | null }
  readonly frames: readonly {
    readonly timestamp: number
    readonly tracked_horses: readonly {
      readonly id: string | null
      readonly kind: 'horse' | 'person'
      readonly number: number | null
      readonly horse_name: string | null
      readonly color: string | null
      readonly bbox: {
        readonly x: number
        readonly y: number
        readonly width: number
        readonly height: number
      }
    }[]
  }[]
}

interface Clip {
  readonly id: string
  load(): Promise<void>
  readonly isOpen: boolean
}

/** Of what was seen longer ago nobody knows whether it is still so: quiet cameras are looked at every ten seconds at least. */
const STALE_S = 10.5

const frameOf = (
  { tracked_horses: seen }: Detections['frames'][number],
  [width, height]: readonly [number, number],
): FrameInfo => ({
  ...{ seq: 0, utcMs: 0, width, height },
  boxes: seen.map(
    ({ bbox: { x, y, width, height }, kind, id: horseId }): FrameBox => ({
      box: [x, y, x + width, y + height],
      ...{ kind, horseId },
    }),
  ),
})

function createClip(root: HTMLElement, known: Known, follow: (id: string) => void): Clip {
  const video = root.querySelector('video') as HTMLVideoElement
  const view = root.querySelector('.view') as HTMLElement
  const overlay = root.querySelector('.overlay') as SVGSVGElement
  const id = root.dataset['clip'] ?? ''
  const address = `/api/v1/streams/${root.dataset['stream']}/chunks/${id}/detections`
  const named = new Map<string, KnownHorse>()
  let seen: Detections | undefined
  let shown: object | undefined

  // What was read last of the clip is newer than the page.
  const who: Known = (horseId) => named.get(horseId) ?? known(horseId)
  function draw(): void {
    const at = video.currentTime
    const frames = seen?.frames ?? []
    const next = frames.findIndex(({ timestamp }) => timestamp > at)
    const frame = next === -1 ? frames.at(-1) : frames[Math.max(0, next - 1)]
    const { width, height } = seen?.video_metadata ?? {}
    if (!frame || !width || !height || at - frame.timestamp > STALE_S) {
      overlay.replaceChildren()
      shown = undefined
    } else if (frame !== shown) {
      drawBoxes(overlay, frameOf(frame, [width, height]), who)
      shown = frame
    }
  }
  function step(): void {
    draw()
    if (!video.paused && !video.ended) requestAnimationFrame(step)
  }
  async function load(): Promise<void> {
    follow(id)
    const answer = await fetch(address, { cache: 'no-store' }).catch(() => undefined)
    if (answer?.ok !== true) return
    seen = (await answer.json()) as Detections
    const horses = seen.frames.flatMap((frame) => frame.tracked_horses)
    for (const { id, number, horse_name: name, color } of horses)
      if (id !== null && number !== null)
        named.set(id, { number, name, color: color ?? '#000000', home: null })
    shown = undefined
    draw()
  }
  video.addEventListener('play', () => {
    if (seen === undefined) void load()
    step()
  })
  video.addEventListener('seeked', draw)
  video.addEventListener('loadedmetadata', () => {
    view.style.setProperty('--shape', `${video.videoWidth} / ${video.videoHeight}`)
  })
  new ResizeObserver(() => {
    shown = undefined
    draw()
  }).observe(view)
  return {
    id,
    load,
    get isOpen() {
      return seen !== undefined
    },
  }
}

/** Plays the clips of the page. */
export function createClips(known: Known): Listener {
  let line: EventLine | undefined
  const follow = (id: string) => line?.send({ subscribe_chunk: id })
  const roots = [...document.querySelectorAll<HTMLElement>('.clip')]
  const clips = roots.map((root) => createClip(root, known, follow))
  return {
    opened(now) {
      line = now
      for (const clip of clips.filter(({ isOpen }) => isOpen)) void clip.load()
    },
    hear({ event, data }) {
      if (event !== 'chunk:updated') return
      const { chunkId } = data as { chunkId: string }
      for (const clip of clips) if (clip.id === chunkId) void clip.load()
    },
  }
}
