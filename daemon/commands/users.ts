/**
 * `barnbox users VERB`: who may use the box, changed at the box itself. The daemon may run meanwhile.
 */
import { readFileSync } from 'node:fs'
import { openSetupPin } from '../barn-setup.ts'
import { hashPassword, longestPassword, makePassword, shortestPassword } from '../http/auth/password.ts'
import { systemClock } from '../lib/clock.ts'
import { BarnboxError } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { openRegistry, registryFile } from '../registry/registry.ts'
import type { Users } from '../registry/users.ts'
import type { Role, User } from '../types.ts'

export interface Place {
  readonly stateDir: string
  readonly say: (text: string) => void
}

export interface PasswordFrom {
  readonly passwordFile?: string
}

export function sayUsers({ json }: { readonly json?: boolean }, { stateDir, say }: Place): void {
  const all = withUsers(stateDir, (users) => users.all())
  if (json) say(JSON.stringify({ users: all.map(({ id, name, role }) => ({ id, name, role })) }))
  else if (all.length === 0) say('there are no users: without an access token the box serves only itself')
  else for (const { name, role } of all) say(`${role.padEnd(9)}  ${name}`)
}

export async function addUser(
  name: string,
  { role, ...from }: PasswordFrom & { role: Role },
  { stateDir, say }: Place,
): Promise<void> {
  const { password, made } = passwordOf(from)
  const passwordHash = await hashPassword(password)
  const trimmed = name.trim()
  if (!/^[^\p{Cc}]{1,60}$/u.test(trimmed)) {
    throw new BarnboxError('BAD_REQUEST', 'a name has 1 to 60 characters, without control characters')
  }
  withUsers(stateDir, (users) => users.add({ name: trimmed, role, passwordHash }, systemClock.utcMs()))
  openSetupPin(stateDir).end()
  say(`${trimmed} may use the box as ${role}${made ? `, with the password ${password}` : ''}`)
}

export async function setPassword(name: string, from: PasswordFrom, { stateDir, say }: Place): Promise<void> {
  const { password, made } = passwordOf(from)
  const passwordHash = await hashPassword(password)
  withUsers(stateDir, (users) => users.change(mustFind(users, name).id, { passwordHash }))
  say(`${name} has a new password${made ? `: ${password}` : ''}; who was logged in as ${name} no longer is`)
}

export function setRole(name: string, role: Role, { stateDir, say }: Place): void {
  withUsers(stateDir, (users) => users.change(mustFind(users, name).id, { role }))
  say(`${name} is now ${role}`)
}

export function removeUser(name: string, { stateDir, say }: Place): void {
  withUsers(stateDir, (users) => users.remove(mustFind(users, name).id))
  say(`${name} may no longer use the box`)
}

function withUsers<T>(stateDir: string, work: (users: Users) => T): T {
  using registry = openRegistry(registryFile(stateDir), silentLog)
  return work(registry.users)
}

function mustFind(users: Users, name: string): User {
  const found = users.findByName(name)
  if (!found) throw new BarnboxError('NOT_FOUND', `there is no user ${name}`)
  return found.user
}

/** A password in no argument list and no history: the first line of a file, or one that is made here. */
function passwordOf({ passwordFile }: PasswordFrom): { password: string; made: boolean } {
  if (passwordFile === undefined) return { password: makePassword(), made: true }
  let password: string
  try {
    password = readFileSync(passwordFile, 'utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (cause) {
    throw new BarnboxError('FILE_MISSING', `cannot read ${passwordFile}`, { cause })
  }
  if (password.length < shortestPassword || password.length > longestPassword) {
    throw new BarnboxError(
      'BAD_REQUEST',
      `a password has ${shortestPassword} to ${longestPassword} characters`,
    )
  }
  return { password, made: false }
}
