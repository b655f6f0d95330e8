/**
 * The open connections, and how much each can take: frames are dropped for whoever is behind, and whoever cannot
 * catch up or no longer answers is cut off.
 */
import type { Log } from '../../lib/log.ts'
import type { StreamId } from '../../types.ts'

/** One open connection, as far as it is used here. */
export interface Line {
  readonly bufferedAmount: number
  send(text: string): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
}

export interface Member {
  readonly line: Line
  /** The streams whose frames it asked for. */
  readonly streams: Set<StreamId>
  /** It has answered since the last ping. */
  answered: boolean
}

export interface Crowd {
  readonly members: ReadonlySet<Member>
  add(member: Member): void
  remove(member: Member): void
  /** A fact: everybody must hear it. */
  tellAll(text: string): void
  /** A frame: the next one will do as well. */
  show(members: readonly Member[], text: string): void
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
    members.delete(member)
    member.line.terminate()
    log.info({ why, clients: members.size }, 'a live client was cut off')
  }
  function tell(member: Member, text: string): void {
    if (member.line.bufferedAmount > HOPELESS_BYTES) cut(member, 'too slow')
    else member.line.send(text)
  }
  return {
    members,
    add: (member) => void members.add(member),
    remove: (member) => void members.delete(member),
    tellAll(text) {
      for (const member of [...members]) tell(member, text)
    },
    show(watching, text) {
      for (const { line } of watching) if (line.bufferedAmount <= BEHIND_BYTES) line.send(text)
    },
    ping(text) {
      for (const member of [...members]) {
        if (!member.answered) {
          cut(member, 'no answer')
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
