/**
 * How tests start barnbox as a child: the built program where their run offers one (it is there in a fraction of the CPU time), the source
 * where not.
 */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Names the folder of a built program. */
export const offer = 'BARNBOX_TEST_PROGRAM'
const offered = process.env[offer]

/** For the Node that runs whoever asks. */
export const mainFile = offered === undefined ? join(root, 'daemon/main.ts') : join(offered, 'main.js')

const service = readFileSync(join(root, 'systemd/barnbox.service'), 'utf8')

/** What Node.js is told, and has in its environment, where the service starts barnbox: what is measured of a child is to be what a box has. */
export const nodeFlags: readonly string[] = flagsOf(service)
export const nodeEnvironment = environmentOf(service)

function flagsOf(service: string): string[] {
  const flags = /^ExecStart=\S+ node ((?:--\S+ )+)/m.exec(service)?.[1]
  if (flags === undefined) throw new Error('the service does not say how it starts Node.js')
  return flags.trim().split(' ')
}

function environmentOf(service: string): Readonly<Record<string, string>> {
  const found = service.matchAll(/^Environment=(\w+)=([^\s"]+)$/gm)
  const environment = Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]))
  if (!('GLIBC_TUNABLES' in environment))
    throw new Error('the service does not say on what pages memory lies')
  return environment
}

/** The page's files; undefined where they are still to be made of the source. */
export const webFolder = offered === undefined ? undefined : pathToFileURL(join(offered, 'web/'))

/** Builds the program for a run of tests, unless whoever started it offers one; answers what its files are to have in their environment. */
export async function offerProgram(folder: string): Promise<Record<string, string>> {
  if (offered !== undefined) return {}
  // Loaded where it is needed: most who ask how barnbox is started build nothing.
  const { makeProgram } = await import('../build/program.ts')
  mkdirSync(folder)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  await makeProgram(folder)
  return { [offer]: folder }
}
