/**
 * What others say to the box: each message goes to whom it is for, or is counted.
 */
import type { Log } from '../lib/log.ts'
import type { CommandDesk } from './commands.ts'
import { OFF, OFFLINE, ON } from './payloads.ts'
import type { Heard } from './session.ts'
import type { Topics } from './topics.ts'

interface InboxDeps {
  readonly topics: Topics
  readonly homeStatus: string
  readonly commands: CommandDesk
  /** Switches by their thing. */
  readonly switches: Readonly<Record<string, (isOn: boolean) => void>>
  /** The box was said to be dead. */
  readonly onOffline: () => void
  readonly onHome: (payload: string) => void
  readonly refused: () => void
  readonly log: Log
}

/** A word of a status; a longer one is none. */
const longestWord = 32

export function createInbox(deps: InboxDeps): (heard: Heard) => void {
  const { topics, homeStatus, commands, switches, onOffline, onHome, refused, log } = deps
  const [commandsBegin, root] = [`${topics.root}/cmd/`, `${topics.root}/`]
  return (heard) => {
    const { topic, payload, isKept } = heard
    const word = () => (payload.length <= longestWord ? payload.toString('utf8') : '')
    if (topic === topics.status) {
      if (word() === OFFLINE) onOffline()
    } else if (topic === homeStatus) onHome(word())
    else if (topic.startsWith(commandsBegin)) {
      const name = topic.slice(commandsBegin.length)
      // The box's own answers lie deeper.
      if (!name.includes('/')) void commands.heard(name, heard)
    } else if (topic.startsWith(root) && topic.endsWith('/set')) {
      const thing = topic.slice(root.length, -'/set'.length)
      const turn = Object.hasOwn(switches, thing) ? switches[thing] : undefined
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
