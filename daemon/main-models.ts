/**
 * `barnbox models ...`: arguments -> verb.
 */
import { type Command, Option } from 'commander'
import type { Bring } from './commands/models-verbs.ts'
import { numberFrom, place, stopSignal } from './main-tools.ts'

/** The verbs are loaded when one is asked for: they bring the runtime of the models along. */
const verbs = () => import('./commands/models-verbs.ts')

async function runFetch(name: string, options: Bring): Promise<void> {
  const outside = { env: process.env, screen: process.stderr, signal: stopSignal().signal }
  await (await verbs()).sayFetch(name, options, place(), outside)
}

async function runVerify(options: { json?: boolean }): Promise<void> {
  if (!(await (await verbs()).sayVerify(options, place()))) process.exitCode = 1
}

export function addModels(program: Command): void {
  const models = program.command('models').description('bring, choose and try other models')
  const json = ['--json', 'print JSON'] as const
  const bring = (command: Command) =>
    command
      .option('--accept-license <name>', 'take a licence that not everybody may')
      .addOption(
        new Option('--normalise <kind>', 'what weights were trained with')
          .choices(['imagenet', 'half'])
          .default('imagenet'),
      )
      .option(
        '--int8',
        'weights in 8 bits only, unproven; without it barnbox tries them on the crops of its barn',
      )
  const list = models.command('list').description('what there is, and what is chosen (*)')
  list.option(...json).action(async (options) => (await verbs()).sayList(options, place()))
  bring(models.command('fetch').description('download a model of the catalogue'))
    .argument('<name>')
    .action(runFetch)
  bring(models.command('import').description('take a model from a file: .onnx, .bin, .safetensors, .engine'))
    .argument('<file>')
    .requiredOption('--as <name>', 'a name of the catalogue, or one of your own')
    .option('--of <name>', 'the installed model that a TensorRT engine was built of')
    .action(async (file, options) => (await verbs()).sayImport(file, options, place()))
  const verify = models.command('verify').description('hash every installed model')
  verify.option(...json).action(runVerify)
  models
    .command('use')
    .description('choose a model')
    .argument('<name>')
    .action(async (name) => (await verbs()).sayUse(name, place()))
  models
    .command('remove')
    .description('delete an installed model')
    .argument('<name>')
    .action(async (name) => (await verbs()).sayRemove(name, place()))
  addTries(models)
}

function addTries(models: Command): void {
  const json = ['--json', 'print JSON'] as const
  const on = () =>
    new Option('--provider <name>', 'what it is to run on')
      .choices(['auto', 'cpu', 'cuda', 'tensorrt'])
      .default('auto')
  const bench = models.command('bench').description('time a model on this machine').argument('<name>')
  bench
    .option('--threads <n>', 'threads of one inference', numberFrom(1, 16), 1)
    .addOption(on())
    .option(...json)
    .action(async (name, options) => (await verbs()).sayBench(name, options, place()))
  const embed = models.command('embed').description('print the vector of a whole image').argument('<image>')
  embed
    .option('--model <name or file>', 'the embedder (default: what `models use` chose)')
    .addOption(on())
    .option(...json)
    .action(async (image, options) => (await verbs()).sayEmbed(image, options, place()))
}
