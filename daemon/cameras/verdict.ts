/**
 * Whether a camera is good enough to be watched, by what was measured of it. Pure; the words are the pages'.
 */
import type {
  CameraMeasured,
  PacketTrial,
  TestedStream,
  TestFinding,
  TestPart,
} from '../camera-test-types.ts'

type Say = Pick<TestFinding, 'level' | 'says' | 'of'>

const say =
  (level: TestFinding['level']) =>
  (says: TestFinding['says'], of: TestFinding['of'] = {}): Say => ({ level, says, of })
const ok = say('ok')
const warning = say('warning')
const problem = say('problem')

const round = (value: number, digits = 0) => Math.round(value * 10 ** digits) / 10 ** digits

/** What can be told of a horse by so many pixels of its height: an embedder looks at 224. */
const wellTall = 150
const leastTall = 80
/** Above that boxes and outlines do not fit from one stream to the other. */
const mostApart = 0.03
const largeWidth = 1920
/** Seconds from one whole picture to the next, and pictures a second. */
const rarestKeyframe = 4
const fewestFps = 5
/** Shares of the packets: a picture is spoilt now and then, and all the time. */
const someLost = 0.0005
const manyLost = 0.01
/** A fiftieth of a minute: a quartz is a hundred times better. */
const mostPaceMs = 1200
const mostClockMs = 5_000
const darkest = 35
const mostCut = 0.25
const mostBlind = 0.15

/** In the order in which an installer would mend them. */
export function judgeCamera(measured: CameraMeasured): TestFinding[] {
  const { main, detect, picture } = measured
  const findings: [TestPart, Say][] = [['stream', judgeStream(main)]]
  if (detect) findings.push(['detect', judgeStream(detect)])
  else if ((main.width ?? 0) > largeWidth) findings.push(['detect', warning('noSubstream')])
  if (detect && !main.fault && !detect.fault) findings.push(['sides', judgeSides(main, detect)])
  if (!picture) return findings.map(asFinding)
  findings.push(['steadiness', judgeWatch(measured)])
  for (const way of measured.ways)
    findings.push([way.transport, judgeLoss(way, way.transport === measured.transport)])
  const pace = judgePace(measured.ways)
  if (pace) findings.push(['pace', pace])
  findings.push(['clock', judgeClock(measured)])
  findings.push(['light', judgeLight(picture, measured.nightMs)])
  findings.push(['horses', judgeHorses(measured.horses)])
  for (const one of judgeStalls(measured)) findings.push(['stalls', one])
  return findings.map(asFinding)
}

const asFinding = ([part, said]: [TestPart, Say]): TestFinding => ({ part, ...said })

function judgeStream({ fault, codec, width, height, fps, keyframeSeconds }: TestedStream): Say {
  if (fault) return problem('fault', { reason: fault.reason, code: fault.code })
  const told = {
    ...{ codec: codec ?? '?', width: String(width ?? '?'), height: String(height ?? '?') },
    ...{ fps: fps ?? '?', keyframe: keyframeSeconds ?? '?' },
  }
  if (keyframeSeconds === null || keyframeSeconds > rarestKeyframe) return warning('streamKeyframes', told)
  if (fps !== null && fps < fewestFps) return warning('streamSlow', told)
  return codec === 'h264' ? ok('streamGood', told) : warning('streamCodec', told)
}

function judgeSides(main: TestedStream, detect: TestedStream): Say {
  const of = ({ width, height }: TestedStream) => (width ?? 1) / (height ?? 1)
  const [one, other] = [of(main), of(detect)]
  if (Math.abs(one / other - 1) < mostApart) return ok('sidesSame')
  return warning('sidesDiffer', { one: round(one, 2), other: round(other, 2) })
}

function judgeWatch({ watch }: CameraMeasured): Say {
  if (!watch) return problem('steadyUnknown')
  const { label, seconds, breaks, come } = watch
  const told = { percent: round(come * 100), seconds, breaks }
  if (label === 'unusable' || label === 'poor') return problem('steadyPoor', told)
  return label === 'fair' ? warning('steadyFair', told) : ok('steadyGood', told)
}

/** What is wrong with a way that nobody takes is worth knowing, and no fault. */
function judgeLoss({ packets, lost, seconds, fault }: PacketTrial, isTaken: boolean): Say {
  if (fault) return isTaken ? problem(fault) : ok(fault)
  const share = lost / Math.max(1, packets + lost)
  const told = { percent: round(share * 100, 2), lost, packets: packets + lost, seconds }
  if (lost === 0) return ok('lossNone', told)
  if (share < someLost || !isTaken) return ok('lossFew', told)
  return share < manyLost ? warning('lossSome', told) : problem('lossSome', told)
}

function judgePace(ways: readonly PacketTrial[]): Say | undefined {
  const pace = ways.find(({ paceMsPerMinute }) => paceMsPerMinute !== null)?.paceMsPerMinute
  if (pace === undefined || pace === null) return undefined
  return Math.abs(pace) > mostPaceMs ? warning('paceOff', { ms: pace }) : ok('paceGood', { ms: pace })
}

function judgeClock({ clock }: CameraMeasured): Say {
  if (!clock) return ok('clockUnknown')
  const told = { seconds: round(clock.offMs / 1000, Math.abs(clock.offMs) < 10_000 ? 1 : 0) }
  return Math.abs(clock.offMs) > mostClockMs ? warning('clockOff', told) : ok('clockGood', told)
}

function judgeLight(
  { isGrey, brightness }: { readonly isGrey: boolean; readonly brightness: number },
  nightMs: number | null,
): Say {
  if (brightness < darkest) return warning('lightDark')
  if (isGrey) return ok('lightNight')
  return nightMs === null ? warning('lightDay') : ok('lightDayNight')
}

function judgeHorses(horses: CameraMeasured['horses']): Say {
  if (horses === null) return warning('horsesUnknown')
  const [height] = horses
  if (height === undefined) return warning('horsesNone')
  const told = { count: horses.length, height, least: wellTall }
  if (height < leastTall) return problem('horsesTiny', told)
  return height < wellTall ? warning('horsesSmall', told) : ok('horsesGood', told)
}

function judgeStalls({ stalls }: CameraMeasured): Say[] {
  if (stalls.length === 0) return [ok('stallsNone')]
  return stalls.map(({ name, cut, blind }) => {
    if (cut > mostCut) return warning('stallCut', { name, percent: round(cut * 100) })
    if (blind > mostBlind) return warning('stallBlind', { name, percent: round(blind * 100) })
    return ok('stallSeen', { name, percent: round((1 - blind) * 100) })
  })
}
