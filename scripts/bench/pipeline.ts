/**
 * CPU of the whole daemon on 1, 4 and 8 cameras beside what the same work costs by itself: one bare ffmpeg a camera, and
 * bare inference in processes of its own for as many detections and looks as the daemon made. In turns, in one run: the
 * cameras of one side rest while the other side works.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { type RtspCamera, startRtspCamera } from '../demonstration/rtsp.ts'
import { FPS } from '../footage/plan.ts'
import { panFootage } from '../footage.ts'
import { type BareDecoding, type BareInference, startDecoding, startInference } from './parts/bare-parts.ts'
import { type DaemonSide, type Done, startDaemon } from './parts/daemon-side.ts'
import { residentMb } from './parts/processes.ts'
import { rowDelays } from './parts/row-delays.ts'
import { median, middle, quantile } from './parts/statistics.ts'

type Figures = Record<string, number>

/** The config takes no more frames a second. */
const mostFps = 15
/** More of all frames dropped than this, and the rate does not hold. */
const mostDropped = 0.02
/** ffmpeg hangs up on a resting camera that it has not heard of for 5 s. */
const oftenHeard = { args: ['--rtcp-seconds', '1'] }
/** Looks that come with a frame, about; for the first try of a rate only. */
const likelyEmbeds = 1.5

/** The daemons that are measured, by what their figures' names end in: every picture is looked at, or the gate decides. */
const daemons: Readonly<Record<string, object>> = { '': { quiet_seconds: 0 }, _gated: {} }

interface Lengths {
  /** So many processes of bare inference: the same session is a tenth faster or slower by where its memory happens to lie. */
  readonly places: number
  /** Each is let loose for so long at first, until its code is compiled. */
  readonly unpacedMs: number
  /** Of the rate that the models may hold this share is tried first. */
  readonly haste: number
  /** All daemons at once, at first: whether the rate holds is seen soon. */
  readonly firstMs: number
  /** All daemons at once, until the code is compiled that runs for months, and a barn's galleries are filled. */
  readonly warmUpMs: number
  /** Each alone, to see whether the rate holds. */
  readonly trialMs: number
  /** From the return of the pictures to the beginning of what is measured. */
  readonly settleMs: number
  readonly measureMs: (cameras: number) => number
  readonly turns: (cameras: number) => number
  readonly delaysSeconds: number
}

const whole: Lengths = {
  places: 4,
  unpacedMs: 8000,
  haste: 0.9,
  firstMs: 50_000,
  // V8 compiles for good what was called 3000 times (`--invocation-count-for-turbofan`): at 15 frames a second after 200 s. Forty vectors of a horse,
  // at most one in 3 s, take two minutes, and half a minute more where eight cameras share the looks: until then a space is learnt anew more often
  // than ever after.
  warmUpMs: 180_000,
  trialMs: 20_000,
  settleMs: 1500,
  // A daemon that wakes up has cold caches for its first frames, of which more cameras have fewer each.
  measureMs: (cameras) => (cameras === 1 ? 5000 : 12_000),
  // A core of a virtual machine slows down by a third for seconds, so that a turn of five seconds is off by 0.1: the middle of so many by 0.02.
  turns: (cameras) => (cameras === 1 ? 24 : 12),
  delaysSeconds: 5,
}
const rough: Lengths = {
  ...whole,
  places: 1,
  unpacedMs: 3000,
  haste: 0.3,
  firstMs: 3000,
  warmUpMs: 0,
  trialMs: 3000,
  turns: () => 1,
  delaysSeconds: 3,
}

/** Figures of 4 and 8 cameras say so in their names; `_ms` of CPU are of one frame or one look. */
export async function run({ quick }: { quick: boolean }): Promise<Figures> {
  const lengths = quick ? rough : whole
  const film = await panFootage(AbortSignal.timeout(120_000))
  using open = new DisposableStack()
  const inferences: BareInference[] = []
  const speeds: number[] = []
  while (inferences.length < lengths.places) {
    const inference = open.use(await startInference())
    inferences.push(inference)
    speeds.push(await unpaced(inference, lengths.unpacedMs))
  }
  const detectsPerSecond = lengths.haste * median(speeds)
  const figures: Figures = {}
  // Eight first: where a rate does not hold, it is theirs.
  for (const cameras of quick ? [1] : [8, 4, 1]) {
    const mounts = Object.fromEntries(Array.from({ length: cameras }, (_, at) => [`/${at + 1}`, film]))
    const stage = { mounts, inferences, lengths }
    // Every second, third... of the footage's frames: at other rates the intervals are uneven.
    let every = Math.ceil(FPS / Math.min(mostFps, detectsPerSecond / cameras))
    for (;;) {
      say(`cameras: ${cameras}, ${(FPS / every).toFixed(2)} frames a second each`)
      const found = await measure(FPS / every, stage)
      if (typeof found === 'object') {
        Object.assign(figures, found)
        break
      }
      every = Math.max(every + 1, Math.ceil(FPS / found))
    }
  }
  return figures
}

/** Detections a second that the models make when nothing holds them up. */
async function unpaced(inference: BareInference, ms: number): Promise<number> {
  await inference.pace({ detectsPerSecond: null, embedsPerDetect: likelyEmbeds })
  await wait(ms)
  return (await inference.pace(resting)).detects / (ms / 1000)
}

const resting = { detectsPerSecond: 0, embedsPerDetect: 0 }

interface Stage {
  /** The cameras, as often as there are sides. */
  readonly mounts: Readonly<Record<string, string>>
  /** They take turns. */
  readonly inferences: readonly BareInference[]
  readonly lengths: Lengths
}

/** A daemon with cameras of its own. */
interface Watched {
  /** What the names of its figures end in. */
  readonly suffix: string
  readonly camera: RtspCamera
  readonly daemon: DaemonSide
  /** What it did in each turn. */
  readonly done: Ours[]
}

/** The figures at this rate; where it does not hold, the rate that each camera's frames were analysed at instead. */
async function measure(fps: number, stage: Stage): Promise<Figures | number> {
  const { mounts, lengths } = stage
  const cameras = Object.keys(mounts).length
  const managed = (done: readonly Ours[]) => sumOf(done, 'detects') / sumOf(done, 'seconds') / cameras
  await using open = new AsyncDisposableStack()
  const watched: Watched[] = []
  for (const [suffix, more] of Object.entries(daemons)) {
    const camera = open.use(await startRtspCamera(mounts, oftenHeard))
    const daemon = open.use(await startDaemon(urlsOf(camera), { fps, ...more }))
    await camera.command('freeze')
    watched.push({ suffix, camera, daemon, done: [] })
  }
  // None rests for 120 s: a camera that does is taken for gone.
  for (const ms of [lengths.firstMs, lengths.warmUpMs]) {
    for (const { camera } of watched) await camera.command('resume')
    await wait(ms)
    for (const { camera } of watched) await camera.command('freeze')
    for (const one of watched) {
      const warm = await daemonTurn(one, lengths, lengths.trialMs)
      if (!holds([warm], 1)) return managed([warm])
    }
  }
  const camera = open.use(await startRtspCamera(mounts, oftenHeard))
  const decoding = open.use(await startDecoding(urlsOf(camera), fps))
  await wait(lengths.settleMs)
  await camera.command('freeze')
  const alone: Alone[] = []
  for (let turn = 0; turn < lengths.turns(cameras); turn++) {
    for (const one of watched) {
      one.done.push(await daemonTurn(one, lengths, lengths.measureMs(cameras)))
      if (!holds(one.done, lengths.turns(cameras))) return managed(one.done)
    }
    const inference = stage.inferences[turn % stage.inferences.length] as BareInference
    const bare = await bareTurn({ camera, decoding, inference }, watched[0]?.done[turn] as Ours, stage)
    alone.push(bare)
    const ratios = watched.map(({ done }) => ratioOf(done[turn] as Ours, bare).toFixed(3))
    say(`  turn ${turn + 1}: overhead ratio ${ratios.join(', ')}`)
  }
  return await figuresOf(watched, alone, fps, stage)
}

async function figuresOf(
  watched: readonly Watched[],
  alone: readonly Alone[],
  fps: number,
  { mounts, lengths }: Stage,
): Promise<Figures> {
  const cameras = Object.keys(mounts).length
  const ofSo = cameras === 1 ? '' : `_${cameras}_cameras`
  const figures = named({ fps, ...bareOf(alone) }, ofSo)
  for (const { suffix, camera, daemon, done } of watched) {
    const own = { ...oursOf(done, alone), rss_mb: residentMb(daemon.box.pid) }
    const delays = await delaysOf({ camera, daemon }, lengths)
    Object.assign(figures, named({ ...own, ...delays }, `${ofSo}${suffix}`))
  }
  return figures
}

const urlsOf = (camera: RtspCamera) => camera.mounts.map(({ mount }) => camera.url(mount))

/** Whether the rate may hold over all turns, by the first of them: a moment that the machine is away says little of it. */
function holds(done: readonly Ours[], turns: number): boolean {
  const decodedInAll = (sumOf(done, 'decoded') * turns) / done.length
  return sumOf(done, 'dropped') <= mostDropped * decodedInAll
}

const sumOf = (done: readonly Ours[], key: keyof Ours) => done.reduce((sum, one) => sum + one[key], 0)

/** What the daemon did in a turn. */
interface Ours extends Done {
  readonly seconds: number
}

/** CPU seconds of one frame decoded, one detection, one look. */
interface Alone {
  readonly decode: number
  readonly detect: number
  readonly embed: number
}

/** Lets the daemon see its cameras for some time; answers what it used and did from the settling on. */
async function daemonTurn(
  { camera, daemon }: Pick<Watched, 'camera' | 'daemon'>,
  { settleMs }: Lengths,
  ms: number,
): Promise<Ours> {
  await camera.command('resume')
  await wait(settleMs)
  const before = await daemon.read()
  const startedMs = performance.now()
  await wait(ms)
  const after = await daemon.read()
  const seconds = (performance.now() - startedMs) / 1000
  await camera.command('freeze')
  const since = (key: keyof Done) => after[key] - before[key]
  return {
    seconds,
    cpu: since('cpu'),
    decoded: since('decoded'),
    dropped: since('dropped'),
    detects: since('detects'),
    embeds: since('embeds'),
  }
}

/** The same work at the same pace, with nothing around it. */
async function bareTurn(
  { camera, decoding, inference }: { camera: RtspCamera; decoding: BareDecoding; inference: BareInference },
  ours: Ours,
  { lengths, mounts }: Stage,
): Promise<Alone> {
  const pace = { detectsPerSecond: ours.detects / ours.seconds, embedsPerDetect: ours.embeds / ours.detects }
  await camera.command('resume')
  await inference.pace(pace)
  await wait(lengths.settleMs)
  await inference.pace(pace)
  const { cpu, frames } = decoding
  await wait(lengths.measureMs(Object.keys(mounts).length))
  const decode = (decoding.cpu - cpu) / (decoding.frames - frames)
  const cost = await inference.pace(resting)
  await camera.command('freeze')
  // Where no horse came near, no look was made, and none is charged.
  const embed = cost.embeds === 0 ? 0 : cost.embedSeconds / cost.embeds
  return { decode, detect: cost.detectSeconds / cost.detects, embed }
}

function ratioOf(ours: Ours, { decode, detect, embed }: Alone): number {
  return ours.cpu / (ours.decoded * decode + ours.detects * detect + ours.embeds * embed)
}

function bareOf(alone: readonly Alone[]): Figures {
  const middleMs = (part: keyof Alone) => 1000 * median(alone.map((one) => one[part]))
  return {
    bare_decode_ms: middleMs('decode'),
    bare_detect_ms: middleMs('detect'),
    bare_embed_ms: middleMs('embed'),
  }
}

/** `alone`: the bare turn that belongs to each. */
function oursOf(done: readonly Ours[], alone: readonly Alone[]): Figures {
  return {
    pipeline_overhead_ratio: middle(alone.map((bare, turn) => ratioOf(done[turn] as Ours, bare))),
    cpu_per_frame_ms: median(done.map(({ cpu, detects }) => (1000 * cpu) / detects)),
    embeds_per_frame: median(done.map(({ embeds, detects }) => embeds / detects)),
    dropped_share: sumOf(done, 'dropped') / sumOf(done, 'decoded'),
  }
}

/** Measured when nobody counts CPU: who asks for frames costs some. */
async function delaysOf(
  { camera, daemon }: Pick<Watched, 'camera' | 'daemon'>,
  { settleMs, delaysSeconds }: Lengths,
): Promise<Figures> {
  await camera.command('resume')
  // The frame that was on its way when the camera froze is as old as that.
  await wait(settleMs)
  const delays = await rowDelays(daemon, delaysSeconds)
  await camera.command('freeze')
  return { frame_to_row_p50_ms: quantile(delays, 0.5), frame_to_row_p95_ms: quantile(delays, 0.95) }
}

/** The figures under names that tell them from the others; a unit, and a percentile, stay last. */
function named(figures: Figures, suffix: string): Figures {
  const name = (key: string) => key.replace(/(_p\d+)?(_ms|_mb)?$/, (unit) => `${suffix}${unit}`)
  return Object.fromEntries(Object.entries(figures).map(([key, value]) => [name(key), value]))
}

/** A word on the way: the whole takes minutes. */
function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
