/**
 * CPU of the whole daemon on 1, 4 and 8 cameras beside what the same work costs by itself: one bare ffmpeg a camera, and
 * bare inference in a process of its own for as many detections and looks as the daemon made. In turns, in one run: the
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
import { median, quantile } from './parts/statistics.ts'

type Figures = Record<string, number>

/** The config takes no more frames a second. */
const mostFps = 15
/** More frames dropped than this, and the rate does not hold. */
const mostDropped = 0.02
/** ffmpeg hangs up on a resting camera that it has not heard of for 5 s. */
const oftenHeard = { args: ['--rtcp-seconds', '1'] }
/** Looks that come with a frame, about; for the first try of a rate only. */
const likelyEmbeds = 0.5

interface Lengths {
  /** Of the rate that the models may hold this much is tried first. */
  readonly haste: number
  readonly warmUpMs: number
  /** From the return of the pictures to the beginning of what is measured. */
  readonly settleMs: number
  readonly measureMs: number
  readonly turns: number
  readonly delaysSeconds: number
}

const whole: Lengths = {
  haste: 1,
  warmUpMs: 8000,
  settleMs: 1500,
  measureMs: 6000,
  turns: 3,
  delaysSeconds: 6,
}
const rough: Lengths = {
  haste: 0.3,
  warmUpMs: 3000,
  settleMs: 1500,
  measureMs: 4000,
  turns: 1,
  delaysSeconds: 3,
}

/** Figures of 4 and 8 cameras say so in their names; `_ms` of CPU are of one frame or one look. */
export async function run({ quick }: { quick: boolean }): Promise<Figures> {
  const lengths = quick ? rough : whole
  const film = await panFootage(AbortSignal.timeout(120_000))
  using inference = await startInference()
  const detectsPerSecond = await unpaced(inference)
  const figures: Figures = {}
  for (const cameras of quick ? [1] : [1, 4, 8]) {
    const mounts = Object.fromEntries(Array.from({ length: cameras }, (_, at) => [`/${at + 1}`, film]))
    await using seen = await startRtspCamera(mounts, oftenHeard)
    await using bare = await startRtspCamera(mounts, oftenHeard)
    const stage = { seen, bare, inference, lengths, suffix: cameras === 1 ? '' : `_${cameras}_cameras` }
    // Every second, third... of the footage's frames: at other rates the intervals are uneven.
    let every = Math.ceil(FPS / Math.min(mostFps, (lengths.haste * detectsPerSecond) / cameras))
    for (;;) {
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
async function unpaced(inference: BareInference): Promise<number> {
  const seconds = 3
  await inference.pace({ detectsPerSecond: null, embedsPerDetect: likelyEmbeds })
  await wait(seconds * 1000)
  return (await inference.pace(resting)).detects / seconds
}

const resting = { detectsPerSecond: 0, embedsPerDetect: 0 }

interface Stage {
  readonly seen: RtspCamera
  readonly bare: RtspCamera
  readonly inference: BareInference
  readonly lengths: Lengths
  readonly suffix: string
}

/** The figures at this rate; where it does not hold, the rate that each camera's frames were analysed at instead. */
async function measure(fps: number, stage: Stage): Promise<Figures | number> {
  const { seen, bare, lengths, suffix } = stage
  const urls = (camera: RtspCamera) => camera.mounts.map(({ mount }) => camera.url(mount))
  say(`${seen.mounts.length} cameras, ${fps.toFixed(2)} frames a second each`)
  await seen.command('resume')
  await using daemon = await startDaemon(urls(seen), { fps })
  const warm = await daemonTurn(daemon, stage, lengths.warmUpMs)
  if (!holds(warm)) return managed(warm, stage)
  await bare.command('resume')
  using decoding = await startDecoding(urls(bare), fps)
  await wait(lengths.warmUpMs / 2)
  await bare.command('freeze')

  const turns: Turn[] = []
  for (let turn = 0; turn < lengths.turns; turn++) {
    const ours = await daemonTurn(daemon, stage, lengths.measureMs)
    if (!holds(ours)) return managed(ours, stage)
    const alone = await bareTurn(decoding, ours, stage)
    turns.push({ ours, alone })
    say(`  overhead ratio ${ratioOf({ ours, alone }).toFixed(3)}`)
  }
  await seen.command('resume')
  const streams = seen.mounts.map((_, at) => `camera-${at + 1}`)
  const delays = await rowDelays(daemon.box.url, daemon.stateDir, streams, lengths.delaysSeconds)
  return {
    ...figuresOf(turns, suffix),
    [`fps${suffix}`]: fps,
    [`rss${suffix}_mb`]: residentMb(daemon.box.pid),
    [`frame_to_row${suffix}_p50_ms`]: quantile(delays, 0.5),
    [`frame_to_row${suffix}_p95_ms`]: quantile(delays, 0.95),
  }
}

const holds = ({ dropped, decoded }: Turn['ours']) => dropped <= mostDropped * decoded
const managed = ({ detects, seconds }: Turn['ours'], { seen }: Stage) =>
  detects / seconds / seen.mounts.length

interface Turn {
  readonly ours: Done & { readonly seconds: number }
  readonly alone: Alone
}

/** CPU seconds of one frame decoded, one detection, one look. */
interface Alone {
  readonly decode: number
  readonly detect: number
  readonly embed: number
}

/** Lets the daemon see its cameras for some time; answers what it used and did from the settling on. */
async function daemonTurn(daemon: DaemonSide, { seen, lengths }: Stage, ms: number): Promise<Turn['ours']> {
  await seen.command('resume')
  await wait(lengths.settleMs)
  const before = await daemon.read()
  const startedMs = performance.now()
  await wait(ms)
  const after = await daemon.read()
  const seconds = (performance.now() - startedMs) / 1000
  await seen.command('freeze')
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
  decoding: BareDecoding,
  ours: Turn['ours'],
  { bare, inference, lengths }: Stage,
): Promise<Alone> {
  const pace = { detectsPerSecond: ours.detects / ours.seconds, embedsPerDetect: ours.embeds / ours.detects }
  await bare.command('resume')
  await inference.pace(pace)
  await wait(lengths.settleMs)
  await inference.pace(pace)
  const { cpu, frames } = decoding
  await wait(lengths.measureMs)
  const decode = (decoding.cpu - cpu) / (decoding.frames - frames)
  const cost = await inference.pace(resting)
  await bare.command('freeze')
  // Where no horse came near, no look was made, and none is charged.
  const embed = cost.embeds === 0 ? 0 : cost.embedSeconds / cost.embeds
  return { decode, detect: cost.detectSeconds / cost.detects, embed }
}

function ratioOf({ ours, alone }: Turn): number {
  const { decode, detect, embed } = alone
  return ours.cpu / (ours.decoded * decode + ours.detects * detect + ours.embeds * embed)
}

function figuresOf(turns: readonly Turn[], suffix: string): Figures {
  const middle = (of: (turn: Turn) => number) => median(turns.map(of))
  return {
    [`pipeline_overhead_ratio${suffix}`]: middle(ratioOf),
    [`cpu_per_frame${suffix}_ms`]: middle(({ ours }) => (1000 * ours.cpu) / ours.detects),
    [`bare_decode${suffix}_ms`]: middle(({ alone }) => 1000 * alone.decode),
    [`bare_detect${suffix}_ms`]: middle(({ alone }) => 1000 * alone.detect),
    [`bare_embed${suffix}_ms`]: middle(({ alone }) => 1000 * alone.embed),
    [`embeds_per_frame${suffix}`]: middle(({ ours }) => ours.embeds / ours.detects),
    [`dropped_share${suffix}`]: middle(({ ours }) => ours.dropped / ours.decoded),
  }
}

/** A word on the way: the whole takes minutes. */
function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
