/**
 * argv -> command. The only reader of process.argv, signals and exit codes.
 */
import { Argument, Command, CommanderError, Option } from 'commander'
import type { World } from './barn.ts'
import type { EnrolOptions } from './commands/enrol.ts'
import type { Finding } from './commands/mqtt-check.ts'
import type { ReplayFlags } from './commands/replay-flags.ts'
import { syncVerbs } from './commands/sync-verbs.ts'
import { type Loaded, loadConfig } from './config/load.ts'
import { configSchema } from './config/schema.ts'
import { createBell } from './lib/bell.ts'
import { systemClock } from './lib/clock.ts'
import { asBarnboxError, type BarnboxError, type ErrorKind } from './lib/errors.ts'
import { createLog } from './lib/log.ts'
import { createLogRing } from './lib/log-ring.ts'
import { giveAll } from './lib/owner.ts'
import { createNotifier } from './lib/systemd.ts'
import { addBackup, addCameras, addConfig, addVerify } from './main-appliance.ts'
import { addModels } from './main-models.ts'
import {
  configFile,
  configOption,
  configWith,
  lifeOf,
  numberFrom,
  place,
  refusedWhy,
  say,
  stateDir,
  stopDeadlineMs,
  stopSignal,
  version,
} from './main-tools.ts'
import type { Role } from './types.ts'

// 78 is sysexits' EX_CONFIG: systemd does not restart it (RestartPreventExitStatus).
const exitCodes: Record<ErrorKind, number> = { config: 78, transient: 1, input: 2, data: 1, bug: 1 }

/** Tells an error as a person should read it, and answers the exit code. */
function tell(error: BarnboxError): number {
  const { problems, file: _file, ...rest } = error.context
  process.stderr.write(`barnbox: ${error.code}: ${error.message}\n`)
  if (Array.isArray(problems)) for (const problem of problems) process.stderr.write(`  - ${problem}\n`)
  if (error.kind === 'bug') process.stderr.write(`${error.stack}\n${JSON.stringify(rest)}\n`)
  endAlsoIfStuck(error)
  return exitCodes[error.kind]
}

/** Node's exit waits for its threads, for ever where one hangs in native code: then only a kill ends the process. */
function endAlsoIfStuck({ code }: BarnboxError): void {
  if (code === 'VISION_STUCK') process.once('exit', () => process.kill(process.pid, 'SIGKILL'))
}

async function runDaemon(options: { config?: string }): Promise<void> {
  // From here on it is a question, and ends nothing.
  const asked = createBell()
  process.on('SIGHUP', asked.ring)
  const file = configFile(options.config)
  const life = lifeOf(file)
  const first = life.start()
  const recent = createLogRing()
  const write = (line: string) => {
    process.stdout.write(line)
    recent.write(line)
  }
  const log = createLog(first.loaded.config.log.level, { write })
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
    restoring: { configWith: (folder, way) => configWith(file, folder, way), startAnew: asked.ring },
  }
  const { run } = await import('./commands/run.ts')
  await run({ life, first, asked }, world, createNotifier(process.env, log), stop.signal)
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
    {
      stateDir: stateDir(),
      onFatal: endAlsoIfStuck,
      configRefused: refusedWhy(configFile(options.config)),
    },
    stopSignal().signal,
  )
  sayFindings(findings, options)
  // Unlike a broker's check, whose warnings are about Home Assistant.
  if (process.exitCode === undefined && findings.some(({ level }) => level === 'warning'))
    process.exitCode = 3
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
  if (json) say(JSON.stringify({ findings }))
  endBy(findings, json ? 'silently' : 'aloud')
}

/** The exit code is of the worst. */
function endBy(findings: readonly Finding[], how: 'silently' | 'aloud'): void {
  const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' }
  if (how === 'aloud')
    for (const { part, level, detail } of findings) say(`${marks[level]}  ${part}: ${detail}`)
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
  addConfig(program)
  addBackup(program)
  addVerify(program)
  addCameras(program, endBy)
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

/** Of so many files that nobody wants to wait; a command makes none there. */
const daemonsOwn = ['clips', 'replay']
process.once('exit', () => giveAll(stateDir(), stateDir(), daemonsOwn))

try {
  await createProgram().parseAsync()
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2
  else process.exitCode = tell(asBarnboxError(thrown))
}
