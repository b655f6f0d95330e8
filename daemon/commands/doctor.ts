/**
 * `barnbox doctor`: looks at every part the box needs and says in plain words what is wrong and what to do.
 */
import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, constants, mkdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { lastMemoryEnd, memoryWords } from '../barn-last-end.ts'
import { badCameras } from '../barn-quality.ts'
import { lastRebuild, reportWords } from '../barn-rebuild.ts'
import { clipFolderOf } from '../barn-recording.ts'
import { serverOf } from '../barn-sync.ts'
import { fingerprintOf, ownCertificate } from '../barn-tls.ts'
import { findFfmpeg } from '../cameras/ffmpeg.ts'
import { openClipFolder } from '../clips/folder.ts'
import type { Loaded } from '../config/load.ts'
import type { HttpConfig, RecordingConfig, SyncConfig, VisionConfig } from '../config/schema.ts'
import { builtMs, systemClock } from '../lib/clock.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { findExecutable } from '../lib/executable.ts'
import { silentLog } from '../lib/log.ts'
import { isLoopback } from '../lib/loopback.ts'
import { inspectDatabase } from '../registry/database.ts'
import { openRegistry, registryFile } from '../registry/registry.ts'
import type { IndexChoice } from '../registry/vector-index.ts'
import { connect as connectCentral } from '../sync/connection.ts'
import type { Running } from '../vision/protocol.ts'
import { startVision } from '../vision/vision.ts'
import { lastBackup } from './backup.ts'
import { isInUse } from './config.ts'
import { cameraDetail, type FindFfmpeg, ffmpegDetail } from './doctor-cameras.ts'
import { check, type Finding, Problem, Warning } from './doctor-check.ts'
import { askHealth, judgeDisk, measureDisk } from './doctor-disk.ts'
import * as machine from './doctor-machine.ts'
import { verifyModels } from './models.ts'

const neededNode = 24
const connectMs = 3000

export interface DoctorDeps {
  readonly stateDir: string
  /** Told of a fault after which the process does not end by itself. */
  readonly onFatal: (error: BarnboxError) => void
  /** The daemon has models and cameras in its hands: they are not opened a second time. */
  readonly isRunning?: boolean
  /** Why the config of the file is not the one that runs, where the daemon has said so. */
  readonly configRefused?: string | undefined
}

/** Every finding, in the order in which an installer would mend them. */
export async function examine(load: () => Loaded, deps: DoctorDeps, signal: AbortSignal): Promise<Finding[]> {
  const { stateDir, isRunning = false } = deps
  const findings = [
    await check('node', nodeDetail),
    await check('setpriv', setprivDetail),
    await check('clock', async () =>
      machine.judgeClock(systemClock.utcMs(), builtMs(), await machine.isClockSet(signal)),
    ),
    await check('state folder', () => stateDetail(stateDir)),
    // Not on the daemon's main thread: it waits for the disk.
    ...(isRunning ? [] : [await check('disk', () => diskDetail(stateDir, signal))]),
    await check('registry', () => registryDetail(stateDir)),
    await check('registry, earlier', () => registryHistory(stateDir)),
    await check('backup', () => backupDetail(stateDir)),
  ]
  let loaded: Loaded | undefined
  const config = await check('config', () => {
    loaded = load()
    return configDetail(loaded, deps.configRefused)
  })
  const configured = loaded?.config
  const ffmpeg = proveOnce(configured?.ffmpeg.path, signal)
  findings.push(
    await check('vector search', () => indexDetail(configured?.registry.vector_index)),
    config,
    await check('memory', () =>
      machine.judgeMemory(
        machine.readMemory(),
        configured?.cameras.filter(({ enabled }) => enabled).length ?? 0,
      ),
    ),
    await check('memory, earlier', () => memoryHistory(stateDir)),
    await check('graphics', machine.graphicsDetail),
    await check('ffmpeg', () => ffmpegDetail(configured?.ffmpeg.path, ffmpeg)),
  )
  if (loaded) findings.push(...(await examineConfigured(loaded, { ...deps, ffmpeg }, signal)))
  return findings
}

/** One that hangs is waited for once, and whoever asks the doctor does not wait for minutes. */
const proofMs = 10_000

function proveOnce(configured: string | undefined, signal: AbortSignal): FindFfmpeg {
  let found: ReturnType<FindFfmpeg> | undefined
  return () => {
    found ??= findFfmpeg({ configured, proofMs }, signal)
    return found
  }
}

/** What can be asked only of a config that is right. */
async function examineConfigured(
  loaded: Loaded,
  deps: DoctorDeps & { readonly ffmpeg: FindFfmpeg },
  signal: AbortSignal,
): Promise<Finding[]> {
  const { config, secrets } = loaded
  const { stateDir, isRunning = false, ffmpeg: find } = deps
  const files = loaded.secretFiles.map(({ file }) => file)
  const findings = [
    await check('secrets', () => machine.secretsDetail(files)),
    await check('network names', () => machine.namesDetail(hostsOf(loaded))),
    await check('page', () => httpDetail(loaded, stateDir)),
    await check('port', () => portDetail(config.http, stateDir)),
    await check('access', () => accessDetail(config.http, stateDir)),
  ]
  if (!isRunning) findings.push(await check('models', () => modelsDetail(config.vision, deps)))
  findings.push(await check('model files', () => modelFilesDetail(stateDir)))
  if (config.recording.enabled)
    findings.push(await check('recording', () => recordingDetail(config.recording, stateDir)))
  const bad = isInUse(stateDir) ? badCameras(stateDir) : {}
  const cameras = config.cameras
    .filter(({ enabled }) => enabled && !isRunning)
    .map((camera) =>
      check(`camera ${camera.id}`, () =>
        cameraDetail(camera, secrets.cameraPasswords.get(camera.id), { find, bad }, signal),
      ),
    )
  findings.push(...(await Promise.all(cameras)))
  const { mqtt } = config
  if (mqtt) findings.push(await check('mqtt', () => reachBroker(mqtt.url)))
  const { sync } = config
  if (sync) findings.push(await check('postgresql', () => reachCentral(sync, loaded, signal)))
  return findings
}

/** Whether the central database takes this box; `barnbox sync check` says the rest. */
async function reachCentral(sync: SyncConfig, loaded: Loaded, signal: AbortSignal): Promise<string> {
  await using _connection = await connectCentral(serverOf(sync, loaded), signal)
  return `${sync.url} takes this box, ${sync.tls === 'verify' ? 'encrypted' : 'in the clear'}; what it may do there: barnbox sync check`
}

/** What the config names on the network. */
function hostsOf({ config: { cameras, mqtt } }: Loaded): string[] {
  const addresses = cameras
    .filter(({ enabled }) => enabled)
    .flatMap(({ url, detect_url }) => [url, detect_url ?? url])
  return [...addresses, ...(mqtt ? [mqtt.url] : [])].map((address) => new URL(address).hostname)
}

async function diskDetail(stateDir: string, signal: AbortSignal): Promise<string> {
  const figures = measureDisk(stateDir)
  return judgeDisk(figures, await askHealth(stateDir, signal))
}

const dayMs = 24 * 3600_000

function registryHistory(stateDir: string): string {
  const rebuilt = lastRebuild(stateDir)
  if (!rebuilt || systemClock.utcMs() - rebuilt.atMs > 30 * dayMs) return 'never damaged within 30 days'
  const when = new Date(rebuilt.atMs).toISOString().slice(0, 10)
  throw new Warning(`damaged and rebuilt on ${when}: ${reportWords(rebuilt)}`)
}

function memoryHistory(stateDir: string): string {
  const end = lastMemoryEnd(stateDir)
  if (!end || systemClock.utcMs() - end.atMs > 30 * dayMs) return 'always enough within 30 days'
  throw new Warning(memoryWords(end))
}

function backupDetail(stateDir: string): string {
  const last = lastBackup(stateDir)
  if (!last) {
    if (!existsSync(registryFile(stateDir))) return 'there is nothing to back up yet'
    throw new Warning('there is none: `barnbox backup` makes one, barnbox-backup.timer one each night')
  }
  const when = new Date(last.atMs).toISOString().slice(0, 10)
  if (!last.isWell) throw new Problem(`the last one, on ${when}, failed: ${last.detail}`)
  if (systemClock.utcMs() - last.atMs > 3 * dayMs)
    throw new Warning(`the last one is of ${when}: does barnbox-backup.timer run?`)
  return `the last one is of ${when}: ${last.detail}`
}

/** Whether the page can be served: the port is free, or this box's own daemon has it. */
async function portDetail({ host, port }: HttpConfig, stateDir: string): Promise<string> {
  if (isInUse(stateDir)) return `${host}:${port}, served by the daemon that runs`
  if (port === 0) return 'any that is free'
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(
        new Problem(
          `${host}:${port} cannot be listened on (${code}): another program has it, or http.host is not of this box`,
        ),
      ),
    )
    server.listen(port, host, () => server.close(() => resolve(`${host}:${port} is free`)))
  })
}

async function modelFilesDetail(stateDir: string): Promise<string> {
  const spoilt = (await verifyModels(stateDir)).filter(({ state }) => state !== 'whole')
  if (spoilt.length > 0)
    throw new Problem(
      `${spoilt.map(({ name, state }) => `${name} is ${state}`).join(', ')}: bring it again (barnbox models fetch, or import)`,
    )
  return 'what was installed is as it was'
}

function configDetail({ config, kept, warnings }: Loaded, refused?: string): string {
  if (refused !== undefined) throw new Problem(`this file is not in use: ${refused}`)
  const count = config.cameras.length
  if (warnings.length > 0) throw new Warning(warnings.join('; '))
  if (count === 0) throw new Warning('no camera yet: add one on the page /cameras, or to the config')
  const added = kept.length === 0 ? '' : `, ${kept.length} of them added on the page`
  return `${count} ${count === 1 ? 'camera' : 'cameras'}${added}`
}

function nodeDetail(): string {
  const major = Number(process.versions.node.split('.')[0])
  if (major < neededNode)
    throw new Error(`Node ${process.versions.node} is too old: start bin/barnbox, which brings its own`)
  return process.versions.node
}

async function setprivDetail(): Promise<string> {
  const path = await findExecutable('setpriv', process.env['PATH'])
  if (!path)
    throw new Warning('setpriv is missing: install util-linux, or ffmpeg may outlive a killed barnbox')
  return path
}

async function stateDetail(stateDir: string): Promise<string> {
  try {
    await mkdir(stateDir, { recursive: true })
    await access(stateDir, constants.W_OK)
    return stateDir
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new BarnboxError('STATE_DIR', `${stateDir} cannot be written (${why})`, { cause })
  }
}

/** Read only: a daemon of another version may have it open. */
function registryDetail(stateDir: string): string {
  const file = registryFile(stateDir)
  if (!existsSync(file)) return `${file} will be made at the first start`
  const { version, known } = inspectDatabase(file)
  if (version > known) throw new BarnboxError('DB_TOO_NEW', `${file} was written by a newer barnbox`)
  return version < known ? `${file}, brought up to date at the next start` : file
}

/** Whether the folder of clips takes more, and the disk has room for what may be kept. */
async function recordingDetail(config: RecordingConfig, stateDir: string): Promise<string> {
  const folder = clipFolderOf(config, stateDir)
  try {
    const free = (await openClipFolder(folder).freeBytes()) / 1e9
    await access(folder, constants.W_OK)
    const left = `${free.toFixed(1)} GB are free`
    if (free < config.reserve_gb)
      throw new Problem(`${folder}: ${left}, less than recording.reserve_gb: nothing is recorded`)
    return `${folder}, ${left}`
  } catch (cause) {
    if (cause instanceof Problem) throw cause
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new BarnboxError('CLIPS_DISK', `${folder} cannot be written (${why})`, { cause })
  }
}

/** Who can log in; a box that is to be set up says how. */
function accessDetail({ host, token_file: token }: HttpConfig, stateDir: string): string {
  const file = registryFile(stateDir)
  const users = existsSync(file) ? inspectDatabase(file).users : 0
  const counted = users === 1 ? '1 user' : `${users} users`
  if (users > 0 || token !== undefined)
    return token === undefined ? counted : `${counted}, and an access token`
  if (isLoopback(host)) return 'nobody has to log in: only this machine is served'
  throw new Warning('set-up is open: give the PIN that `barnbox setup-pin` prints to the page /setup')
}

/** How the page is served, and by which certificate one knows the box. */
function httpDetail(loaded: Loaded, stateDir: string): string {
  const { tls, host, port } = loaded.config.http
  if (tls === undefined) return `HTTP on ${host}:${port}`
  const cert = loaded.secrets.httpTls?.cert ?? ownCertificate(stateDir, systemClock.utcMs())?.cert
  if (cert === undefined) return `HTTPS on ${host}:${port}; the certificate is made at the next start`
  const endMs = new X509Certificate(cert).validToDate.getTime()
  const until = new Date(endMs).toISOString().slice(0, 10)
  if (endMs < systemClock.utcMs()) throw new Problem(`the certificate of http.tls ended on ${until}`)
  return `HTTPS on ${host}:${port}, certificate until ${until}, SHA-256 ${fingerprintOf(cert)}`
}

function indexDetail(wish: IndexChoice = 'sqlite-vec'): string {
  if (wish === 'none') return 'none, as the config says'
  const reasons: string[] = []
  const warn = ({ err }: { err?: unknown }) => void reasons.push(asBarnboxError(err).message)
  using registry = openRegistry(':memory:', { ...silentLog, warn }, wish)
  const kind = { id: 'doctor@1', dim: 2, name: 'doctor', preprocess: null, licence: null }
  const { index } = registry.openLooks(kind)
  const why = reasons.join('; ')
  if (!index)
    throw new Warning(`no vector index can be loaded (${why}): matching works, vector search does not`)
  if (index.engine !== wish)
    throw new Warning(`${wish} cannot be used (${why}); ${index.engine} is used instead`)
  return `${wish} loads`
}

/** Loads them as the daemon would: where each really runs, and why not where it was asked to. */
async function modelsDetail(config: VisionConfig, deps: DoctorDeps): Promise<string> {
  await using vision = await startVision({ ...config, workers: 1 }, { ...deps, log: silentLog })
  const { detector, embedder, embedderFault, stopgap, running } = vision.about
  if (embedderFault) throw new BarnboxError(embedderFault.code, embedderFault.message)
  const told = [
    `${detector} on ${runsOn(running.detector)}`,
    `${embedder}${stopgap ? ' (a stopgap)' : ''} on ${runsOn(running.embedder)}`,
  ].join(', ')
  const reasons = new Set(Object.values(running).flatMap((one: Running | null) => one?.fallback ?? []))
  if (reasons.size > 0)
    throw new Warning(`${told}; vision.provider is ${config.provider}: ${[...reasons].join('; ')}`)
  return told
}

function runsOn(one: Running | null): string {
  if (one === null) return 'nothing'
  const { provider, ms, cpuMs } = one
  return `${provider} (${ms} ms a look${cpuMs === null ? '' : `, ${cpuMs} ms on the CPU`})`
}

/** Whether something listens there. Whether it takes us is for the daemon to find out. */
function reachBroker(address: string): Promise<string> {
  const { protocol, hostname, port } = new URL(address)
  const at = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'mqtts:' ? 8883 : 1883)),
  }
  return new Promise((resolve, reject) => {
    const socket = connect({ ...at, timeout: connectMs })
    const fail = (why: string) => {
      socket.destroy()
      const what = `${at.host}:${at.port} does not answer (${why}): is the broker running, and is mqtt.url right?`
      reject(new BarnboxError('MQTT_UNREACHABLE', what))
    }
    socket.once('connect', () => {
      socket.destroy()
      resolve(`${at.host}:${at.port} answers`)
    })
    socket.once('timeout', () => fail(`nothing within ${connectMs / 1000} s`))
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
  })
}
