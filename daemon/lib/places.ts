/**
 * Where the config and the state lie when nobody names a place.
 */
import { homedir } from 'node:os'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

export function stateFolder(env: Environment): string {
  const home = env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  return env['BARNBOX_STATE_DIR'] ?? env['STATE_DIRECTORY'] ?? join(home, 'barnbox')
}

export function configPath(given: string | undefined, env: Environment): string {
  return given ?? env['BARNBOX_CONFIG'] ?? '/etc/barnbox/barnbox.yaml'
}
