/**
 * The PIN of the first set-up: proof that whoever sets the box up can also read its files. It lies in the state folder,
 * readable by the daemon's user only, is never logged, and goes with the first user.
 */
import { randomInt } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SetupPin } from './http/deps.ts'
import { BarnboxError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import { giveTo } from './lib/owner.ts'

const digits = 8

export const setupPinFile = (stateDir: string) => join(stateDir, 'setup-pin')

/** Read anew each time: a command may have made another one while the daemon runs. */
export function openSetupPin(stateDir: string): SetupPin {
  const file = setupPinFile(stateDir)
  return {
    read: () => readPin(file),
    end: () => rmSync(file, { force: true }),
  }
}

/** The PIN; made where there is none yet, or where another one is wished for. Throws `STATE_DIR`. */
export function setupPin(stateDir: string, isNew = false): string {
  const file = setupPinFile(stateDir)
  return (isNew ? undefined : readPin(file)) ?? makePin(stateDir, file)
}

/** Where nobody may log in yet there is a PIN, and where somebody may there is none. Throws `STATE_DIR`. */
export function keepSetupPin(stateDir: string, isOpen: boolean, log: Log): SetupPin {
  const pin = openSetupPin(stateDir)
  if (isOpen) {
    setupPin(stateDir)
    // The PIN itself is not for the log: logs are copied and sent around.
    log.info({}, 'nobody may log in yet; `barnbox setup-pin` prints the PIN of the set-up')
  } else pin.end()
  return pin
}

/** What is no PIN is as good as none: a file cut short by a full disk must not open the box. */
function readPin(file: string): string | undefined {
  try {
    const [pin = ''] = readFileSync(file, 'utf8').split('\n', 1)
    return new RegExp(`^\\d{${digits}}$`).test(pin) ? pin : undefined
  } catch {
    return undefined
  }
}

function makePin(stateDir: string, file: string): string {
  const pin = String(randomInt(10 ** digits)).padStart(digits, '0')
  const half = `${file}.new`
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o750 })
    rmSync(half, { force: true })
    writeFileSync(half, `${pin}\n`, { mode: 0o600 })
    giveTo(stateDir, half)
    renameSync(half, file)
  } catch (cause) {
    throw new BarnboxError('STATE_DIR', `cannot write ${file}`, { context: { file }, cause })
  }
  return pin
}
