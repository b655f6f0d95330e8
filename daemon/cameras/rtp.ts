/**
 * What packets of a video stream (RTP, RFC 3550) tell by their headers: how many are missing, and how the camera's clock runs. Pure.
 */

export interface RtpHeader {
  readonly type: number
  readonly sequence: number
  readonly timestamp: number
  readonly source: number
}

/** Undefined where it is no such packet. */
export function readRtp(packet: Uint8Array): RtpHeader | undefined {
  if (packet.length < 12 || (packet[0] ?? 0) >> 6 !== 2) return undefined
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  return {
    type: view.getUint8(1) & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    source: view.getUint32(8),
  }
}

const SENDER_REPORT = 200
/** From 1900, as NTP counts, to 1970. */
const NTP_TO_UNIX_S = 2_208_988_800

/** The wall clock of whoever sent it, UTC ms; undefined where it is no sender report. */
export function readSenderClock(packet: Uint8Array): number | undefined {
  if (packet.length < 20 || (packet[0] ?? 0) >> 6 !== 2 || packet[1] !== SENDER_REPORT) return undefined
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  return (view.getUint32(8) - NTP_TO_UNIX_S) * 1000 + (view.getUint32(12) / 2 ** 32) * 1000
}

/** A jump of more is another stream under the same number. */
const MOST_MISSING = 3000
/** Packets may overtake each other on the way: one that is older than that is a new beginning. */
const MOST_LATE = 100

interface Offset {
  readonly atMs: number
  /** When it arrived, less the time that the camera has it taken at. */
  readonly ms: number
}

/** Within a sixth of the time the least delayed packet stands for the clock. */
const SHARE = 6
const LEAST_SECONDS = 10
const MOST_OFFSETS = 20_000

export function createPacketCount(clockRate: number) {
  let source: number | undefined
  let highest = 0
  let expected = 0
  let packets = 0
  let stamp: { readonly raw: number; readonly total: number } | undefined
  let offsets: Offset[] = []
  const begin = ({ sequence, source: of }: RtpHeader) => {
    source = of
    highest = sequence
    expected += 1
    stamp = undefined
    offsets = []
  }
  const count = (header: RtpHeader) => {
    const ahead = (header.sequence - highest + 65_536) % 65_536
    if (source !== header.source) return begin(header)
    if (ahead < MOST_MISSING) {
      expected += ahead
      highest = header.sequence
    } else if (65_536 - ahead > MOST_LATE) begin(header)
  }
  return {
    add(header: RtpHeader, atMs: number): void {
      count(header)
      packets++
      const step = stamp === undefined ? 0 : (header.timestamp - stamp.raw) | 0
      stamp = { raw: header.timestamp, total: (stamp?.total ?? 0) + step }
      if (offsets.length < MOST_OFFSETS || packets % 8 === 0)
        offsets.push({ atMs, ms: atMs - (stamp.total / clockRate) * 1000 })
    },
    get packets() {
      return packets
    },
    /** One that came twice hides one that is missing; over a barn's cables that is nothing. */
    get lost() {
      return Math.max(0, expected - packets)
    },
    get paceMsPerMinute() {
      return paceOf(offsets)
    },
  }
}

/** A way that gets slower delays all packets alike but the quickest: those are compared. */
function paceOf(offsets: readonly Offset[]): number | null {
  const [first, last] = [offsets[0], offsets.at(-1)]
  if (!first || !last || last.atMs - first.atMs < LEAST_SECONDS * 1000) return null
  const span = last.atMs - first.atMs
  const quickest = (from: number) =>
    offsets
      .filter(
        ({ atMs }) => atMs - first.atMs >= from * span && atMs - first.atMs <= (from + 1 / SHARE) * span,
      )
      .reduce((best, one) => (one.ms < best.ms ? one : best), { atMs: 0, ms: Number.POSITIVE_INFINITY })
  const [early, late] = [quickest(0), quickest(1 - 1 / SHARE)]
  const pace = ((early.ms - late.ms) / (late.atMs - early.atMs)) * 60_000
  return Number.isFinite(pace) ? Math.round(pace) : null
}
