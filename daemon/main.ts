/**
 * argv -> command. The only reader of process.argv, signals and exit codes.
 */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { World } from './barn.ts'
import type { EnrolOptions } from './commands/enrol.ts'
import type { Bring } from './commands/models-verbs.ts'
import type { Finding } from './commands/mqtt-check.ts'
import type { ReplayFlags } from './commands/replay-flags.ts'
import { syncVerbs } from './commands/sync-verbs.ts'
import { type Loaded, loadConfig } from './config/load.ts'
import { configSchema } from './config/schema.ts'
import { systemClock } from './lib/clock.ts'
import { asBarnboxError, type BarnboxError, type ErrorKind } from './lib/errors.ts'
import { createLog } from './lib/log.ts'
import { createLogRing } from './lib/log-ring.ts'
import { configPath, stateFolder } from './lib/places.ts'
import { createNotifier } from './lib/systemd.ts'
import { readVersion } from './lib/version.ts'
import type { Role } from './types.ts'

// 78 is sysexits' EX_CONFIG: systemd does not restart it (RestartPreventExitStatus).
const exitCodes: Record<ErrorKind, number> = { config: 78, transient: 1, input: 2, data: 1, bug: 1 }
const stopDeadlineMs = 15_000
const version = readVersion()

const stateDir = () => stateFolder(process.env)
const configFile = (given?: string) => configPath(given, process.env)

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Tells an error as a person should read it, and answers the exit code. */
function tell(error: BarnboxError): number {
  const { problems, file: _file, ...rest } = error.context
  process.stderr.write(`barnbox: ${error.code}: ${error.message}\n`)
  if (Array.isArray(problems)) for (const problem of problems) process.stderr.write(`  - ${problem}\n`)
  if (error.kind === 'bug') process.stderr.write(`${error.stack}\n${JSON.stringify(rest)}\n`)
  endAlsoIfStuck(error)
  return exitCodes[error.kind]
}

/**
 * Aborts at the first stop signal; a stop that takes too long ends the process. The second signal ends it as if nobody
 * had asked for signals, by the kernel: an exit would wait for threads that may hang in native code.
 */
function stopSignal(): AbortController {
  const controller = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
      return
    }
    controller.abort()
    setTimeout(() => process.exit(1), stopDeadlineMs).unref()
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  return controller
}

/** Node's exit waits for its threads, for ever where one hangs in native code: then only a kill ends the process. */
function endAlsoIfStuck({ code }: BarnboxError): void {
  if (code === 'VISION_STUCK') process.once('exit', () => process.kill(process.pid, 'SIGKILL'))
}

async function runDaemon(options: { config?: string }): Promise<void> {
  const loaded = loadConfig(configFile(options.config), process.env, stateDir())
  const recent = createLogRing()
  const write = (line: string) => {
    process.stdout.write(line)
    recent.write(line)
  }
  const log = createLog(loaded.config.log.level, { write })
  const stop = stopSignal()
  const onFatal = (error: BarnboxError) => {
    log.error({ code: error.code, err: error }, 'a fault that only a restart mends')
    process.exitCode = 1
    endAlsoIfStuck(error)
    stop.abort()
    setTimeout(() => process.exit(1), stopDeadlineMs).unref()
  }
  process.on('uncaughtException', (error) => onFatal(asBarnboxError(error)))
  process.on('unhandledRejection', (error) => onFatal(asBarnboxError(error)))
  const world: World = {
    clock: systemClock,
    log,
    stateDir: stateDir(),
    version,
    onFatal,
    recentLog: recent.lines,
  }
  const { run } = await import('./commands/run.ts')
  await run(loaded, world, createNotifier(process.env, log), stop.signal)
}

async function runDetect(
  files: string[],
  { threshold, fps, detector }: { threshold: number; fps: number; detector?: string },
): Promise<void> {
  const { detect } = await import('./commands/detect.ts')
  // One picture after the other is looked at.
  const vision = configSchema.shape.vision.parse({ threshold, detector, workers: 1 })
  const onError = (error: BarnboxError) => {
    process.exitCode = tell(error)
  }
  const stop = stopSignal()
  // Who reads the lines may have had enough: `barnbox detect ... | head`.
  process.stdout.on('error', () => stop.abort())
  const request = { files, vision, stateDir: stateDir(), fps }
  await detect(request, (result) => say(JSON.stringify(result)), onError, stop.signal)
}

type EnrolFlags = Omit<EnrolOptions, 'folder'> & CheckFlags

async function runEnrol(folder: string, { config, json, ...options }: EnrolFlags): Promise<void> {
  const { enrolFolder, enrolmentJson, enrolmentText } = await import('./commands/enrol.ts')
  const load = () => loadConfig(configFile(config), process.env, stateDir())
  await enrolFolder(
    { folder, ...options },
    { stateDir: stateDir(), load },
    (enrolment) => {
      say(json ? JSON.stringify(enrolmentJson(enrolment)) : enrolmentText(enrolment))
      if (enrolment.result instanceof Error) process.exitCode = exitCodes[enrolment.result.kind]
    },
    stopSignal().signal,
  )
}

interface CheckFlags {
  readonly config?: string
  readonly json?: boolean
}

async function runDoctor(options: CheckFlags): Promise<void> {
  const { examine } = await import('./commands/doctor.ts')
  const findings = await examine(
    () => loadConfig(configFile(options.config), process.env, stateDir()),
    { stateDir: stateDir(), onFatal: endAlsoIfStuck },
    stopSignal().signal,
  )
  sayFindings(findings, options)
}

/** A command that asks something of what the config names. */
function asks(command: Command, ask: (loaded: Loaded) => Promise<Finding[]>): void {
  command
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(async (options: CheckFlags) =>
      sayFindings(await ask(loadConfig(configFile(options.config), process.env, stateDir())), options),
    )
}

function sayFindings(findings: readonly Finding[], { json }: CheckFlags): void {
  const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' }
  if (json) say(JSON.stringify({ findings }))
  else for (const { part, level, detail } of findings) say(`${marks[level]}  ${part}: ${detail}`)
  if (findings.some(({ level }) => level === 'problem')) process.exitCode = 1
}

async function runCheckConfig(options: { config?: string }): Promise<void> {
  const { describeConfig } = await import('./commands/check-config.ts')
  const file = configFile(options.config)
  say(describeConfig(loadConfig(file, process.env, stateDir()), file))
}

async function runReplay(flags: ReplayFlags): Promise<void> {
  const { sayReplay } = await import('./commands/replay-flags.ts')
  const load = (file?: string, more = {}) =>
    loadConfig(configFile(file), { ...process.env, ...more }, stateDir())
  await sayReplay(flags, { ...place(), load }, systemClock.utcMs(), stopSignal().signal)
}

/** The verbs are loaded when one is asked for: they bring the runtime of the models along. */
const verbs = () => import('./commands/models-verbs.ts')
const place = () => ({ stateDir: stateDir(), say })

async function runFetch(name: string, options: Bring): Promise<void> {
  const outside = { env: process.env, screen: process.stderr, signal: stopSignal().signal }
  await (await verbs()).sayFetch(name, options, place(), outside)
}

/** Reads an option that is a number in a range. */
function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`)
  }
}

const configOption = [
  '-c, --config <file>',
  'the config (default: $BARNBOX_CONFIG or /etc/barnbox/barnbox.yaml)',
] as const

function createProgram(): Command {
  const program = new Command('barnbox')
    .description(
      'The box in the horse barn: finds the horses, knows which one each is, says when something is wrong.',
    )
    .version(version)
    .exitOverride()
  program
    .command('run')
    .description('run the daemon')
    .option(...configOption)
    .action(runDaemon)
  program
    .command('doctor')
    .description('look at every part and say what to mend')
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(runDoctor)
  program
    .command('check-config')
    .description('say whether a config would be taken')
    .option(...configOption)
    .action(runCheckConfig)
  program
    .command('detect')
    .description('find horses in pictures and videos, one JSON line each')
    .argument('<files...>')
    .option('--json', 'print JSON lines (the only format, and the default)')
    .option('--threshold <score>', 'boxes below are left out', numberFrom(0.05, 0.95), 0.25)
    .option('--fps <n>', 'pictures taken from a second of video', numberFrom(0.05, 60), 5)
    .option('--detector <name or file>', 'the detector (default: what `barnbox models use` chose)')
    .action(runDetect)
  program
    .command('enrol')
    .description('make horses known by photos: a folder or a file for each, called as the horse is')
    .argument('<folder>')
    .requiredOption('--camera <id>', 'the camera that sees these horses')
    .option('--name <name>', 'all photos of the folder are of this horse')
    .option('--url <address>', 'a box elsewhere (default: this machine’s, whether it runs or not)')
    .option('--token-file <file>', 'its first line is the access token, or a pass (default: as the config)')
    .option('--user <name>', 'log in as this user; with --password-file')
    .option('--password-file <file>', 'its first line is the password')
    .option(...configOption)
    .option('--json', 'print JSON lines')
    .action(runEnrol)
  program
    .command('setup-pin')
    .description('print the PIN that the first set-up on the page asks for')
    .option('--new', 'make another one')
    .action(async (options) => (await import('./commands/setup-pin.ts')).saySetupPin(options, place()))
  addReplay(program)
  addMqtt(program)
  addSync(program)
  addModels(program)
  addUsers(program)
  return program
}

function addReplay(program: Command): void {
  program
    .command('replay')
    .description('run what was seen again, as the box is set and as you would set it, side by side')
    .option(...configOption)
    .option('--with <file>', 'another config, to be tried')
    .option('--set <key=value...>', 'a setting to be tried: alerts.rules.horse_missing.after_seconds=300')
    .option('--threshold <score>', 'try it without weaker boxes', numberFrom(0.05, 0.95))
    .option('--model <name or file>', 'try another detector or embedder, on the pictures that are kept')
    .option('--from <time>', 'a time (2026-11-22T18:00) or hours ago (8h); all that is kept when absent')
    .option('--to <time>', 'as --from')
    .option('--camera <id...>', 'only these cameras')
    .option('--json', 'print JSON')
    .action(runReplay)
}

function addMqtt(program: Command): void {
  const mqtt = program.command('mqtt').description('the broker that the config names')
  asks(mqtt.command('check').description('say whether it works, and what to mend'), async (loaded) =>
    (await import('./commands/mqtt-check.ts')).mqttCheck(loaded, stateDir(), stopSignal().signal),
  )
}

function addSync(program: Command): void {
  const sync = program.command('sync').description('the central database that the config names')
  for (const [verb, does] of syncVerbs)
    asks(sync.command(verb).description(does), async (loaded) => {
      const { askSync } = await import('./commands/sync.ts')
      return askSync(verb, loaded, { stateDir: stateDir(), version }, stopSignal().signal)
    })
}

const people = () => import('./commands/users.ts')

function addUsers(program: Command): void {
  const users = program.command('users').description('who may use the page and the API')
  const roles: Role[] = ['viewer', 'caretaker', 'admin']
  const password = [
    '--password-file <file>',
    'its first line is the password (default: one is made and shown)',
  ] as const
  const list = users.command('list').description('everybody, with their role')
  list.option('--json', 'print JSON').action(async (options) => (await people()).sayUsers(options, place()))
  users
    .command('add')
    .description('let somebody in')
    .argument('<name>')
    .addOption(
      new Option('--role <role>', 'viewer looks, caretaker names and corrects, admin runs the box')
        .choices(roles)
        .makeOptionMandatory(),
    )
    .option(...password)
    .action(async (name, options) => (await people()).addUser(name, options, place()))
  users
    .command('password')
    .description('give somebody a new password')
    .argument('<name>')
    .option(...password)
    .action(async (name, options) => (await people()).setPassword(name, options, place()))
  users
    .command('role')
    .description('change what somebody may do')
    .argument('<name>')
    .addArgument(new Argument('<role>').choices(roles))
    .action(async (name, role) => (await people()).setRole(name, role, place()))
  users
    .command('remove')
    .description('let somebody in no longer')
    .argument('<name>')
    .action(async (name) => (await people()).removeUser(name, place()))
}

function addModels(program: Command): void {
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
  verify.option(...json).action(async (options) => {
    if (!(await (await verbs()).sayVerify(options, place()))) process.exitCode = 1
  })
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

try {
  await createProgram().parseAsync()
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2
  else process.exitCode = tell(asBarnboxError(thrown))
}
