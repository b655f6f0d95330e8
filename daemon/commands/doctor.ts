/**
 * `barnbox doctor`: looks at every part the box needs and says in plain words what is wrong and what to do.
 */
import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, constants, mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { clipFolderOf } from '../barn-recording.ts'
import { fingerprintOf, ownCertificate } from '../barn-tls.ts'
import { findFfmpeg } from '../cameras/ffmpeg.ts'
import { tryCamera } from '../cameras/try-camera.ts'
import { openClipFolder } from '../clips/folder.ts'
import type { Loaded } from '../config/load.ts'
import type { CameraConfig, HttpConfig, RecordingConfig, VisionConfig } from '../config/schema.ts'
import { systemClock } from '../lib/clock.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { findExecutable } from '../lib/executable.ts'
import { silentLog } from '../lib/log.ts'
import { isLoopback } from '../lib/loopback.ts'
import { inspectDatabase } from '../registry/database.ts'
import { openRegistry, registryFile } from '../registry/registry.ts'
import type { IndexChoice } from '../registry/vector-index.ts'
import type { Running } from '../vision/protocol.ts'
import { startVision } from '../vision/vision.ts'

export interface Finding {
  readonly part: string
  readonly level: 'ok' | 'warning' | 'problem'
  readonly detail: string
}

const neededNode = 24
const connectMs = 3000

type Check = () => Promise<string>

export interface DoctorDeps {
  readonly stateDir: string
  /** Told of a fault after which the process does not end by itself. */
  readonly onFatal: (error: BarnboxError) => void
  /** The daemon has models and cameras in its hands: they are not opened a second time. */
  readonly isRunning?: boolean
}

/** Every finding, in the order in which an installer would mend them. */
export async function examine(
  load: () => Loaded,
  { stateDir, onFatal, isRunning = false }: DoctorDeps,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings = [
    await check('node', async () => nodeDetail()),
    await check('setpriv', setprivDetail),
    await check('state folder', () => stateDetail(stateDir)),
    await check('registry', async () => registryDetail(stateDir)),
  ]
  let loaded: Loaded | undefined
  const config = await check('config', async () => {
    loaded = load()
    return configDetail(loaded)
  })
  const configured = loaded?.config
  findings.push(
    await check('vector search', async () => indexDetail(configured?.registry.vector_index)),
    config,
    await check('ffmpeg', () => ffmpegDetail(configured?.ffmpeg.path, signal)),
  )
  if (configured) {
    const given = loaded
    if (given) findings.push(await check('page', async () => httpDetail(given, stateDir)))
    findings.push(await check('access', async () => accessDetail(configured.http, stateDir)))
    if (!isRunning)
      findings.push(await check('models', () => modelsDetail(configured.vision, { stateDir, onFatal })))
    if (configured.recording.enabled)
      findings.push(await check('recording', () => recordingDetail(configured.recording, stateDir)))
    const passwords = loaded?.secrets.cameraPasswords ?? new Map<string, string>()
    const cameras = configured.cameras
      .filter(({ enabled }) => enabled && !isRunning)
      .map((camera) =>
        check(`camera ${camera.id}`, () =>
          cameraDetail(camera, passwords.get(camera.id), configured.ffmpeg.path, signal),
        ),
      )
    findings.push(...(await Promise.all(cameras)))
    const { mqtt } = configured
    if (mqtt) findings.push(await check('mqtt', () => reachBroker(mqtt.url)))
  }
  return findings
}

/** Runs one check: what it says is fine, what it throws is a problem, a `Warning` a warning. */
async function check(part: string, work: Check): Promise<Finding> {
  try {
    return { part, level: 'ok', detail: await work() }
  } catch (thrown) {
    if (thrown instanceof Warning) return { part, level: 'warning', detail: thrown.message }
    if (thrown instanceof Problem) return { part, level: 'problem', detail: thrown.message }
    const { code, message, context } = asBarnboxError(thrown)
    const problems = Array.isArray(context['problems']) ? `: ${context['problems'].join('; ')}` : ''
    // What the checks themselves throw is already said in plain words.
    const prefix = code === 'INTERNAL' ? '' : `${code}: `
    return { part, level: 'problem', detail: `${prefix}${message}${problems}` }
  }
}

class Warning extends Error {}
/** What is wrong, in words that need no code. */
class Problem extends Error {}

function configDetail({ config, kept, warnings }: Loaded): string {
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

async function ffmpegDetail(configured: string | undefined, signal: AbortSignal): Promise<string> {
  const { path, from, version, h264, hevc } = await findFfmpeg({ configured }, signal)
  if (configured !== undefined && from !== 'config') {
    throw new Warning(`ffmpeg.path ${configured} does not run; ${path} ${version} is used instead`)
  }
  if (!h264 || !hevc) throw new Warning(`${path} ${version} cannot decode ${h264 ? 'H.265' : 'H.264'}`)
  return `${path} ${version}, H.264 and H.265`
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

/** Opens the stream as the daemon would. */
async function cameraDetail(
  camera: CameraConfig,
  password: string | undefined,
  configured: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const ffmpeg = await findFfmpeg({ configured }, signal)
  const { state, detail, decode } = await tryCamera(
    camera,
    { ffmpeg, password, clock: systemClock, log: silentLog },
    signal,
  )
  if (state !== 'live') throw new Problem(detail ?? 'no picture came')
  if (decode.why !== null) {
    throw new Warning(
      `gives pictures, but only decoded in software: ${decode.asked} does not work (${decode.why})`,
    )
  }
  return `gives pictures, decoded ${decode.used === 'software' ? 'in software' : `by ${decode.used}`}`
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
