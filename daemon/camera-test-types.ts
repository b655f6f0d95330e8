/**
 * The shared words of a camera's acceptance test: what is measured, what is made of it, and who runs it.
 */
import type { StreamTrial } from './camera-types.ts'
import type { CameraQuality } from './system-types.ts'
import type { StreamId } from './types.ts'

export type TestedStream = Omit<StreamTrial, 'picture'>

export type WayFault = 'unsupported' | 'refused' | 'unreachable' | 'silent'

/** One stream as packets, over one way. */
export interface PacketTrial {
  readonly transport: 'tcp' | 'udp'
  readonly seconds: number
  readonly packets: number
  readonly lost: number
  /** How much the camera's time of its pictures runs ahead of ours, ms a minute; null where too little came. */
  readonly paceMsPerMinute: number | null
  /** What the clock of the camera says by its reports (RTCP), less ours, in ms; null where it says none. */
  readonly clockMs: number | null
  readonly fault: WayFault | null
}

/** How the camera's clock stands beside the box's. */
export interface CameraClock {
  readonly by: 'onvif' | 'rtcp'
  readonly offMs: number
}

/** How much of a stall that is drawn is seen: shares of its outline and of its area. */
export interface StallSeen {
  readonly name: string
  /** Of its outline, what runs along the side of the picture: there it goes on unseen. */
  readonly cut: number
  /** Of its area, what is black or blindingly white. */
  readonly blind: number
}

export interface PictureFigures {
  readonly width: number
  readonly height: number
  /** Without colour: by infrared light. */
  readonly isGrey: boolean
  /** Mean luma, 0-255. */
  readonly brightness: number
}

export interface CameraMeasured {
  readonly camera: string
  readonly name: string
  readonly atMs: number
  /** How the config has it watched. */
  readonly transport: 'tcp' | 'udp'
  readonly main: TestedStream
  /** Null where there is no stream of its own for the analysis. */
  readonly detect: TestedStream | null
  /** Null where no picture came. */
  readonly picture: PictureFigures | null
  /** UTC ms of the picture by infrared that is kept; null where there is none. */
  readonly nightMs: number | null
  readonly clock: CameraClock | null
  /** The stream that is analysed; empty where no picture came. */
  readonly ways: readonly PacketTrial[]
  /** The horses in the picture that is analysed, heights in pixels, the largest first; null where nobody could look for them. */
  readonly horses: readonly number[] | null
  readonly stalls: readonly StallSeen[]
  /** Null where no picture came, or it was too short. */
  readonly watch: (CameraQuality & { readonly seconds: number }) | null
}

export const testParts = [
  ...(['stream', 'detect', 'sides', 'steadiness', 'tcp', 'udp'] as const),
  ...(['pace', 'clock', 'light', 'horses', 'stalls'] as const),
] as const
export type TestPart = (typeof testParts)[number]

/** What is said of a part; pages and the command have the words. */
export type TestSays =
  | 'fault'
  | 'streamGood'
  | 'streamKeyframes'
  | 'streamSlow'
  | 'streamCodec'
  | 'noSubstream'
  | 'sidesSame'
  | 'sidesDiffer'
  | 'steadyGood'
  | 'steadyFair'
  | 'steadyPoor'
  | 'steadyUnknown'
  | 'lossNone'
  | 'lossFew'
  | 'lossSome'
  | WayFault
  | 'paceGood'
  | 'paceOff'
  | 'clockGood'
  | 'clockOff'
  | 'clockUnknown'
  | 'lightDay'
  | 'lightDayNight'
  | 'lightNight'
  | 'lightDark'
  | 'horsesNone'
  | 'horsesTiny'
  | 'horsesSmall'
  | 'horsesGood'
  | 'horsesUnknown'
  | 'stallsNone'
  | 'stallSeen'
  | 'stallCut'
  | 'stallBlind'

export interface TestFinding {
  readonly part: TestPart
  readonly level: 'ok' | 'warning' | 'problem'
  readonly says: TestSays
  readonly of: Readonly<Record<string, string | number>>
}

export interface CameraReport extends CameraMeasured {
  readonly findings: readonly TestFinding[]
}

export interface RunningTest {
  readonly id: StreamId
  readonly startedMs: number
  /** About when it will be done. */
  readonly untilMs: number
}

/** Where people have cameras tested. */
export interface CameraTests {
  /** The one that runs; one at a time. */
  readonly running: RunningTest | null
  /** Why the last test of a camera came to nothing; null where it did not. */
  fault(id: StreamId): string | null
  /** Throws `NOT_FOUND`, `CAMERA_BUSY` and `FFMPEG_MISSING`. */
  start(id: StreamId): RunningTest
  /** The newest; undefined where there is none. */
  report(id: StreamId): CameraReport | undefined
  /** JPEG: that of the newest report, or the newest by infrared. */
  picture(id: StreamId, which: 'day' | 'night'): Uint8Array | undefined
}
