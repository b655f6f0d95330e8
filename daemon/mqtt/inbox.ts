/**
 * What others say to the box: each message goes to whom it is for, or is counted.
 */
import type { Log } from '../lib/log.ts'
import type { CommandDesk } from './commands.ts'
import { type HomeWord, homeWord } from './home.ts'
import { OFF, OFFLINE, ON, ONLINE } from './payloads.ts'
import type { Heard } from './session.ts'
import type { Topics } from './topics.ts'

interface InboxDeps {
  readonly topics: Topics
  readonly homeStatus: string
  readonly commands: CommandDesk
  /** The switch of a thing, where it has one. */
  readonly switchOf: (thing: string) => ((isOn: boolean) => void) | undefined
  /** The box was said to be dead, or something that is no status. */
  readonly onOffline: () => void
  readonly onHome: (word: HomeWord) => void
  readonly refused: () => void
  readonly log: Log
}

/** A word of a status; a longer one is none. */
const longestWord = 32

export function createInbox(deps: InboxDeps): (heard: Heard) => void {
  const { topics, homeStatus, commands, switchOf, onOffline, onHome, refused, log } = deps
  const [commandsBegin, root] = [`${topics.root}/cmd/`, `${topics.root}/`]
  return (heard) => {
    const { topic, payload, isKept } = heard
    const word = () => (payload.length <= longestWord ? payload.toString('utf8') : '')
    if (topic === topics.status) {
      // An empty one is what the box says when it leaves.
      if (word() !== OFFLINE && word() !== ONLINE && payload.length > 0) refused()
      if (word() !== ONLINE) onOffline()
    } else if (topic === homeStatus) {
      const said = homeWord(word())
      if (said) onHome(said)
      else refused()
    } else if (topic.startsWith(commandsBegin)) {
      const name = topic.slice(commandsBegin.length)
      // The box's own answers lie deeper.
      if (!name.includes('/')) void commands.heard(name, heard)
    } else if (topic.startsWith(root) && topic.endsWith('/set')) {
      const thing = topic.slice(root.length, -'/set'.length)
      const turn = switchOf(thing)
      const asked = word()
      if (isKept || !turn || (asked !== ON && asked !== OFF)) return refused()
      try {
        turn(asked === ON)
      } catch (error) {
        log.error({ err: error, thing }, 'a switch could not be turned')
      }
    }
  }
}
