/**
 * The open connections, and how much each can take: frames are dropped for whoever is behind, and whoever cannot
 * catch up or no longer answers is cut off.
 */
import type { Log } from '../../lib/log.ts'
import type { ClipId, StreamId } from '../../types.ts'

/** One open connection, as far as it is used here. */
export interface Line {
  readonly bufferedAmount: number
  send(text: string): void
  ping(): void
  pong(data: Uint8Array): void
  close(code: number, reason: string): void
  terminate(): void
}

export interface Member {
  readonly line: Line
  /** The streams whose frames it asked for. */
  readonly streams: Set<StreamId>
  /** The clips that it wants to hear of. */
  readonly clips: Set<ClipId>
  /** It has answered since the last ping. */
  answered: boolean
  /** Whether it may still listen. */
  isWelcome(): boolean
}

export interface Crowd {
  readonly members: ReadonlySet<Member>
  add(member: Member): void
  remove(member: Member): void
  /** What this one must hear: whoever cannot take it any more is cut off. */
  tell(member: Member, text: string): void
  /** A fact: everybody must hear it. */
  tellAll(text: string): void
  /** A frame: the next one will do as well. */
  show(members: readonly Member[], text: string): void
  /** The answer to a ping, which whoever is behind does without. */
  answer(member: Member, data: Uint8Array): void
  cut(member: Member, why: string): void
  /** Pings all, with a message for scripts, which cannot see protocol pings. */
  ping(text: string): void
  closeAll(): void
}

/** Above this a client is behind: it gets no more frames until it has caught up. */
const BEHIND_BYTES = 256 * 1024
/** Above this it will not catch up. */
const HOPELESS_BYTES = 4 * 1024 * 1024

export function createCrowd(log: Log): Crowd {
  const members = new Set<Member>()

  function cut(member: Member, why: string): void {
    if (!members.delete(member)) return
    member.line.terminate()
    log.info({ why, clients: members.size }, 'a live client was cut off')
  }
  function tell(member: Member, text: string): void {
    if (!members.has(member)) return
    if (member.line.bufferedAmount > HOPELESS_BYTES) cut(member, 'too slow')
    else member.line.send(text)
  }
  const keepsUp = (member: Member) => members.has(member) && member.line.bufferedAmount <= BEHIND_BYTES
  return {
    members,
    add: (member) => void members.add(member),
    remove: (member) => void members.delete(member),
    tellAll(text) {
      for (const member of [...members]) tell(member, text)
    },
    show(watching, text) {
      for (const member of watching) if (keepsUp(member)) member.line.send(text)
    },
    answer(member, data) {
      if (keepsUp(member)) member.line.pong(data)
    },
    cut,
    tell,
    ping(text) {
      for (const member of [...members]) {
        if (!member.answered || !member.isWelcome()) {
          cut(member, member.answered ? 'logged out' : 'no answer')
          continue
        }
        member.answered = false
        member.line.ping()
        tell(member, text)
      }
    },
    closeAll() {
      for (const { line } of members) line.close(1001, 'barnbox is stopping')
      members.clear()
    },
  }
}
