/**
 * `barnbox setup-pin`: the PIN that the page of the first set-up asks for. Whoever may run this may set the box up.
 */
import { existsSync } from 'node:fs'
import { setupPin } from '../barn-setup.ts'
import { BarnboxError } from '../lib/errors.ts'
import { inspectDatabase } from '../registry/database.ts'
import { registryFile } from '../registry/registry.ts'
import type { Place } from './users.ts'

export function saySetupPin({ new: isNew }: { readonly new?: boolean }, { stateDir, say }: Place): void {
  const file = registryFile(stateDir)
  if (existsSync(file) && inspectDatabase(file).users > 0) {
    throw new BarnboxError('SET_UP', 'the box is set up already: `barnbox users add` lets others in')
  }
  say(setupPin(stateDir, isNew))
}
