/**
 * What those who listen to the box are told, and when. Facts reach all and are kept for a while; frames reach those
 * who asked for that stream and are not kept.
 */
import { repeat } from '../../lib/abort.ts'
import type { Bus } from '../../lib/bus.ts'
import type { Log } from '../../lib/log.ts'
import type { Analysed, Clock, Facts, StreamId } from '../../types.ts'
import { createCrowd, type Line, type Member } from './crowd.ts'
import { createHistory } from './history.ts'
import { detected, updated } from './payloads.ts'

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
/** Silence for much longer tells a client that the line is dead. */
const PING_MS = 15_000

export function createHub(deps: { facts: Bus<Facts>; clock: Clock; log: Log }, signal: AbortSignal): Hub {
  const { facts, clock } = deps
  const crowd = createCrowd(deps.log)
  const newest = new Map<StreamId, Analysed>()
  const history = createHistory(clock.utcMs(), KEPT_FACTS)

  const message = (event: string, data: unknown) => JSON.stringify({ id: history.nextId(), event, data })
  const stamped = (event: string) => message(event, { timestamp: new Date(clock.utcMs()).toISOString() })

  function tellAll(event: string, data: unknown): void {
    const text = message(event, data)
    history.keep(history.last, text)
    crowd.tellAll(text)
  }
  function showFrame(frame: Analysed): void {
    newest.set(frame.streamId, frame)
    const watching = [...crowd.members].filter((member) => member.streams.has(frame.streamId))
    if (watching.length > 0) crowd.show(watching, message('frame', frame))
  }
  function greet({ line }: Member, after: number | undefined): void {
    // Asked before the greeting, which takes an id of its own.
    const missed = after === undefined ? [] : history.after(after)
    line.send(stamped('hello'))
    // Too long away: what was missed is no longer known, so the client must read everything anew.
    if (missed === undefined) line.send(stamped('resync'))
    for (const one of missed ?? []) line.send(one.text)
  }
  function watch(member: Member, stream: StreamId): void {
    member.streams.add(stream)
    const frame = newest.get(stream)
    // A quiet camera may not be looked at for a while: the last look is shown at once.
    if (frame !== undefined) member.line.send(message('frame', frame))
  }
  function join(line: Line, want: { after: number | undefined; frames: readonly StreamId[] }): Client {
    const member: Member = { line, streams: new Set(), answered: true }
    greet(member, want.after)
    crowd.add(member)
    for (const stream of want.frames) watch(member, stream)
    return {
      watch: (stream) => watch(member, stream),
      unwatch: (stream) => void member.streams.delete(stream),
      alive: () => {
        member.answered = true
      },
      gone: () => crowd.remove(member),
    }
  }

  facts.on('horses-seen', (fact) => tellAll('horses:detected', detected(fact, clock.utcMs())), signal)
  facts.on('horse-changed', (fact) => tellAll('horses:updated', updated(fact, clock.utcMs())), signal)
  facts.on('camera-changed', (camera) => tellAll('camera:changed', camera), signal)
  facts.on('frame-analysed', showFrame, signal)
  void repeat(PING_MS, () => crowd.ping(stamped('ping')), signal)

  return {
    get last() {
      return history.last
    },
    get size() {
      return crowd.members.size
    },
    join,
    closeAll: () => crowd.closeAll(),
  }
}
