/**
 * The schedule of the demo's footage: which part of which photo each frame shows, and so where each horse is. Pure.
 *
 * The photo is extended by mirroring a strip of each side without horses, so that horses leave the picture altogether.
 */

export const FPS = 25
export const WIDTH = 640
export const HEIGHT = 360
/** Closed groups of one second: a viewer who comes later waits no longer for a picture. */
export const GOP = 25

export type BoxOf = [x1: number, y1: number, x2: number, y2: number]

export interface Photo {
  readonly width: number
  readonly height: number
  /** Strips that may be mirrored, in the photo's pixels. */
  readonly mirrorLeft: number
  readonly mirrorRight: number
  /** Annotated by hand, in the photo's pixels. */
  readonly horses: Readonly<Record<string, { box: BoxOf; pose: 'standing' | 'lying' }>>
}

export const PHOTOS = {
  herd: {
    width: 1024,
    height: 664,
    mirrorLeft: 90,
    mirrorRight: 90,
    horses: {
      'dark-grey': { box: [124, 208, 378, 552], pose: 'standing' },
      'grey-mare': { box: [329, 226, 565, 560], pose: 'standing' },
      'standing-foal': { box: [515, 300, 662, 552], pose: 'standing' },
      black: { box: [584, 231, 909, 560], pose: 'standing' },
      'lying-foal': { box: [246, 426, 473, 576], pose: 'lying' },
    },
  },
  chestnut: {
    width: 1920,
    height: 1080,
    mirrorLeft: 160,
    mirrorRight: 720,
    horses: { chestnut: { box: [185, 108, 1177, 1046], pose: 'standing' } },
  },
} as const satisfies Record<string, Photo>

export type PhotoName = keyof typeof PHOTOS

export interface Segment {
  readonly name: string
  readonly photo: PhotoName
  readonly scale: number
  readonly brightness: number
  /** The window's upper edge in the scaled photo. */
  readonly top: number
  /** Whole groups; long enough that the window moves at most 2.4 pixels a frame (60 a second). */
  readonly frames: number
}

export const SEGMENTS: readonly Segment[] = [
  { name: 'A', photo: 'herd', scale: 1, brightness: 1, top: 212, frames: 475 },
  { name: 'B', photo: 'herd', scale: 0.9, brightness: 1.2, top: 172, frames: 375 },
  { name: 'C', photo: 'herd', scale: 1.1, brightness: 0.8, top: 236, frames: 575 },
  { name: 'D', photo: 'chestnut', scale: 0.36, brightness: 1, top: 25, frames: 325 },
]

export const FRAMES = SEGMENTS.reduce((sum, one) => sum + one.frames, 0)

/** Sizes in pixels of the scaled and widened photo that a segment pans over. */
export function sheetOf(segment: Segment) {
  const photo = PHOTOS[segment.photo]
  const width = Math.round(photo.width * segment.scale)
  const height = Math.round(photo.height * segment.scale)
  const left = Math.round(photo.mirrorLeft * segment.scale)
  const right = Math.round(photo.mirrorRight * segment.scale)
  return { width, height, left, right, travel: left + width + right - WIDTH }
}

/** The window's left edge on the sheet: to the right edge and back at an even speed. `windowExpression` mirrors it. */
export function windowLeft(segment: Segment, frame: number): number {
  const { travel } = sheetOf(segment)
  return Math.trunc(travel * (1 - Math.abs(1 - (2 * frame) / segment.frames)) + 0.5)
}

/** The same for ffmpeg's crop filter. */
export function windowExpression(segment: Segment): string {
  return `trunc(${sheetOf(segment).travel}*(1-abs(1-2*n/${segment.frames}))+0.5)`
}

export interface SeenHorse {
  readonly horse: string
  /** What the window shows of it, in window pixels. */
  readonly box: BoxOf
  /** Share of the whole horse's box that is inside the window. */
  readonly visible: number
}

export interface TruthFrame {
  readonly segment: string
  /** The window's upper left corner in pixels of the scaled photo; left of 0 lies the mirrored strip. */
  readonly window: readonly [x: number, y: number]
  readonly horses: readonly SeenHorse[]
}

/** What frame `n` of the footage shows; it repeats as the stream does. */
export function truthAt(n: number): TruthFrame {
  let frame = ((n % FRAMES) + FRAMES) % FRAMES
  for (const segment of SEGMENTS) {
    if (frame < segment.frames) return truthOf(segment, frame)
    frame -= segment.frames
  }
  throw new RangeError(`no frame ${n}`)
}

function truthOf(segment: Segment, frame: number): TruthFrame {
  const photo: Photo = PHOTOS[segment.photo]
  const sheet = sheetOf(segment)
  const left = windowLeft(segment, frame) - sheet.left
  const scaleX = sheet.width / photo.width
  const scaleY = sheet.height / photo.height
  const horses: SeenHorse[] = []
  for (const [horse, { box }] of Object.entries(photo.horses)) {
    const [x1, y1, x2, y2] = box
    const whole: BoxOf = [
      x1 * scaleX - left,
      y1 * scaleY - segment.top,
      x2 * scaleX - left,
      y2 * scaleY - segment.top,
    ]
    const seen: BoxOf = [
      Math.max(0, whole[0]),
      Math.max(0, whole[1]),
      Math.min(WIDTH, whole[2]),
      Math.min(HEIGHT, whole[3]),
    ]
    if (seen[2] <= seen[0] || seen[3] <= seen[1]) continue
    horses.push({
      horse,
      box: seen.map(toTenth) as BoxOf,
      visible: toTenth((100 * area(seen)) / area(whole)) / 100,
    })
  }
  return { segment: segment.name, window: [left, segment.top], horses }
}

function area([x1, y1, x2, y2]: BoxOf): number {
  return (x2 - x1) * (y2 - y1)
}

function toTenth(value: number): number {
  return Math.round(value * 10) / 10
}

/** The whole truth, as `footage.ts pan --truth` writes it. */
export function truth() {
  let start = 0
  const segments = SEGMENTS.map((one) => {
    const span = { start, end: start + one.frames }
    start = span.end
    return { ...one, ...span }
  })
  return {
    fps: FPS,
    frame_ms: 1000 / FPS,
    width: WIDTH,
    height: HEIGHT,
    frames: FRAMES,
    horses: Object.values(PHOTOS).flatMap((photo: Photo) =>
      Object.entries(photo.horses).map(([name, { pose }]) => ({ name, pose })),
    ),
    segments,
    per_frame: Array.from({ length: FRAMES }, (_, n) => truthAt(n)),
  }
}
