/**
 * `barnbox models embed IMAGE` and `bench NAME`: a model at work by itself, without a daemon.
 */
import { catalogEntry } from '../../models/catalog.ts'
import type { Picture } from '../types.ts'
import { chooseDetector, chooseEmbedder } from '../vision/choose.ts'
import { wholeOf } from '../vision/embedder.ts'
import { readPicture } from '../vision/picture.ts'
import type { AskedProvider } from '../vision/providers.ts'
import { chosenModels, resolveModel } from '../vision/resolve.ts'
import { readInstalled, withoutVariant } from '../vision/store.ts'

export interface Embedded {
  /** What vectors of this model are stored under. */
  readonly model: string
  readonly dim: number
  readonly provider: string
  /** Why it did not run on what was asked for; null where it did. */
  readonly fallback: string | null
  readonly embedding: readonly number[]
}

/** The vector of the whole image, by the named model or the chosen one. */
export async function embedImage(
  image: string,
  { model: name, provider: asked }: { model?: string | undefined; provider: AskedProvider },
  stateDir: string,
): Promise<Embedded> {
  const picture = await readPicture(image)
  const { embedder: chosen } = chosenModels({ embedder: name }, stateDir)
  const { model, running } = await chooseEmbedder(resolveModel(stateDir, chosen), { asked, threads: 1 })
  await using embedder = model
  const vector = await embedder.embed(picture, wholeOf(picture))
  const { id, dim } = embedder.kind
  const { provider, fallback } = running
  return { model: id, dim, provider, fallback, embedding: [...vector] }
}

export interface Timed {
  readonly model: string
  readonly threads: number
  /** What it really ran on. */
  readonly provider: string
  /** Why that is not what was asked for; null where it is. */
  readonly fallback: string | null
  /** The self-test included. */
  readonly load_ms: number
  readonly median_ms: number
  readonly p95_ms: number
}

/** What a model is for, by its name; a file of which nothing is known is a detector. */
export function taskOf(stateDir: string, name: string): 'detect' | 'embed' {
  const own = withoutVariant(name)
  return (catalogEntry(own) ?? readInstalled(stateDir)[own])?.task ?? 'detect'
}

const rounds = 30
/** The first looks fill caches. */
const warmUp = 3

/** Times a model on a camera's frame (720p, nv12), scaling and decoding included. */
export async function benchModel(
  name: string,
  { threads, provider: asked }: { threads: number; provider: AskedProvider },
  stateDir: string,
): Promise<Timed> {
  const task = taskOf(stateDir, name)
  const source = resolveModel(stateDir, name)
  const frame = noise(1280, 720)
  const startedMs = performance.now()
  const opened = await (task === 'detect' ? chooseDetector : chooseEmbedder)(source, { asked, threads })
  await using model = opened.model
  const loadMs = performance.now() - startedMs
  const look = () =>
    'detect' in model ? model.detect(frame, 0.25) : model.embed(frame, { x1: 320, y1: 120, x2: 800, y2: 600 })
  const times: number[] = []
  for (let round = 0; round < rounds + warmUp; round++) {
    const roundMs = performance.now()
    await look()
    if (round >= warmUp) times.push(performance.now() - roundMs)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => short(times[Math.floor(share * (times.length - 1))] ?? 0)
  const { provider, fallback } = opened.running
  const took = { load_ms: short(loadMs), median_ms: at(0.5), p95_ms: at(0.95) }
  return { model: name, threads, provider, fallback, ...took }
}

const short = (ms: number) => Number(ms.toFixed(1))

function noise(width: number, height: number): Picture {
  const pixels = Uint8Array.from({ length: width * height * 1.5 }, (_, i) => (i * 7 + (i >> 9)) & 255)
  return { format: 'nv12', width, height, pixels }
}
