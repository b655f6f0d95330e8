/**
 * The models at work, in whatever thread this is called: pictures in, detections, looks and JPEGs out.
 */
import { catalogEntry } from '../../models/catalog.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import type { Box, Detection, EmbedderKind, Look, Picture } from '../types.ts'
import { type Ask, chooseDetector, chooseEmbedder } from './choose.ts'
import { type Embedder, wholeOf } from './embedder.ts'
import { encodeCrop, encodeJpeg, encodeThumbnail } from './jpeg.ts'
import { readPhoto } from './photo.ts'
import { decodePicture } from './picture.ts'
import { checkPicture, type Rect, rectWithin } from './pixels.ts'
import type { About, Running, RunningModels, WorkerSetup } from './protocol.ts'
import { isColourless, sharpnessOf } from './quality.ts'
import { resolveModel } from './resolve.ts'
import { withoutVariant } from './store.ts'

export interface Engine extends AsyncDisposable {
  /** Null where it cannot be used: `about` says why. */
  readonly embedder: EmbedderKind | null
  /** What the UI says of the models in use, and from which similarity on two looks are the same horse. */
  readonly about: About
  /** Horses and persons, best first; what the detector calls cow, sheep and the like is a horse. */
  detect(picture: Picture): Promise<Detection[]>
  /**
   * One look per box, in order; undefined where a box shows nothing (outside, too small, not finite). Its crop comes
   * along where `crops` says so. Throws `MODEL_MISSING` without an embedder.
   */
  embed(picture: Picture, boxes: readonly Box[], crops?: readonly boolean[]): Promise<(Look | undefined)[]>
  /** The vector of a crop that was kept: of the whole picture. Throws `NOT_A_PICTURE`, and `MODEL_MISSING` likewise. */
  embedCrop(jpeg: Uint8Array): Promise<Float32Array>
  /** The picture of a photo that somebody gives: upright, at most 2048 on the longer side. Throws `NOT_A_PICTURE`. */
  photo(photo: Uint8Array): Promise<Picture>
  /** The box's pixels as JPEG, at most 384 on the longer side and 65,536 bytes. Throws `BAD_REQUEST` where it shows nothing. */
  crop(picture: Picture, box: Box): Promise<Uint8Array>
  /** 200x200 JPEG of at most 102,400 bytes: square of the longer side x1.1, centred, black padding. */
  thumbnail(picture: Picture, box: Box): Promise<Uint8Array>
  jpeg(picture: Picture): Promise<Uint8Array>
}

/** Fewer pixels than this show no horse. */
const leastSide = 16

/**
 * Loads what camera frames need (nv12); what image files need (rgb24) is loaded when first used. A detector that is asked
 * for must be there; without an embedder horses are still found. `onStep` is told of each step of opening a model.
 */
export async function openEngine(setup: WorkerSetup, onStep?: Ask['onStep']): Promise<Engine> {
  const { stateDir, threshold, threads, provider: asked = 'auto', decided } = setup
  await using open = new AsyncDisposableStack()
  const source = setup.detector === undefined ? null : resolveModel(stateDir, setup.detector, setup.tfjs)
  const how = { asked, threads, onStep, decided: decided?.detector ?? undefined }
  const detecting = source && (await chooseDetector(source, how))
  const detector = open.use(detecting?.model)
  const { embedder, ...tried } = await tryEmbedder(setup, onStep)
  open.use(embedder)
  const running = { detector: detecting?.running ?? nowhere, embedder: tried.running }
  const owned = open.move()

  const mustEmbed = (): Embedder => {
    if (!embedder) throw new BarnboxError('MODEL_MISSING', 'there is no embedder')
    return embedder
  }
  const look = async (picture: Picture, rect: Rect, withCrop: boolean): Promise<Look> => {
    const embedder = mustEmbed()
    // First, for the network finds the same pixels in the cache then, and leaves none of them there.
    const measured = { sharpness: sharpnessOf(picture, rect), infrared: isColourless(picture) }
    const vector = await embedder.embed(picture, rect)
    return { vector, ...measured, ...(withCrop && { crop: await encodeCrop(picture, rect) }) }
  }
  return {
    embedder: tried.kind,
    about: aboutOf(source?.name ?? 'none', tried, running),
    async detect(picture) {
      checkPicture(picture)
      if (!detector) throw new BarnboxError('MODEL_MISSING', 'there is no detector')
      return detector.detect(picture, threshold)
    },
    async embed(picture, boxes, crops = []) {
      checkPicture(picture)
      const looks: (Look | undefined)[] = []
      for (const [index, box] of boxes.entries()) {
        const rect = rectWithin(picture, box, leastSide)
        looks.push(rect && (await look(picture, rect, crops[index] ?? false)))
      }
      return looks
    },
    async embedCrop(jpeg) {
      const picture = await decodePicture(jpeg)
      return mustEmbed().embed(picture, wholeOf(picture))
    },
    photo: readPhoto,
    async crop(picture, box) {
      checkPicture(picture)
      const rect = rectWithin(picture, box, leastSide)
      if (!rect)
        throw new BarnboxError('BAD_REQUEST', 'the box shows nothing', { context: { box: box.join() } })
      return encodeCrop(picture, rect)
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

/** Where a detector runs that nobody asked for. */
const nowhere: Running = { provider: 'none', ms: 0, cpuMs: null, cosine: null, fallback: null }

interface Tried {
  readonly embedder: Embedder | null
  readonly kind: EmbedderKind | null
  readonly name: string
  readonly fault: About['embedderFault']
  readonly running: Running | null
}

/** The embedder, or why there is none. */
async function tryEmbedder(setup: WorkerSetup, onStep: Ask['onStep']): Promise<Tried> {
  const { stateDir, embedder: name, threads, provider: asked = 'auto', decided } = setup
  try {
    const source = resolveModel(stateDir, name)
    const ask = { asked, threads, onStep, decided: decided?.embedder ?? undefined }
    const { model, running } = await chooseEmbedder(source, ask)
    const { licence = null, normalise } = source
    const preprocess = { ...model.input, ...(normalise && { normalise }) }
    const kind = { ...model.kind, name, preprocess, licence }
    return { embedder: model, kind, name: source.name, fault: null, running }
  } catch (thrown) {
    const { code, message } = asBarnboxError(thrown)
    return { embedder: null, kind: null, name, fault: { code, message }, running: null }
  }
}

function aboutOf(
  detector: string,
  { name: embedder, fault: embedderFault }: Pick<Tried, 'name' | 'fault'>,
  running: RunningModels,
): About {
  const entry = catalogEntry(withoutVariant(embedder))
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
