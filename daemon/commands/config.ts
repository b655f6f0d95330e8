/**
 * `barnbox config`: what is another in the file than in the config that runs, and its trial by the daemon.
 */
import { existsSync } from 'node:fs'
import { configDiff } from '../config/diff.ts'
import { type Generations, hashOf } from '../config/generations.ts'
import { sleep } from '../lib/abort.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { lockState } from '../registry/database.ts'
import { lockFile } from '../registry/registry.ts'

export interface ConfigPlace {
  readonly stateDir: string
  readonly generations: Generations
  /** The file's text, checked. Throws `CONFIG_MISSING` and `CONFIG_INVALID`. */
  readonly read: () => string
  readonly say: (text: string) => void
}

const pollMs = 250
/** For a stop, a start and the trial, on a slow box. */
const patienceMs = 180_000

/** What the file would change, one line a key. */
export function sayDiff({ generations, read, say }: ConfigPlace): void {
  const text = read()
  const [good] = generations.good()
  const lines = good ? configDiff(good.text, text) : ['No config has proved itself yet.']
  say(lines.length === 0 ? 'Nothing is another.' : lines.join('\n'))
}

/** Has the daemon try the file's config, and says what came of it. Answers whether it is in use. */
export async function applyConfig(place: ConfigPlace, signal: AbortSignal): Promise<boolean> {
  const { stateDir, generations, read, say } = place
  sayDiff(place)
  const hash = hashOf(read())
  const { pid } = generations.standing()
  if (pid === null || !isInUse(stateDir)) {
    say('barnbox does not run: this config is tried when it starts.')
    return true
  }
  const askedMs = Date.now()
  tell(pid)
  say('The daemon tries it. If the barn is worse after a minute, it goes back by itself.')
  while (!signal.aborted && Date.now() - askedMs < patienceMs) {
    await sleep(pollMs, signal)
    const { running, trial, refused } = generations.standing()
    if (refused?.hash === hash && refused.atMs >= askedMs) {
      say(`It is not taken, the config before it goes on: ${refused.why}`)
      return false
    }
    if (running === hash && trial === null && generations.good()[0]?.hash === hash) {
      say('It is in use.')
      return true
    }
  }
  say('The daemon has not said yet what came of it: see `barnbox doctor`.')
  return false
}

/** Whether a daemon has the state folder. */
export function isInUse(stateDir: string): boolean {
  const file = lockFile(stateDir)
  if (!existsSync(file)) return false
  try {
    lockState(file)[Symbol.dispose]()
    return false
  } catch (thrown) {
    if (asBarnboxError(thrown).code === 'STATE_IN_USE') return true
    throw thrown
  }
}

function tell(pid: number): void {
  try {
    process.kill(pid, 'SIGHUP')
  } catch (cause) {
    const message = `the daemon (process ${pid}) cannot be told: run this as its user or as root`
    throw new BarnboxError('BOX_UNREACHABLE', message, { cause })
  }
}
