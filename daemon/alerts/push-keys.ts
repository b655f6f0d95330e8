/**
 * The keys that the box signs its messages to push services with: made once, kept in the state folder, readable by the daemon's user
 * only. Browsers are bound to them: with other keys each must be told anew that it wants to hear.
 */
import { createECDH } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import webPush, { type VapidKeys } from 'web-push'
import { BarnboxError } from '../lib/errors.ts'
import { writeWhole } from '../lib/whole-file.ts'

const nameOf = (stateDir: string) => join(stateDir, 'push-keys.json')

/** `areNew`: there were none, or none that could be used. Throws `STATE_DIR`. */
export function openPushKeys(stateDir: string): { readonly keys: VapidKeys; readonly areNew: boolean } {
  const file = nameOf(stateDir)
  const kept = readKeys(file)
  if (kept) return { keys: kept, areNew: false }
  const keys = webPush.generateVAPIDKeys()
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o750 })
    writeWhole(file, JSON.stringify(keys))
  } catch (cause) {
    throw new BarnboxError('STATE_DIR', `cannot write ${file}`, { context: { file }, cause })
  }
  return { keys, areNew: true }
}

/** Undefined where they are not there, or do not belong together. */
function readKeys(file: string): VapidKeys | undefined {
  try {
    const { publicKey, privateKey } = JSON.parse(readFileSync(file, 'utf8')) as VapidKeys
    const pair = createECDH('prime256v1')
    pair.setPrivateKey(privateKey, 'base64url')
    return pair.getPublicKey('base64url') === publicKey ? { publicKey, privateKey } : undefined
  } catch {
    return undefined
  }
}
