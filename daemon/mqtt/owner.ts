/**
 * What happens with each connection, in its order: listen, tidy up once, say what there is and what is so, `online` last. Then Home
 * Assistant's births, events and pictures.
 */
import type { Log } from '../lib/log.ts'
import type { Clock, HorseId } from '../types.ts'
import { type Announcer, anyDevice, ownDevice } from './announcer.ts'
import type { Owner } from './connection.ts'
import type { Gatekeeper } from './gate.ts'
import { type Home, type HomeState, type HomeWord, watchHome } from './home.ts'
import { collectKept, everythingOf, thingsOf } from './kept.ts'
import { OFFLINE, ONLINE } from './payloads.ts'
import type { Heard, Letter, Session } from './session.ts'
import type { SnapshotLine } from './snapshots.ts'
import type { States } from './states.ts'
import type { Teller } from './teller.ts'
import { earsOf, type Topics } from './topics.ts'
import type { Waits } from './waits.ts'

export interface OwnerDeps {
  readonly topics: Topics
  readonly boxId: string
  readonly prefix: string
  readonly homeStatus: string
  readonly teller: Teller
  readonly announcer: Announcer
  readonly states: States
  readonly keeper: Gatekeeper
  readonly home: HomeState
  /** What other people said. */
  readonly inbox: (heard: Heard) => void
  /** Whether the box has left Home Assistant: then nothing is said that is kept. */
  readonly hasLeft: () => boolean
  readonly snapshots: (until: AbortSignal) => SnapshotLine
  /** Topics of pictures that may be kept. */
  readonly pictures: () => readonly string[]
  readonly waits: Waits
  readonly clock: Clock
  readonly log: Log
}

export interface Conductor {
  readonly owner: Owner
  readonly onHome: (word: HomeWord) => void
  readonly onOffline: () => void
  /** There is a better picture of a horse. */
  readonly better: (id: HorseId) => void
  /** Says everything again. */
  readonly replay: () => Promise<void>
  /** Takes back everything that the broker keeps of the box; answers how much that was. */
  readonly leave: () => Promise<number>
}

/** What is said in one go. */
function createRounds({ topics, prefix, teller, announcer, states, hasLeft, pictures }: OwnerDeps) {
  const everything = (): Letter[] => {
    const there = states.all()
    const wanted = new Set([...there.map(({ topic }) => topic), ...pictures()])
    const gone = ['camera', 'horse', 'stall'].flatMap((kind) =>
      teller.takeBack(`${topics.root}/${kind}/`, wanted),
    )
    return [...announcer.all(), ...gone, ...there]
  }
  return {
    everything,
    /** As at a birth: what there is, who is there, what is so. */
    async replay() {
      if (hasLeft()) return
      const letters = everything()
      const rank = ({ topic }: Letter) => {
        if (topic.startsWith(`${prefix}/`)) return 0
        return topic.startsWith(`${topics.root}/camera/`) ? 2 : 3
      }
      const online = { topic: topics.status, payload: ONLINE }
      const at = (wanted: number) => letters.filter((letter) => rank(letter) === wanted)
      await teller.round([...at(0), online, ...at(2), ...at(3)])
    },
  }
}

/** What the broker keeps of the box that it should not. */
function createCleaner({ topics, prefix, boxId, waits, teller, announcer }: OwnerDeps) {
  const isState = (topic: string) => topic.startsWith(`${topics.root}/`)
  const isMeant = (topic: string) => isState(topic) || ownDevice(topic, prefix, boxId) !== undefined
  const ms = waits.collectMs
  return {
    /** Of an earlier life: what is not there any more goes with the next round. */
    async tidy(session: Session, until: AbortSignal) {
      const filters = [anyDevice(prefix), ...thingsOf(topics)]
      for (const [topic, payload] of await collectKept(session, { filters, isMeant, ms }, until)) {
        if (isState(topic)) teller.remember(topic)
        else announcer.remember(topic, payload)
      }
    },
    async leave(until: AbortSignal): Promise<number> {
      const session = teller.session()
      if (!session) return 0
      teller.hush()
      const filters = [anyDevice(prefix), ...everythingOf(topics)]
      const kept = await collectKept(session, { filters, isMeant, ms }, until)
      const all = new Set([...announcer.topics(), ...teller.topics(), topics.status, ...kept.keys()])
      await teller.round([...all].map((topic) => ({ topic, payload: '' })))
      announcer.forget()
      return all.size
    },
  }
}

export function createConductor(deps: OwnerDeps): Conductor {
  const { topics, teller, hasLeft } = deps
  const listen = createListener(earsOf(topics, deps.homeStatus), deps.log)
  const status = (payload: string): Letter => ({ topic: topics.status, payload })
  const { everything, replay } = createRounds(deps)
  const cleaner = createCleaner(deps)
  let isTidy = false
  let now: { readonly home: Home; readonly line: SnapshotLine; readonly until: AbortSignal } | undefined
  /** What Home Assistant said before everything was told. */
  let early: HomeWord | undefined
  const owner: Owner = {
    async connected(session, until) {
      early = undefined
      session.onMessage(deps.inbox)
      const mayAsk = await listen(session)
      if (!isTidy && mayAsk) await cleaner.tidy(session, until)
      if (until.aborted) return
      isTidy = true
      // Handed over in one go, so that whatever changes from now on is sent after it.
      teller.attach(session)
      await teller.round(hasLeft() ? [status('')] : everything())
      // Meanwhile the stop may have said `offline`: that stays the last word.
      if (until.aborted) return
      if (!hasLeft()) await teller.round([status(ONLINE)])
      const send = (payload: string) => session.publish({ topic: topics.event, payload, retain: false })
      const home = watchHome({ ...deps, replay, send, state: deps.home }, until)
      now = { home, line: deps.snapshots(until), until }
      if (early !== undefined) home.heard(early)
    },
    lost() {
      teller.attach(undefined)
      now = undefined
    },
    goodbye: (session) => (hasLeft() ? Promise.resolve() : session.publish(status(OFFLINE))),
  }
  return {
    owner,
    replay,
    better: (id) => now?.line.better(id),
    onHome(word) {
      if (now) now.home.heard(word)
      else early = word
    },
    onOffline() {
      // The will of an older connection can come after our own word.
      if (now && !hasLeft()) teller.send(status(ONLINE))
    },
    leave: async () => (now ? await cleaner.leave(now.until) : 0),
  }
}

/**
 * Listens to what others say. The states need no ear, so a broker that forbids one still gets them; some forbid it by
 * hanging up, and are not asked again right after: then it answers false.
 */
function createListener(ears: readonly string[], log: Log): (session: Session) => Promise<boolean> {
  let isAsking = false
  let isTold = false
  const refused = (topics: readonly string[]) => {
    if (!isTold)
      log.warn({ code: 'MQTT_REFUSED', topics }, 'the broker does not let us read; states are still sent')
    isTold = true
  }
  return async (session) => {
    const hungUp = isAsking
    isAsking = false
    if (hungUp) {
      refused(ears)
      return false
    }
    isAsking = true
    const denied = await session.subscribe(ears)
    isAsking = false
    if (denied.length === 0) isTold = false
    else refused(denied)
    return true
  }
}
