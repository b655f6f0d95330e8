/**
 * The models at work, in whatever thread this is called: pictures in, detections, looks and JPEGs out.
 */
import { catalogEntry } from '../../models/catalog.ts'
import type { Box, Detection, Look, ModelKind, Picture } from '../types.ts'
import { chooseDetector, chooseEmbedder } from './choose.ts'
import { encodeJpeg, encodeThumbnail } from './jpeg.ts'
import { checkPicture, rectWithin } from './pixels.ts'
import type { About, RunningModels, WorkerSetup } from './protocol.ts'
import { sharpnessOf } from './quality.ts'
import { type ModelSource, resolveModel } from './resolve.ts'

export interface Engine extends AsyncDisposable {
  readonly embedder: ModelKind
  /** What the UI says of the models in use, and from which similarity on two looks are the same horse. */
  readonly about: About
  /** Horses and persons, best first; what the detector calls cow, sheep and the like is a horse. */
  detect(picture: Picture): Promise<Detection[]>
  /** One look per box, in order; undefined where a box shows nothing (outside, too small, not finite). */
  embed(picture: Picture, boxes: readonly Box[]): Promise<(Look | undefined)[]>
  /** 200x200 JPEG of at most 102,400 bytes: square of the longer side x1.1, centred, black padding. */
  thumbnail(picture: Picture, box: Box): Promise<Uint8Array>
  jpeg(picture: Picture): Promise<Uint8Array>
}

/** Fewer pixels than this show no horse. */
const leastSide = 16

/** Loads what camera frames need (nv12); what image files need (rgb24) is loaded when first used. */
export async function openEngine(setup: WorkerSetup): Promise<Engine> {
  const { stateDir, threshold, threads, provider: asked = 'auto', decided } = setup
  const sources = {
    detector: resolveModel(stateDir, setup.detector, setup.tfjs),
    embedder: resolveModel(stateDir, setup.embedder),
  }
  await using open = new AsyncDisposableStack()
  const detecting = await chooseDetector(sources.detector, { asked, threads, decided: decided?.detector })
  const detector = open.use(detecting.model)
  const embedding = await chooseEmbedder(sources.embedder, { asked, threads, decided: decided?.embedder })
  const embedder = open.use(embedding.model)
  const running = { detector: detecting.running, embedder: embedding.running }
  const owned = open.move()

  const look = async (picture: Picture, box: Box): Promise<Look | undefined> => {
    const rect = rectWithin(picture, box, leastSide)
    if (!rect) return undefined
    return { vector: await embedder.embed(picture, rect), sharpness: sharpnessOf(picture, rect) }
  }
  return {
    embedder: embedder.kind,
    about: aboutOf(sources, running),
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

function aboutOf(
  { detector, embedder }: { detector: ModelSource; embedder: ModelSource },
  running: RunningModels,
): About {
  const entry = catalogEntry(embedder.name)
  return {
    detector: detector.name,
    embedder: embedder.name,
    stopgap: entry?.stopgap ?? false,
    sameAbove: entry?.sameAbove ?? 0.7,
    margin: entry?.margin ?? 0.05,
    running,
  }
}
