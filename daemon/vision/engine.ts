/**
 * The models at work, in whatever thread this is called: pictures in, detections, looks and JPEGs out.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { ModelName } from '../../models/convert/convert.ts'
import { embedderId } from '../../models/convert/embedder.ts'
import type { PictureFormat } from '../../models/convert/layout.ts'
import type { Box, Detection, Look, ModelKind, Picture } from '../types.ts'
import { decodeCenternet } from './decoders/centernet.ts'
import { encodeJpeg, encodeThumbnail } from './jpeg.ts'
import { catalogEntry, ensureModels, hashOf } from './models.ts'
import { checkPicture, rectWithin } from './pixels.ts'
import type { About, WorkerSetup } from './protocol.ts'
import { sharpnessOf } from './quality.ts'
import { brokenModel, floatsOf, int64s, intsOf, openSession, pixelFeeds, type Session } from './session.ts'

export interface Engine extends AsyncDisposable {
  readonly embedder: ModelKind
  readonly about: About
  detect(picture: Picture): Promise<Detection[]>
  embed(picture: Picture, boxes: readonly Box[]): Promise<(Look | undefined)[]>
  thumbnail(picture: Picture, box: Box): Promise<Uint8Array>
  jpeg(picture: Picture): Promise<Uint8Array>
}

/** Fewer pixels than this show no horse. */
const leastSide = 16

/** Loads what camera frames need (nv12); the models for image files (rgb24) are loaded when first used. */
export async function openEngine(setup: WorkerSetup): Promise<Engine> {
  await using open = new AsyncDisposableStack()
  const detectors = open.use(await openModel(setup, setup.detector, ['scores', 'cells', 'sizes']))
  const embedders = open.use(await openModel(setup, setup.embedder, ['embedding']))
  const owned = open.move()

  const look = async (picture: Picture, box: Box): Promise<Look | undefined> => {
    const rect = rectWithin(picture, box, leastSide)
    if (!rect) return undefined
    const session = await embedders.of(picture.format)
    const where = int64s([rect.x1, rect.y1, rect.x2, rect.y2])
    const outputs = await session.run({ ...pixelFeeds(picture), box: where })
    return { vector: floatsOf(outputs, 'embedding').slice(), sharpness: sharpnessOf(picture, rect) }
  }
  return {
    embedder: embedders.kind,
    about: aboutOf(setup),
    async detect(picture) {
      checkPicture(picture)
      const session = await detectors.of(picture.format)
      const outputs = await session.run(pixelFeeds(picture))
      const peaks = {
        scores: floatsOf(outputs, 'scores'),
        cells: intsOf(outputs, 'cells'),
        sizes: floatsOf(outputs, 'sizes'),
      }
      return decodeCenternet(peaks, picture, setup.threshold)
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

function aboutOf({ detector, embedder }: WorkerSetup): About {
  const entry = catalogEntry(embedder)
  return {
    detector: path.basename(detector),
    embedder: path.basename(embedder),
    stopgap: entry?.stopgap ?? false,
    sameAbove: entry?.sameAbove ?? 0.7,
    margin: entry?.margin ?? 0.05,
  }
}

interface Model extends AsyncDisposable {
  readonly kind: ModelKind
  of(format: PictureFormat): Promise<Session>
}

/** A built-in model has a file per picture format; a file named in the config serves the format it was made for. */
async function openModel(setup: WorkerSetup, name: string, outputs: readonly string[]): Promise<Model> {
  const builtIn = catalogEntry(name)
  const files = builtIn ? ensureModels(setup.stateDir)[builtIn.name as ModelName] : undefined
  const sessions = new Map<PictureFormat, Session>()
  const load = async (file: string): Promise<Session> => {
    const session = await openSession(file, setup.threads)
    try {
      sessions.set(formatOf(file, session, outputs), session)
    } catch (error) {
      await session.release()
      throw error
    }
    return session
  }
  const first = await load(files ? files.nv12 : name)
  return {
    kind: { id: files ? embedderId : idOf(name), dim: dimOf(first) },
    async of(format) {
      const found = sessions.get(format) ?? (files ? await load(files[format]) : undefined)
      if (!found) throw brokenModel(name, `does not take ${format} pictures`)
      return found
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions.values()) await session.release()
    },
  }
}

/** Another file is another model, whatever its name. */
const idOf = (file: string) => `${path.basename(file, '.onnx')}@${hashOf(readFileSync(file)).slice(0, 12)}`

function dimOf(session: Session): number {
  const meta = session.outputMetadata.find((output) => output.name === 'embedding')
  const last = meta?.isTensor ? meta.shape.at(-1) : undefined
  return typeof last === 'number' ? last : 0
}

function formatOf(file: string, session: Session, outputs: readonly string[]): PictureFormat {
  const inputs = session.inputNames
    .filter((name) => name !== 'box')
    .sort()
    .join()
  const boxed = session.inputNames.includes('box') === outputs.includes('embedding')
  if (boxed && outputs.every((name) => session.outputNames.includes(name))) {
    if (inputs === 'pixels') return 'rgb24'
    if (inputs === 'uv,y') return 'nv12'
  }
  const seen = `takes ${session.inputNames.join(', ')} and gives ${session.outputNames.join(', ')}`
  throw brokenModel(file, `${seen}, which is no layout barnbox knows`)
}
