/**
 * The models at work, in whatever thread this is called: pictures in, detections, looks and JPEGs out.
 */
import { catalogEntry } from '../../models/catalog.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import type { Box, Detection, Look, ModelKind, Picture } from '../types.ts'
import { chooseDetector, chooseEmbedder } from './choose.ts'
import type { Embedder } from './embedder.ts'
import { encodeJpeg, encodeThumbnail } from './jpeg.ts'
import { checkPicture, rectWithin } from './pixels.ts'
import type { About, Running, RunningModels, WorkerSetup } from './protocol.ts'
import { sharpnessOf } from './quality.ts'
import { resolveModel } from './resolve.ts'

export interface Engine extends AsyncDisposable {
  /** Null where it cannot be used: `about` says why. */
  readonly embedder: ModelKind | null
  /** What the UI says of the models in use, and from which similarity on two looks are the same horse. */
  readonly about: About
  /** Horses and persons, best first; what the detector calls cow, sheep and the like is a horse. */
  detect(picture: Picture): Promise<Detection[]>
  /**
   * One look per box, in order; undefined where a box shows nothing (outside, too small, not finite). Throws
   * `MODEL_MISSING` without an embedder.
   */
  embed(picture: Picture, boxes: readonly Box[]): Promise<(Look | undefined)[]>
  /** 200x200 JPEG of at most 102,400 bytes: square of the longer side x1.1, centred, black padding. */
  thumbnail(picture: Picture, box: Box): Promise<Uint8Array>
  jpeg(picture: Picture): Promise<Uint8Array>
}

/** Fewer pixels than this show no horse. */
const leastSide = 16

/**
 * Loads what camera frames need (nv12); what image files need (rgb24) is loaded when first used. Without a detector there
 * is nothing to do; without an embedder horses are still found.
 */
export async function openEngine(setup: WorkerSetup): Promise<Engine> {
  const { stateDir, threshold, threads, provider: asked = 'auto', decided } = setup
  await using open = new AsyncDisposableStack()
  const source = resolveModel(stateDir, setup.detector, setup.tfjs)
  const detecting = await chooseDetector(source, { asked, threads, decided: decided?.detector })
  const detector = open.use(detecting.model)
  const { embedder, ...tried } = await tryEmbedder(setup)
  open.use(embedder)
  const running = { detector: detecting.running, embedder: tried.running }
  const owned = open.move()

  const look = async (picture: Picture, box: Box): Promise<Look | undefined> => {
    const rect = rectWithin(picture, box, leastSide)
    if (!rect) return undefined
    if (!embedder) throw new BarnboxError('MODEL_MISSING', 'there is no embedder')
    return { vector: await embedder.embed(picture, rect), sharpness: sharpnessOf(picture, rect) }
  }
  return {
    embedder: embedder?.kind ?? null,
    about: aboutOf(source.name, tried, running),
    async detect(picture) {
      checkPicture(picture)
      return detector.detect(picture, threshold)
    },
    async embed(picture, boxes) {
      checkPicture(picture)
      const looks: (Look | undefined)[] = []
      for (const box of boxes) looks.push(await look(picture, box))
      return looks
    },
    async thumbnail(picture, box) {
      checkPicture(picture)
      return encodeThumbnail(picture, box)
    },
    async jpeg(picture) {
      checkPicture(picture)
      return encodeJpeg(picture)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface Tried {
  readonly embedder: Embedder | null
  readonly name: string
  readonly fault: About['embedderFault']
  readonly running: Running | null
}

/** The embedder, or why there is none. */
async function tryEmbedder(setup: WorkerSetup): Promise<Tried> {
  const { stateDir, embedder: name, threads, provider: asked = 'auto', decided } = setup
  try {
    const source = resolveModel(stateDir, name)
    const ask = { asked, threads, decided: decided?.embedder ?? undefined }
    const { model, running } = await chooseEmbedder(source, ask)
    return { embedder: model, name: source.name, fault: null, running }
  } catch (thrown) {
    const { code, message } = asBarnboxError(thrown)
    return { embedder: null, name, fault: { code, message }, running: null }
  }
}

function aboutOf(
  detector: string,
  { name: embedder, fault: embedderFault }: Pick<Tried, 'name' | 'fault'>,
  running: RunningModels,
): About {
  const entry = catalogEntry(embedder)
  return {
    detector,
    embedder,
    embedderFault,
    stopgap: embedderFault === null && (entry?.stopgap ?? false),
    sameAbove: entry?.sameAbove ?? 0.7,
    margin: entry?.margin ?? 0.05,
    running,
  }
}
