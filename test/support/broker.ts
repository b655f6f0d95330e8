/**
 * A real mosquitto on a free port, without persistence: stopped and started again, it has forgotten everything.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './ports.ts'

const PLACES = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto']
const program = PLACES.find((path) => existsSync(path))

/** Why there is no broker to test with, or false. */
export const noBroker: string | false =
  program === undefined ? 'no mosquitto installed (apt-get install mosquitto)' : false

const PLUGINS = globSync(
  '/usr/lib/{*-linux-gnu,mosquitto,*-linux-gnu/mosquitto}/mosquitto_dynamic_security.so',
)
const [dynamicSecurity] = PLUGINS

/** Why no broker can be told to forbid subscriptions, or false. */
export const noRules: string | false =
  noBroker || (dynamicSecurity === undefined ? 'no mosquitto_dynamic_security.so installed' : false)

export interface BrokerRules {
  readonly login?: { readonly user: string; readonly password: string }
  /** Nobody may subscribe to anything. */
  readonly isDeaf?: boolean
  /** More lines of its configuration, and files that they name: `FOLDER/` in a line is where those are. */
  readonly lines?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  readonly scheme?: 'mqtt' | 'mqtts'
}

export interface Broker extends AsyncDisposable {
  readonly port: number
  readonly url: string
  start(): Promise<void>
  /** Without a word to its clients. */
  kill(): Promise<void>
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  }).then((isUp) => {
    socket.destroy()
    return isUp === true
  })
}

/** Everybody may publish and nobody may subscribe: the plain ACL file of mosquitto 2.0 cannot say that. */
async function forbidReading(folder: string): Promise<string[]> {
  const acls = { publishClientSend: true, publishClientReceive: true, subscribe: false, unsubscribe: true }
  const file = join(folder, 'rules.json')
  await writeFile(file, JSON.stringify({ defaultACLAccess: acls, clients: [], groups: [], roles: [] }))
  return [`plugin ${dynamicSecurity}`, `plugin_opt_config_file ${file}`]
}

async function configuration(folder: string, port: number, rules: BrokerRules) {
  const { login, isDeaf, lines: more = [], files = {} } = rules
  const lines = [`listener ${port} 127.0.0.1`, 'persistence false']
  if (isDeaf) lines.push(...(await forbidReading(folder)))
  if (login === undefined) lines.push('allow_anonymous true')
  else {
    const file = join(folder, 'passwords')
    await writeFile(file, '', { mode: 0o600 })
    const made = spawnSync('mosquitto_passwd', ['-b', file, login.user, login.password])
    if (made.status !== 0) throw new Error(`mosquitto_passwd: ${made.stderr}`)
    lines.push('allow_anonymous false', `password_file ${file}`)
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 })
  lines.push(...more.map((line) => line.replaceAll('FOLDER/', `${folder}/`)))
  // Started by root it would become the user `mosquitto`, who cannot read the folder.
  lines.push('user root')
  const path = join(folder, 'mosquitto.conf')
  await writeFile(path, `${lines.join('\n')}\n`)
  return path
}

/** Does not start it yet: a broker that is absent at first is a case of its own. */
export async function createBroker(rules: BrokerRules = {}): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'barnbox-broker-'))
  const port = await freePort()
  const config = await configuration(folder, port, rules)
  let child: ChildProcess | undefined

  async function kill(): Promise<void> {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    running.kill('SIGKILL')
    await once(running, 'exit')
  }
  return {
    port,
    url: `${rules.scheme ?? 'mqtt'}://127.0.0.1:${port}`,
    async start() {
      child = spawn(program ?? 'mosquitto', ['-c', config], { stdio: 'ignore' })
      for (let tries = 0; !(await answers(port)); tries++) {
        if (tries > 100) throw new Error('mosquitto does not start')
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    kill,
    async [Symbol.asyncDispose]() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
