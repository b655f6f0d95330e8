/**
 * `barnbox models embed IMAGE` and `bench NAME`: a model at work by itself, without a daemon.
 */
import { catalogEntry } from '../../models/catalog.ts'
import type { Picture } from '../types.ts'
import { openDetector } from '../vision/detector.ts'
import { openEmbedder, wholeOf } from '../vision/embedder.ts'
import { readPicture } from '../vision/picture.ts'
import { chosenModels, resolveModel } from '../vision/resolve.ts'
import { readInstalled } from '../vision/store.ts'

export interface Embedded {
  /** What vectors of this model are stored under. */
  readonly model: string
  readonly dim: number
  readonly embedding: readonly number[]
}

/** The vector of the whole image, by the named model or the chosen one. */
export async function embedImage(
  image: string,
  name: string | undefined,
  stateDir: string,
): Promise<Embedded> {
  const picture = await readPicture(image)
  const { embedder: chosen } = chosenModels({ embedder: name }, stateDir)
  await using embedder = await openEmbedder(resolveModel(stateDir, chosen), 1)
  const vector = await embedder.embed(picture, wholeOf(picture))
  const { id, dim } = embedder.kind
  return { model: id, dim, embedding: [...vector] }
}

export interface Timed {
  readonly model: string
  readonly threads: number
  readonly load_ms: number
  readonly median_ms: number
  readonly p95_ms: number
}

const rounds = 30
/** The first looks fill caches. */
const warmUp = 3

/** Times a model on a camera's frame (720p, nv12), scaling and decoding included. */
export async function benchModel(name: string, threads: number, stateDir: string): Promise<Timed> {
  const task = (catalogEntry(name) ?? readInstalled(stateDir)[name])?.task ?? 'detect'
  const source = resolveModel(stateDir, name)
  const frame = noise(1280, 720)
  const startedMs = performance.now()
  await using open = new AsyncDisposableStack()
  let look: () => Promise<unknown>
  if (task === 'detect') {
    const detector = open.use(await openDetector(source, threads))
    look = () => detector.detect(frame, 0.25)
  } else {
    const embedder = open.use(await openEmbedder(source, threads))
    look = () => embedder.embed(frame, { x1: 320, y1: 120, x2: 800, y2: 600 })
  }
  const loadMs = performance.now() - startedMs
  const times: number[] = []
  for (let round = 0; round < rounds + warmUp; round++) {
    const roundMs = performance.now()
    await look()
    if (round >= warmUp) times.push(performance.now() - roundMs)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => short(times[Math.floor(share * (times.length - 1))] ?? 0)
  return { model: name, threads, load_ms: short(loadMs), median_ms: at(0.5), p95_ms: at(0.95) }
}

const short = (ms: number) => Number(ms.toFixed(1))

function noise(width: number, height: number): Picture {
  const pixels = Uint8Array.from({ length: width * height * 1.5 }, (_, i) => (i * 7 + (i >> 9)) & 255)
  return { format: 'nv12', width, height, pixels }
}
