/**
 * Runs barnbox as a user would: a child of its own, without what tap puts into its environment.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mainFile } from '../../scripts/testing/program.ts'
import { bringModels } from '../support/models.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const shared = fileURLToPath(new URL('../../../shared/data', import.meta.url))

export function folder(): string {
  return mkdtempSync(join(tmpdir(), 'barnbox-cli-'))
}

/** One for all. */
const stateDir = folder()
await bringModels(stateDir)

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  readonly end: Promise<Ended>
}

export function startCommand(
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Started {
  const { NODE_OPTIONS: _options, BARNBOX_CONFIG: _config, ...inherited } = process.env
  const env = { ...inherited, BARNBOX_STATE_DIR: stateDir, ...environment }
  const child = spawn(command, args, { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return { child, end: once(child, 'close').then(([code]) => ({ code, stdout, stderr })) }
}

export function startBarnbox(args: readonly string[], environment?: Record<string, string>): Started {
  return startCommand(process.execPath, [mainFile, ...args], environment)
}

export function barnbox(args: readonly string[], environment?: Record<string, string>): Promise<Ended> {
  return startBarnbox(args, environment).end
}

/** The lines of stdout as JSON. */
export function jsonLines({ stdout }: Ended): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}
