/**
 * What whoever keeps the box asks of it: arguments -> verb.
 */
import type { Command } from 'commander'
import type { ConfigPlace } from './commands/config.ts'
import { openGenerations } from './config/generations.ts'
import { loadConfig, readConfigFile } from './config/load.ts'
import { configFile, configOption, say, stateDir, stopSignal } from './main-tools.ts'

interface OfConfig {
  readonly config?: string
}

function configPlace({ config }: OfConfig): ConfigPlace {
  const file = configFile(config)
  const read = () => {
    const text = readConfigFile(file)
    loadConfig(file, process.env, stateDir(), text)
    return text
  }
  return { stateDir: stateDir(), generations: openGenerations(stateDir()), read, say }
}

export function addConfig(program: Command): void {
  const config = program.command('config').description('another config: what it changes, and its trial')
  config
    .command('diff')
    .description('say what is another than in the newest config that proved itself')
    .option(...configOption)
    .action(async (options) => (await import('./commands/config.ts')).sayDiff(configPlace(options)))
  config
    .command('apply')
    .description('have the daemon try the config for a minute; it goes back by itself')
    .option(...configOption)
    .action(async (options) => {
      const { applyConfig } = await import('./commands/config.ts')
      if (!(await applyConfig(configPlace(options), stopSignal().signal))) process.exitCode = 1
    })
}
