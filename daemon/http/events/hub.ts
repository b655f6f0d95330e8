/**
 * Everybody who listens to the box, and what they are told. Facts reach all and are kept for a while; frames reach
 * those who asked for that stream, and are dropped for whoever cannot keep up.
 */
import { repeat } from '../../lib/abort.ts'
import type { Bus } from '../../lib/bus.ts'
import type { Log } from '../../lib/log.ts'
import type { Analysed, Clock, Facts, StreamId } from '../../types.ts'
import { createHistory } from './history.ts'
import { detected, updated } from './payloads.ts'

/** One open connection, as far as the hub uses it. */
export interface Line {
  readonly bufferedAmount: number
  send(text: string): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
}

export interface Client {
  watch(stream: StreamId): void
  unwatch(stream: StreamId): void
  /** The other end answered a ping. */
  alive(): void
  gone(): void
}

export interface Hub {
  /** The newest id: a page drawn now is complete up to here. */
  readonly last: number
  readonly size: number
  join(line: Line, want: { after: number | undefined; frames: readonly StreamId[] }): Client
  closeAll(): void
}

const KEPT_FACTS = 1000
/** Above this a client is behind: it gets no more frames until it has caught up. */
const BEHIND_BYTES = 256 * 1024
/** Above this it will not catch up. */
const HOPELESS_BYTES = 4 * 1024 * 1024
/** Also an application message, because page scripts cannot see protocol pings: silence tells them the line is dead. */
const PING_MS = 15_000

interface Member {
  readonly line: Line
  readonly streams: Set<StreamId>
  answered: boolean
}

export function createHub(deps: { facts: Bus<Facts>; clock: Clock; log: Log }, signal: AbortSignal): Hub {
  const members = new Set<Member>()
  const newest = new Map<StreamId, Analysed>()
  const history = createHistory(deps.clock.utcMs(), KEPT_FACTS)

  const message = (id: number, event: string, data: unknown) => JSON.stringify({ id, event, data })
  const now = () => new Date(deps.clock.utcMs()).toISOString()

  function cut(member: Member, why: string): void {
    members.delete(member)
    member.line.terminate()
    deps.log.info({ why, clients: members.size }, 'a live client was cut off')
  }
  function tell(member: Member, text: string): void {
    if (member.line.bufferedAmount > HOPELESS_BYTES) cut(member, 'too slow')
    else member.line.send(text)
  }
  function tellAll(event: string, data: unknown): void {
    const id = history.nextId()
    const text = message(id, event, data)
    history.keep(id, text)
    for (const member of members) tell(member, text)
  }
  function showFrame(frame: Analysed): void {
    newest.set(frame.streamId, frame)
    const watching = [...members].filter((member) => member.streams.has(frame.streamId))
    if (watching.length === 0) return
    const text = message(history.nextId(), 'frame', frame)
    for (const member of watching) if (member.line.bufferedAmount <= BEHIND_BYTES) member.line.send(text)
  }
  function pingAll(): void {
    const text = message(history.nextId(), 'ping', { timestamp: now() })
    for (const member of [...members]) {
      if (!member.answered) {
        cut(member, 'no answer')
        continue
      }
      member.answered = false
      member.line.ping()
      tell(member, text)
    }
  }
  function greet(member: Member, after: number | undefined): void {
    member.line.send(message(history.nextId(), 'hello', { timestamp: now() }))
    if (after === undefined) return
    const missed = history.after(after)
    // Too long away: what was missed is no longer known, so the client must read everything anew.
    if (missed === undefined) member.line.send(message(history.nextId(), 'resync', { timestamp: now() }))
    for (const one of missed ?? []) member.line.send(one.text)
  }
  function watch(member: Member, stream: StreamId): void {
    member.streams.add(stream)
    const frame = newest.get(stream)
    // A quiet camera may not be looked at for a while: the last look is shown at once.
    if (frame !== undefined) member.line.send(message(history.nextId(), 'frame', frame))
  }

  deps.facts.on(
    'horses-seen',
    (fact) => tellAll('horses:detected', detected(fact, deps.clock.utcMs())),
    signal,
  )
  deps.facts.on(
    'horse-changed',
    (fact) => tellAll('horses:updated', updated(fact, deps.clock.utcMs())),
    signal,
  )
  deps.facts.on('camera-changed', (camera) => tellAll('camera:changed', camera), signal)
  deps.facts.on('frame-analysed', showFrame, signal)
  void repeat(PING_MS, pingAll, signal)

  return {
    get last() {
      return history.last
    },
    get size() {
      return members.size
    },
    join(line, want) {
      const member: Member = { line, streams: new Set(), answered: true }
      greet(member, want.after)
      members.add(member)
      for (const stream of want.frames) watch(member, stream)
      return {
        watch: (stream) => watch(member, stream),
        unwatch: (stream) => void member.streams.delete(stream),
        alive: () => {
          member.answered = true
        },
        gone: () => void members.delete(member),
      }
    },
    closeAll() {
      for (const member of members) member.line.close(1001, 'barnbox is stopping')
      members.clear()
    },
  }
}
