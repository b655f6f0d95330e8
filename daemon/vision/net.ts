/**
 * A network ready to look at pictures, whichever way the picture gets in: through its own graph (the built-in ones),
 * or through a front of ours before a network that came as a file.
 */
import { convertFront } from '../../models/convert/front.ts'
import type { PictureFormat } from '../../models/convert/layout.ts'
import type { Preprocess } from '../../models/convert/preprocess.ts'
import { BarnboxError } from '../lib/errors.ts'
import type { Picture } from '../types.ts'
import { seenPorts } from './decoders/all.ts'
import { imageInput, type Layout, type Port, type Tensors } from './decoders/decoder.ts'
import { sizeInput } from './decoders/detr-boxes.ts'
import type { Rect } from './pixels.ts'
import { type Placement, placementOf, type Size } from './placement.ts'
import type { ModelSource } from './resolve.ts'
import {
  brokenModel,
  type Feeds,
  inputsOf,
  int64s,
  onCpu,
  openGraph,
  openSession,
  outputsOf,
  pixelFeeds,
  type RunOn,
  runSession,
  type Session,
} from './session.ts'
import { checkWhole } from './store.ts'

export interface Net<L extends Layout> extends AsyncDisposable {
  readonly layout: L
  readonly input: Preprocess
  readonly outputs: readonly Port[]
  /** A picture format that it takes without loading more. */
  readonly format: PictureFormat
  /** Looks at the picture, or at a part of it where the network was opened for that. */
  run(picture: Picture, part?: Rect): Promise<{ outputs: Tensors; placement: Placement }>
  /** Ends the profile that it was opened with. */
  endProfile(): void
}

/** How a network is used: `crops` looks at parts of pictures. */
export interface Use<L extends Layout> {
  readonly layouts: readonly L[]
  readonly crops: boolean
}

/**
 * Opens a model as one of the layouts; refuses it, saying what was seen, where it is none of them. What was installed is
 * hashed before, for damage need not stop the runtime; that blocks nobody but for its disk.
 */
export async function openNet<L extends Layout>(
  source: ModelSource,
  use: Use<L>,
  threads: number,
  on: RunOn = onCpu,
): Promise<Net<L>> {
  await checkWhole(source.whole ?? [])
  const session = await openSession(source.file, threads, on)
  try {
    const inputs = inputsOf(session)
    const outputs = outputsOf(session)
    const layout = layoutOf(source, use, inputs, outputs)
    const format = ownFormat(inputs)
    if (format) return ownNet(session, format, layout, source, { threads, on })
    return frontedNet(session, layout, sizedInput(source, layout, inputs), use.crops, threads)
  } catch (error) {
    await session.release()
    throw error
  }
}

/**
 * The layout that is known of the model, else the one that its ports fit. Where the ports say nothing, the known one is
 * taken until the first look.
 */
function layoutOf<L extends Layout>(
  source: ModelSource,
  { layouts }: Use<L>,
  inputs: readonly Port[],
  outputs: readonly Port[],
): L {
  const fitting = layouts.filter((one) => one.matches(inputs, outputs))
  const [found] = fitting
  const known = layouts.find(({ layout }) => layout === source.layout)
  if (known && (!found || fitting.includes(known))) return known
  const seen = seenPorts(inputs, outputs)
  // The file may be sound, and for something else: nobody should delete it.
  if (!found) throw brokenModel(source.file, `${seen}, ${noLayout}`, undefined, listTells)
  if (source.layout === undefined) return found
  throw otherModel(source, `is ${found.layout} (${seen}), not ${source.layout}`)
}

const noLayout = 'which is no layout barnbox knows for this'
export const listTells = '`barnbox models list` says what each model is for'

/** Whether a model was refused for its ports alone: as one of other layouts it may do. */
export const isUnknownLayout = (error: unknown): boolean =>
  error instanceof BarnboxError && String(error.context['what']).endsWith(noLayout)

/** It would run, and is not what is known under its name. */
export function otherModel({ name, file }: ModelSource, what: string): BarnboxError {
  const cure = `if it is no ${name}, import it under a name of its own`
  return new BarnboxError('MODEL_BROKEN', `${file} ${what}; ${cure}`, { context: { name, file, what, cure } })
}

/** The format that one of our own graphs takes; undefined for a network without a front. */
function ownFormat(inputs: readonly Port[]): PictureFormat | undefined {
  const names = inputs.map(({ name }) => name).filter((name) => name !== 'box')
  if (names.sort().join() === 'uv,y') return 'nv12'
  const open = inputs.some(({ shape }) => shape.join() === '1,height,width,3')
  return names.join() === 'pixels' && open ? 'rgb24' : undefined
}

/** The built-in models have a file a format, the second loaded when it is first needed. */
function ownNet<L extends Layout>(
  first: Session,
  format: PictureFormat,
  layout: L,
  source: ModelSource,
  { threads, on }: { threads: number; on: RunOn },
): Net<L> {
  const sessions = new Map([[format, first]])
  const input: Preprocess = { ...layout.usual, width: layout.usualSide, height: layout.usualSide }
  const of = async (wanted: PictureFormat): Promise<Session> => {
    const found = sessions.get(wanted)
    if (found) return found
    const file = source.files?.[wanted]
    if (file === undefined) throw brokenModel(source.file, `does not take ${wanted} pictures`)
    const session = await openSession(file, threads, { provider: on.provider })
    sessions.set(wanted, session)
    return session
  }
  return {
    layout,
    input,
    outputs: outputsOf(first),
    format,
    async run(picture, part) {
      const session = await of(picture.format)
      const feeds = { ...pixelFeeds(picture), ...(part && boxFeed(part)) }
      return { outputs: await runSession(session, feeds), placement: placementOf(input, picture) }
    },
    endProfile: () => first.endProfiling(),
    async [Symbol.asyncDispose]() {
      for (const session of sessions.values()) await session.release()
    },
  }
}

const boxFeed = ({ x1, y1, x2, y2 }: Rect): Feeds => ({ box: int64s([x1, y1, x2, y2]) })

function frontedNet<L extends Layout>(
  session: Session,
  layout: L,
  input: Preprocess,
  crops: boolean,
  threads: number,
): Net<L> {
  const fronts = new Map<PictureFormat, Session>()
  const inputs = inputsOf(session)
  const name = imageInput(inputs)?.name ?? ''
  // Boxes come back in the network's own pixels, as those of all other layouts do.
  const sized = inputs.some((one) => one.name === sizeInput)
  const more: Feeds = sized ? { [sizeInput]: int64s([input.width, input.height], [1, 2]) } : {}
  const frontOf = async (format: PictureFormat): Promise<Session> => {
    const front = fronts.get(format) ?? (await openGraph(convertFront(input, format, crops), threads))
    fronts.set(format, front)
    return front
  }
  return {
    layout,
    input,
    outputs: outputsOf(session),
    format: 'nv12',
    async run(picture, part) {
      const front = await frontOf(picture.format)
      const size = part ? { width: part.x2 - part.x1, height: part.y2 - part.y1 } : picture
      const placement = placementOf(input, size)
      const feeds = { ...pixelFeeds(picture), ...(part && boxFeed(part)), ...placeFeeds(input, placement) }
      const { image } = await runSession(front, feeds)
      if (!image) throw brokenModel('the front', 'gave nothing')
      return { outputs: await runSession(session, { [name]: image, ...more }), placement }
    },
    endProfile: () => session.endProfiling(),
    async [Symbol.asyncDispose]() {
      for (const front of fronts.values()) await front.release()
      await session.release()
    },
  }
}

function placeFeeds(input: Preprocess, { width, height, left, top }: Placement): Feeds {
  const size = int64s([height, width])
  if (input.fit === 'stretch') return { size }
  return { size, pads: int64s([top, left, input.height - height - top, input.width - width - left]) }
}

/** Fewer pixels show nothing, more are a mistake in the file. */
const [leastSide, mostSide] = [32, 4096]

/**
 * What the network takes, in the size that its file fixes; where that leaves it open, in the size that is known of the
 * model, else the layout's usual one. A file of another size than the known one is another model.
 */
function sizedInput(source: ModelSource, layout: Layout, inputs: readonly Port[]): Preprocess {
  const input = source.input ?? { ...layout.usual, width: layout.usualSide, height: layout.usualSide }
  const port = imageInput(inputs)
  const rows = input.tensor === 'uint8-nhwc'
  const type = rows ? 'uint8' : 'float32'
  const others = inputs.filter(({ name }) => name !== port?.name && name !== sizeInput)
  if (port?.type !== type || others.length > 0) {
    throw brokenModel(source.file, `${seenPorts(inputs)} where one ${type} picture was expected`)
  }
  const size = fixedSize(port, rows, input)
  const { width, height } = size
  const takes = `takes pictures of ${width} x ${height}`
  if (![width, height].every((side) => side >= leastSide && side <= mostSide)) {
    throw brokenModel(source.file, `${takes}; sides of ${leastSide} to ${mostSide} pixels are taken`)
  }
  if (width === input.width && height === input.height) return input
  if (source.input) throw otherModel(source, `${takes}, not ${input.width} x ${input.height}`)
  return { ...input, ...size }
}

function fixedSize({ shape }: Port, rows: boolean, open: Size): Size {
  const [height, width] = rows ? shape.slice(1, 3) : shape.slice(2, 4)
  const fixed = (given: number | string | undefined, otherwise: number) =>
    typeof given === 'number' && given > 0 ? given : otherwise
  return { width: fixed(width, open.width), height: fixed(height, open.height) }
}
