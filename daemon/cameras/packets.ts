/**
 * Takes a camera's video as packets for a while, over TCP or UDP, and counts: nothing is decoded. ffmpeg does not say what is missing
 * over TCP, nor when packets were sent.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect, isIPv6, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { PacketTrial, WayFault } from '../camera-test-types.ts'
import type { CameraSource } from '../camera-types.ts'
import { sleep } from '../lib/abort.ts'
import type { Clock } from '../types.ts'
import { createPacketCount, readRtp, readSenderClock } from './rtp.ts'
import { authorization, type RtspAnswer, readFirst, type VideoTrack, videoOf } from './rtsp-words.ts'

export interface PacketWish extends Pick<CameraSource, 'url' | 'username' | 'password'> {
  readonly transport: 'tcp' | 'udp'
  readonly seconds: number
}

const answerMs = 5_000
const silenceMs = 8_000
const keepAliveMs = 20_000
/** A second of the fattest camera. */
const roomBytes = 2 * 1024 * 1024
const mostBuffered = 1024 * 1024

class Fault extends Error {
  readonly fault: WayFault
  constructor(fault: WayFault) {
    super(fault)
    this.fault = fault
  }
}

/** Never rejects: what is wrong stands in the answer. */
export async function countPackets(
  wish: PacketWish,
  clock: Clock,
  signal: AbortSignal,
): Promise<PacketTrial> {
  const { transport, seconds } = wish
  const taken = createTaken(clock)
  let fault: WayFault | null = null
  try {
    await take(wish, taken, clock, signal)
    if (taken.packets === 0) fault = 'silent'
  } catch (error) {
    fault = error instanceof Fault ? error.fault : 'unreachable'
  }
  const { packets, lost, paceMsPerMinute, clockMs } = taken
  return { transport, seconds, packets, lost, paceMsPerMinute, clockMs, fault: packets === 0 ? fault : null }
}

/** No camera's clock is that wrong: it counts from its own start, or says nothing. */
const mostOffMs = 24 * 3600_000

function createTaken(clock: Clock) {
  let count = createPacketCount(90_000)
  const offs: number[] = []
  let lastMs = clock.monoMs()
  return {
    rate: (clockRate: number) => {
      count = createPacketCount(clockRate)
    },
    video(bytes: Uint8Array) {
      const header = readRtp(bytes)
      if (!header) return
      lastMs = clock.monoMs()
      count.add(header, lastMs)
    },
    report(bytes: Uint8Array) {
      const sent = readSenderClock(bytes)
      const off = sent === undefined ? Number.NaN : sent - clock.utcMs()
      if (Math.abs(off) < mostOffMs) offs.push(off)
    },
    get silentMs() {
      return clock.monoMs() - lastMs
    },
    get packets() {
      return count.packets
    },
    get lost() {
      return count.lost
    },
    get paceMsPerMinute() {
      return count.paceMsPerMinute
    },
    get clockMs() {
      const sorted = offs.toSorted((a, b) => a - b)
      const middle = sorted[sorted.length >> 1]
      return middle === undefined ? null : Math.round(middle)
    },
  }
}
type Taken = ReturnType<typeof createTaken>

async function take(wish: PacketWish, taken: Taken, clock: Clock, signal: AbortSignal): Promise<void> {
  await using line = await openLine(wish, taken, signal)
  const described = await line.ask('DESCRIBE', wish.url, { Accept: 'application/sdp' })
  const track = videoOf(described, wish.url)
  if (!track) throw new Fault('refused')
  taken.rate(track.clockRate)
  await using udp = wish.transport === 'udp' ? await openPair(line.localAddress, taken) : undefined
  await play(line, udp, track, wish.url)
  const untilMs = clock.monoMs() + wish.seconds * 1000
  let keptMs = clock.monoMs()
  while (clock.monoMs() < untilMs && !signal.aborted && !line.isOver) {
    await sleep(Math.min(500, untilMs - clock.monoMs()), signal)
    if (taken.silentMs > silenceMs) throw new Fault('silent')
    if (clock.monoMs() - keptMs < keepAliveMs) continue
    keptMs = clock.monoMs()
    line.say('OPTIONS', wish.url)
  }
  line.say('TEARDOWN', wish.url)
}

async function play(line: Line, udp: Pair | undefined, { control }: VideoTrack, url: string): Promise<void> {
  const way = udp
    ? `RTP/AVP;unicast;client_port=${udp.port}-${udp.port + 1}`
    : 'RTP/AVP/TCP;unicast;interleaved=0-1'
  const answer = await line.ask('SETUP', control, { Transport: way })
  const said = answer.headers.get('transport')?.[0] ?? ''
  // Some cameras answer with the way that they like better.
  if (/\/TCP/i.test(said) !== (udp === undefined)) throw new Fault('unsupported')
  const ports = /server_port=(\d+)-(\d+)/.exec(said)
  // A packet from within opens the way back through a firewall.
  if (ports) udp?.knock(line.remoteAddress, Number(ports[1]), Number(ports[2]))
  await line.ask('PLAY', url, { Range: 'npt=0.000-' })
}

interface Line extends AsyncDisposable {
  readonly localAddress: string
  readonly remoteAddress: string
  readonly isOver: boolean
  /** Throws what is wrong. */
  ask(method: string, uri: string, headers?: Record<string, string>): Promise<RtspAnswer>
  /** Says it, and waits for nothing. */
  say(method: string, uri: string): void
}

/** The conversation with the camera, in which over TCP the video comes too. */
async function openLine(
  { url, username, password }: PacketWish,
  taken: Taken,
  signal: AbortSignal,
): Promise<Line> {
  const socket = await connected(url, signal)
  const login = username === null ? undefined : { username, password: password ?? '' }
  let bytes: Buffer = Buffer.alloc(0)
  let isOver = false
  let sequence = 0
  let session: string | undefined
  let challenges: readonly string[] = []
  let waiting: ((answer: RtspAnswer | undefined) => void) | undefined
  const end = () => {
    isOver = true
    waiting?.(undefined)
  }
  const stop = () => socket.destroy()
  signal.addEventListener('abort', stop, { once: true })
  socket.on('error', end).on('close', end)
  socket.on('data', (piece: Buffer) => {
    bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece])
    for (;;) {
      const read = readFirst(bytes)
      if (read.kind === 'nonsense' || bytes.length > mostBuffered) return void socket.destroy()
      if (read.kind === 'more') return
      bytes = bytes.subarray(read.used)
      if (read.kind === 'packet') (read.channel === 0 ? taken.video : taken.report)(read.bytes)
      if (read.kind === 'answer') waiting?.(read.answer)
    }
  })
  const send = (method: string, uri: string, headers: Record<string, string>) => {
    const who = login && challenges.length > 0 ? authorization(challenges, login, { method, uri }) : undefined
    const all = {
      ...{ CSeq: String(++sequence), 'User-Agent': 'barnbox', ...headers },
      ...(session !== undefined && { Session: session }),
      ...(who !== undefined && { Authorization: who }),
    }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    if (!isOver) socket.write(`${method} ${uri} RTSP/1.0\r\n${lines.join('\r\n')}\r\n\r\n`)
  }
  const once = async (method: string, uri: string, headers: Record<string, string>) => {
    const heard = Promise.withResolvers<RtspAnswer | undefined>()
    waiting = heard.resolve
    const timer = setTimeout(end, answerMs)
    send(method, uri, headers)
    const answer = await heard.promise
    clearTimeout(timer)
    waiting = undefined
    if (!answer) throw new Fault('unreachable')
    return answer
  }
  const ask = async (method: string, uri: string, headers: Record<string, string> = {}) => {
    let answer = await once(method, uri, headers)
    if (answer.status === 401 && login && challenges.length === 0) {
      challenges = answer.headers.get('www-authenticate') ?? []
      answer = await once(method, uri, headers)
    }
    if (answer.status === 461) throw new Fault('unsupported')
    if (answer.status !== 200) throw new Fault('refused')
    session ??= answer.headers.get('session')?.[0]?.split(';')[0]
    return answer
  }
  return {
    localAddress: socket.localAddress ?? '0.0.0.0',
    remoteAddress: socket.remoteAddress ?? '',
    get isOver() {
      return isOver
    },
    ask,
    say: (method, uri) => send(method, uri, {}),
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', stop)
      socket.destroySoon()
    },
  }
}

function connected(url: string, signal: AbortSignal): Promise<Socket> {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  // As ffmpeg does: cameras sign their certificates themselves.
  const socket =
    protocol === 'rtsps:'
      ? connectTls({ host, port: Number(port) || 322, rejectUnauthorized: false })
      : connect({ host, port: Number(port) || 554 })
  return new Promise((resolve, reject) => {
    const fail = () => {
      socket.destroy()
      reject(new Fault('unreachable'))
    }
    const timer = setTimeout(fail, answerMs)
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', fail)
    }
    signal.addEventListener('abort', fail, { once: true })
    socket.once('error', fail)
    socket.once('close', over)
    socket.once(protocol === 'rtsps:' ? 'secureConnect' : 'connect', () => {
      over()
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

interface Pair extends AsyncDisposable {
  /** Even; the next one is for reports. */
  readonly port: number
  knock(host: string, video: number, report: number): void
}

const tries = 20

/** Two ports beside each other, the first of them even, as RTP wants them. */
async function openPair(address: string, taken: Taken): Promise<Pair> {
  for (let n = 0; n < tries; n++) {
    const first = await bound(address, 0)
    const { port } = first.address()
    const second = await bound(address, port % 2 === 0 ? port + 1 : port - 1).catch(() => undefined)
    if (!second) {
      first.close()
      continue
    }
    const [video, report] = port % 2 === 0 ? [first, second] : [second, first]
    video.on('message', taken.video)
    report.on('message', taken.report)
    return {
      port: video.address().port,
      knock(host, to, reportTo) {
        const nothing = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        video.send(nothing, to, host)
        report.send(nothing, reportTo, host)
      },
      async [Symbol.asyncDispose]() {
        video.close()
        report.close()
      },
    }
  }
  throw new Fault('unreachable')
}

function bound(address: string, port: number): Promise<UdpSocket> {
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: roomBytes })
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind(port, address, () => {
      // What the network says of a packet that went nowhere is no end.
      socket.removeAllListeners('error').on('error', () => {})
      resolve(socket)
    })
  })
}
