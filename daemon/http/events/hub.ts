/**
 * What those who listen to the box are told, and when. Facts reach all and are kept for a while; frames reach those
 * who asked for that stream and are not kept.
 */
import { repeat } from '../../lib/abort.ts'
import type { Bus } from '../../lib/bus.ts'
import type { Log } from '../../lib/log.ts'
import type { StallView } from '../../presence-types.ts'
import type { AlertId, Analysed, ClipId, Clock, Facts, StallId, StreamId } from '../../types.ts'
import { alertJson, stallStateJson } from '../api/alert-json.ts'
import { cameraJson } from '../api/cameras.ts'
import type { AlertBook } from '../deps.ts'
import { type Allowance, createAllowance } from './allowance.ts'
import { tellOfClips } from './clips.ts'
import { type Crowd, createCrowd, type Line, type Member } from './crowd.ts'
import { createHistory, type Kept } from './history.ts'
import { detected, removed, updated } from './payloads.ts'

export interface Client {
  /** Counts one more thing it asks of us; false when it asks too much, and is cut off. */
  mayAsk(): boolean
  watch(stream: StreamId): void
  unwatch(stream: StreamId): void
  /** Wants to hear of a clip, or no longer. */
  follow(clip: ClipId): void
  unfollow(clip: ClipId): void
  /** Answers its ping. */
  pinged(data: Uint8Array): void
  /** The other end answered a ping. */
  alive(): void
  gone(): void
}

export interface Want {
  /** The newest id it knows of; undefined where it begins. */
  readonly after: number | undefined
  readonly frames: readonly StreamId[]
  /** Whether it may still listen; asked at every ping. Always, when absent. */
  readonly isWelcome?: () => boolean
}

export interface Hub {
  /** The newest id: a page drawn now is complete up to here. */
  readonly last: number
  readonly size: number
  join(line: Line, want: Want): Client
  closeAll(): void
}

const KEPT_FACTS = 1000
/** Nobody looks at more at a time. */
const MOST_CLIPS = 64
/** Who has missed more reads everything anew, which is less. */
const MOST_MISSED_CHARS = 1024 * 1024
/** Silence for much longer tells a client that the line is dead. */
const PING_MS = 15_000

/** What the hub is made of; alerts and stalls are looked up, for facts carry their ids only. */
export interface HubDeps {
  readonly facts: Bus<Facts>
  readonly alerts: Pick<AlertBook, 'get'>
  readonly stallViews: () => readonly StallView[]
  readonly clock: Clock
  readonly log: Log
}

export function createHub(deps: HubDeps, signal: AbortSignal): Hub {
  const { facts, clock } = deps
  const crowd = createCrowd(deps.log)
  const newest = new Map<StreamId, Analysed>()
  const history = createHistory(clock.utcMs(), KEPT_FACTS)

  const message = (event: string, data: unknown, id = history.nextId()) => JSON.stringify({ id, event, data })
  const stampOf = () => ({ timestamp: new Date(clock.utcMs()).toISOString() })
  const stamped = (event: string, id?: number) => message(event, stampOf(), id)

  function tellAll(event: string, data: unknown): void {
    const text = message(event, data)
    history.keep(history.last, text)
    crowd.tellAll(text)
  }
  const tellIf = (event: string, data: unknown) => {
    if (data !== undefined) tellAll(event, data)
  }
  function showFrame(frame: Analysed): void {
    newest.set(frame.streamId, frame)
    const watching = [...crowd.members].filter((member) => member.streams.has(frame.streamId))
    if (watching.length > 0) crowd.show(watching, message('frame', frame))
  }
  function missedSince(after: number): readonly Kept[] | undefined {
    const missed = history.after(after)
    const chars = (missed ?? []).reduce((sum, { text }) => sum + text.length, 0)
    return chars > MOST_MISSED_CHARS ? undefined : missed
  }
  function greet(member: Member, after: number | undefined): void {
    const missed = after === undefined ? [] : missedSince(after)
    // The id that it knows, not a new one: were the line lost now, it would ask for what came after the greeting only.
    crowd.tell(member, stamped('hello', after))
    // Too long away: what was missed is no longer known or too much, so the client must read everything anew.
    if (missed === undefined) crowd.tell(member, stamped('resync'))
    for (const one of missed ?? []) crowd.tell(member, one.text)
  }
  function forget(id: StreamId): void {
    newest.delete(id)
    tellAll('camera:removed', { id, ...stampOf() })
  }
  function watch(member: Member, stream: StreamId): void {
    member.streams.add(stream)
    const frame = newest.get(stream)
    // A quiet camera may not be looked at for a while: the last look is shown at once.
    if (frame !== undefined) crowd.show([member], message('frame', frame))
  }
  function join(line: Line, want: Want): Client {
    const isWelcome = want.isWelcome ?? (() => true)
    const member: Member = { line, streams: new Set(), clips: new Set(), answered: true, isWelcome }
    const allowance = createAllowance(() => clock.monoMs())
    crowd.add(member)
    greet(member, want.after)
    for (const stream of want.frames) watch(member, stream)
    return clientOf(member, crowd, allowance, (stream) => watch(member, stream))
  }

  facts.on('horses-seen', (fact) => tellAll('horses:detected', detected(fact, clock.utcMs())), signal)
  facts.on('horse-changed', (fact) => tellAll('horses:updated', updated(fact, clock.utcMs())), signal)
  facts.on('horse-gone', (fact) => tellAll('horses:removed', removed(fact, clock.utcMs())), signal)
  facts.on('camera-changed', (camera) => tellAll('camera:changed', cameraJson(camera)), signal)
  facts.on('alert-changed', ({ alertId }) => tellIf('alert:changed', alertOf(deps, alertId)), signal)
  facts.on('stall-changed', ({ stallId }) => tellIf('stall:changed', stallOf(deps, stallId)), signal)
  facts.on('camera-gone', ({ streamId }) => forget(streamId), signal)
  facts.on('frame-analysed', showFrame, signal)
  tellOfClips(facts, crowd, (event, data) => message(event, { ...data, ...stampOf() }), signal)
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

function alertOf({ alerts }: HubDeps, id: AlertId) {
  const alert = alerts.get(id)
  return alert && alertJson(alert)
}

function stallOf({ stallViews }: HubDeps, id: StallId) {
  const view = stallViews().find(({ stall }) => stall.id === id)
  return view && stallStateJson(view)
}

function clientOf(member: Member, crowd: Crowd, allowance: Allowance, watch: Client['watch']): Client {
  return {
    mayAsk() {
      const isAllowed = allowance.take()
      if (!isAllowed) crowd.cut(member, 'asks too much')
      return isAllowed
    },
    pinged: (data) => crowd.answer(member, data),
    watch,
    unwatch: (stream) => void member.streams.delete(stream),
    follow: (clip) => void (member.clips.size < MOST_CLIPS && member.clips.add(clip)),
    unfollow: (clip) => void member.clips.delete(clip),
    alive: () => {
      member.answered = true
    },
    gone: () => crowd.remove(member),
  }
}
