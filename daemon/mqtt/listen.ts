/**
 * Which fact changes which topics.
 */
import type { Bus } from '../lib/bus.ts'
import type { AlertSubject } from '../presence-types.ts'
import type { AlertId, Facts, Horse, HorseId, StallId } from '../types.ts'
import type { Announcer } from './announcer.ts'
import type { Conductor } from './owner.ts'
import type { Letter } from './session.ts'
import type { Source, States } from './states.ts'
import type { Teller } from './teller.ts'
import type { Topics } from './topics.ts'

interface ListenDeps {
  readonly facts: Bus<Facts>
  readonly topics: Topics
  readonly teller: Teller
  readonly states: States
  readonly announcer: Announcer
  readonly conductor: Pick<Conductor, 'better'>
  readonly barn: Pick<Source, 'horse' | 'stalls'> & { alert(id: AlertId): AlertSubject | undefined }
  readonly hasLeft: () => boolean
}

/** Cameras and stalls come and go. */
function listenToPlaces(
  { facts, topics, teller, states, barn }: ListenDeps,
  {
    say,
    tellStall,
    discover,
  }: Pick<ReturnType<typeof createVoice>, 'say' | 'tellStall'> & { discover(): void },
  until: AbortSignal,
): void {
  const takeBack = (begin: string, wanted: readonly string[] = []) =>
    say(teller.takeBack(`${topics.root}/${begin}/`, new Set(wanted)))
  facts.on(
    'camera-changed',
    (camera) => {
      discover()
      say([states.camera(camera), ...teller.unlike([states.telling(`camera/${camera.id}`)])])
    },
    until,
  )
  facts.on(
    'camera-gone',
    ({ streamId }) => {
      discover()
      takeBack(`camera/${streamId}`)
    },
    until,
  )
  facts.on(
    'stalls-drawn',
    () => {
      discover()
      const there = barn.stalls()
      const switches = there.map(({ stall }) => states.telling(`stall/${stall.id}`))
      takeBack('stall', [
        ...there.map(({ stall }) => topics.stall(stall.id)),
        ...switches.map(({ topic }) => topic),
      ])
      for (const { stall } of there) tellStall(stall.id)
      say(teller.unlike(switches))
    },
    until,
  )
}

interface Listening {
  /** What is told each minute. */
  beat(): void
  /** What the broker lets expire. */
  refresh(): void
}

/** Says how single things are. */
function createVoice({ teller, states, barn, hasLeft }: ListenDeps) {
  /** Who was told to be in each stall: when it changes, two horses have other states. */
  const inside = new Map<StallId, HorseId | null>()
  const say = (letters: readonly Letter[]) => {
    if (!hasLeft()) for (const letter of letters) teller.send(letter)
  }
  const pace = (letter: Letter) => {
    if (!hasLeft()) teller.pace(letter)
  }
  const tellHorse = (horse: Horse | undefined) => {
    if (horse) pace(states.horse(horse))
  }
  const tellHorseOf = (id: HorseId | null | undefined) => {
    if (id !== null && id !== undefined) tellHorse(barn.horse(id))
  }
  const tellStall = (id: StallId | null) => {
    const view = barn.stalls().find(({ stall }) => stall.id === id)
    if (!view) return
    say([states.stall(view)])
    const before = inside.get(view.stall.id)
    inside.set(view.stall.id, view.horseId)
    for (const horseId of new Set([before, view.horseId])) tellHorseOf(horseId)
  }
  return { say, pace, tellHorse, tellHorseOf, tellStall }
}

/** Tells each change until the signal aborts. */
export function listenToFacts(deps: ListenDeps, until: AbortSignal): Listening {
  const { facts, topics, teller, states, announcer, conductor, barn } = deps
  const voice = createVoice(deps)
  const { say, pace, tellHorse, tellHorseOf, tellStall } = voice
  // With nobody to hear it a change would count as told; the next connect brings all of them.
  const discover = () => {
    if (teller.session()) say(announcer.changes())
  }
  listenToPlaces(deps, { ...voice, discover }, until)
  facts.on('stall-changed', ({ stallId }) => tellStall(stallId), until)
  facts.on('horses-seen', ({ horses }) => horses.forEach(tellHorse), until)
  facts.on(
    'horse-changed',
    ({ horse, change }) => {
      tellHorse(horse)
      discover()
      if (change === 'avatar' || change === 'new') conductor.better(horse.id)
      for (const { stall, horseId } of barn.stalls()) if (horseId === horse.id) tellStall(stall.id)
    },
    until,
  )
  facts.on(
    'horse-gone',
    ({ horseId }) => {
      discover()
      // Nothing retained is left of a horse that is gone.
      for (const topic of [topics.horse(horseId), topics.horseSnapshot(horseId)]) pace({ topic, payload: '' })
    },
    until,
  )
  facts.on(
    'alert-changed',
    ({ alertId }) => {
      say(teller.unlike(states.levels()))
      const subject = barn.alert(alertId)
      tellStall(subject?.stallId ?? null)
      tellHorseOf(subject?.horseId)
      pace(states.health())
    },
    until,
  )
  return {
    beat() {
      discover()
      // A silence ends by itself.
      say([...states.levels(), ...teller.unlike(states.switches()), states.health()])
    },
    refresh: () => say(states.all()),
  }
}
