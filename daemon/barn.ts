/**
 * The composition root: starts every room in order and owns its end. What others need comes first, cameras last,
 * so that a stop, or a failed start, goes the other way.
 */
import { watchOver } from './barn-alerts.ts'
import { createCalibration } from './barn-calibration.ts'
import { openClipDesk } from './barn-clips.ts'
import { toldCorrections } from './barn-corrections.ts'
import { diagnose, machineOf } from './barn-diagnostics.ts'
import { openSight, type WatchedSight } from './barn-embedder.ts'
import { createEnrol } from './barn-enrol.ts'
import { joinMqtt, openMqttWay, openTelling } from './barn-mqtt.ts'
import { type BarnPresence, toldStalls } from './barn-presence.ts'
import { type BarnRecording, openFolder, startRecording } from './barn-recording.ts'
import { openSetupPin, setupPin } from './barn-setup.ts'
import { refreshWithRows } from './barn-sight.ts'
import { createSuggestions } from './barn-suggest.ts'
import { systemView } from './barn-system.ts'
import { tlsOf } from './barn-tls.ts'
import { createUnknowns } from './barn-unknowns.ts'
import { keepHouse } from './barn-upkeep.ts'
import { cameraViews, faults, readiness, type Standing } from './barn-views.ts'
import { type Camera, startCamera } from './cameras/camera.ts'
import { type FfmpegPath, findFfmpeg } from './cameras/ffmpeg.ts'
import { createLiveView } from './cameras/live.ts'
import { type QualityWatch, watchQuality } from './cameras/quality.ts'
import type { ClipFolder } from './clips/folder.ts'
import type { Loaded } from './config/load.ts'
import type { Config } from './config/schema.ts'
import type { AlertBook, SystemView } from './http/deps.ts'
import { type RunningHttp, startHttp } from './http/server.ts'
import { repeat } from './lib/abort.ts'
import { createBell } from './lib/bell.ts'
import { type Bus, createBus } from './lib/bus.ts'
import { asBarnboxError, type BarnboxError } from './lib/errors.ts'
import { type LagWatch, watchLag } from './lib/lag.ts'
import type { Log } from './lib/log.ts'
import type { LiveView } from './live-types.ts'
import { type Pipeline, startPipeline } from './pipeline/pipeline.ts'
import { listsOf, type Overlap, overlapOf, scopes } from './pipeline/scope.ts'
import { createTally, type Tally } from './pipeline/tally.ts'
import { openRegistry, type Registry, registryFile } from './registry/registry.ts'
import type { CameraView, Clock, EmbedderChange, Facts, ScopeOf, StreamId } from './types.ts'
import { startCropEmbedder } from './vision/crop-embedder.ts'
import { chosenModels } from './vision/resolve.ts'
import { startVision, type Vision, type VisionWorld } from './vision/vision.ts'

/** What tests replace, and what only the entry module knows. */
export interface World {
  readonly clock: Clock
  readonly log: Log
  readonly stateDir: string
  readonly version: string
  readonly visionWorld?: VisionWorld
  /** The newest lines of the log, without secrets. */
  readonly recentLog?: () => readonly string[]
  /** A fault of ours that only a restart mends. */
  onFatal(error: BarnboxError): void
}

export interface Barn extends AsyncDisposable {
  readonly port: number
  /** Grows while frames are analysed. */
  readonly progress: number
  /** Whether there is nothing to analyse: no camera gives pictures. */
  readonly idle: boolean
  /** How the embedder stands; null while the models are loading, and without one. */
  readonly embedder: EmbedderChange | null
}

/** How often is looked at how the cameras are. */
const qualityMs = 10_000

/** The parts that come up after the page does. */
interface Watching {
  sight: WatchedSight | undefined
  visionError?: BarnboxError
  ffmpeg?: FfmpegPath
  ffmpegError?: BarnboxError
  recording?: BarnRecording
  cameras: Camera[]
  readonly live: Map<StreamId, LiveView>
}

/** Starts the barn. The registry and the page come up first, so that the page can say what is wrong with the rest. */
export async function startBarn(loaded: Loaded, world: World, signal: AbortSignal): Promise<Barn> {
  await using parts = new AsyncDisposableStack()
  const { config, secrets } = loaded
  const { log, clock } = world
  const facts = createBus<Facts>(log)
  const registry = parts.use(openRegistry(registryFile(world.stateDir), log, config.registry.vector_index))
  const now: Watching = { sight: undefined, cameras: [], live: new Map() }
  const started = { utcMs: clock.utcMs(), monoMs: clock.monoMs() }
  const standing = () => standingOf(registry, now)
  const views = () => cameraViews(config.cameras, standing(), started.utcMs)
  const lag = parts.use(watchLag())
  const quality = watchQuality(new Map(config.cameras.map(({ id, fps }) => [id, fps])), clock.monoMs)
  const watching = new AbortController()
  parts.defer(() => watching.abort())
  void repeat(qualityMs, () => quality.sample(views()), AbortSignal.any([signal, watching.signal]))

  const scopeOf = scopes(config.identity.scope)
  const overlap = overlapOf(config.cameras)
  const calibration = createCalibration(registry, { scopeOf, overlap, clock })
  const clips = openFolder(config.recording, world.stateDir)
  const telling = openTelling(registry.settings, clock)
  const way = config.mqtt && openMqttWay()
  const picture = async (id: StreamId) => (await now.sight?.pipeline.snapshot(id))?.jpeg
  const { presence, book: alerts } = parts.use(
    watchOver(
      config.alerts,
      {
        ...{ registry, facts, overlap, clock, log, stateDir: world.stateDir, cameras: views },
        ...{ quality: quality.read, isWatching: () => now.sight !== undefined },
        ...{ picture, sinks: way ? [way.sink] : [], isTelling: telling.isOn },
        isOn: (id) => now.cameras.some(({ view }) => view.id === id),
        secrets: secrets.webhookSecrets,
        faults: () => faults(standing()),
      },
      signal,
    ),
  )
  const served = {
    ...{ presence, alerts, scopeOf, clips, overlap, registry, facts, tally: createTally() },
    ...{ now, standing, views, started, lag, quality, calibration },
  }
  const http = parts.use(await serve(loaded, served, world, signal))
  if (config.mqtt && way)
    parts.use(joinMqtt(loaded, config.mqtt, { ...served, ...world, ...way, telling, picture }, signal))
  try {
    now.sight = parts.use(await lookOut(config, served, world, signal))
  } catch (thrown) {
    now.visionError = goOnWithout('the models cannot be used; nothing is analysed', thrown, world, signal)
  }
  refreshWithRows(facts, () => void now.sight?.refresh(), signal)
  parts.use(keepHouse(config.registry.keep_days, { registry, facts, clock, log }, signal))
  now.recording = parts.use(keepVideo(config, served, world, signal))
  await startCameras(loaded, parts, served, world, signal)
  const owned = parts.move()
  return {
    port: http.port,
    get progress() {
      return now.sight?.analysed ?? 0
    },
    get idle() {
      return now.sight === undefined || now.cameras.every(({ view }) => view.state !== 'live')
    },
    get embedder() {
      return now.sight?.change ?? null
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function startCameras(
  { config, secrets }: Loaded,
  parts: AsyncDisposableStack,
  served: Served,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const { facts, now } = served
  const { clock, log } = world
  const ffmpeg = await lookForFfmpeg(config, served, world, signal)
  for (const camera of config.cameras.filter(({ enabled }) => enabled)) {
    if (!ffmpeg) break
    const password = secrets.cameraPasswords.get(camera.id)
    const bell = createBell()
    const onChange = (view: CameraView) => facts.publish('camera-changed', view)
    const deps = { ffmpeg, password, clock, log, onFrame: bell.ring, onChange }
    const started = parts.use(startCamera(camera, deps, signal))
    now.cameras.push(started)
    now.live.set(started.view.id, parts.use(createLiveView(camera, deps, signal)))
    parts.use(now.recording?.watch(camera, ffmpeg, password))
    now.sight?.watch(started.view.id, started, bell, { quietSeconds: camera.quiet_seconds })
  }
}

function keepVideo(
  config: Config,
  { registry, clips: folder, facts, now }: Served,
  { clock, log }: World,
  signal: AbortSignal,
): BarnRecording {
  const stateOf = (id: StreamId) => now.cameras.find(({ view }) => view.id === id)?.view.state
  return startRecording(config.recording, { registry, folder, facts, stateOf, clock, log }, signal)
}

/** Says that a part is missing while the rest goes on; a fault of ours ends the daemon, for a restart may mend it. */
function goOnWithout(what: string, thrown: unknown, world: World, signal: AbortSignal): BarnboxError {
  const error = asBarnboxError(thrown)
  if (signal.aborted) throw error
  if (error.kind === 'bug') {
    world.onFatal(error)
    throw error
  }
  world.log.error({ code: error.code, err: error }, what)
  return error
}

async function lookForFfmpeg(
  config: Config,
  { facts, now, views }: Served,
  world: World,
  signal: AbortSignal,
): Promise<FfmpegPath | undefined> {
  try {
    now.ffmpeg = await findFfmpeg({ configured: config.ffmpeg.path, log: world.log }, signal)
    return now.ffmpeg
  } catch (thrown) {
    now.ffmpegError = goOnWithout('no ffmpeg; no camera can be watched', thrown, world, signal)
    for (const view of views()) facts.publish('camera-changed', view)
    return undefined
  }
}

function standingOf(registry: Registry, now: Watching): Standing {
  const { sight, visionError, ffmpegError, recording, cameras } = now
  const models = visionError ? { fault: visionError.message } : sight ? 'loaded' : 'loading'
  return {
    registryFault: registry.fault,
    models,
    identityFault: sight?.vision.embedderFault ?? null,
    embedder: sight?.change ?? null,
    ffmpegFault: ffmpegError?.message ?? null,
    recordingFault: recording?.fault ?? null,
    cameras: cameras.map(({ view }) => view),
  }
}

/** The models and the pipeline, whichever embedder they are with. */
async function lookOut(
  config: Config,
  served: Served,
  world: World,
  signal: AbortSignal,
): Promise<WatchedSight> {
  const { stateDir, clock, log, visionWorld, onFatal } = world
  const { vision } = config
  return openSight(
    {
      ...{ stateDir, clock, log, onFatal, registry: served.registry },
      chosen: chosenModels(vision, stateDir).embedder,
      int8: vision.int8 ?? 'auto',
      open: (embedder) => startVision({ ...vision, embedder }, { stateDir, log, onFatal }, visionWorld),
      openAside: (embedder) =>
        startCropEmbedder(embedder, { stateDir, provider: vision.provider }, visionWorld),
      join: (opened) => joinPipeline(config, opened, served, world, signal),
    },
    signal,
  )
}

/** The cut that BarnHand's specification names, for those who want to go on as before. */
const plainSameAbove = 0.75

function joinPipeline(
  config: Config,
  vision: Vision,
  { scopeOf, overlap, registry, facts, tally }: Served,
  { clock, log }: World,
  signal: AbortSignal,
): Pipeline {
  const { compare, same_above, margin, looks_to_decide, looks_to_create, tracklets_to_confirm } =
    config.identity
  const isPlain = compare === 'plain'
  const rules = {
    isPlain,
    sameAbove: same_above ?? (isPlain ? plainSameAbove : vision.about.sameAbove),
    margin: margin ?? vision.about.margin,
    looksToDecide: looks_to_decide,
    looksToCreate: looks_to_create,
    trackletsToConfirm: tracklets_to_confirm,
    detectAbove: config.vision.threshold,
  }
  return startPipeline(
    rules,
    { eyes: vision.eyes, embedder: vision.embedder, scopeOf, overlap, registry, facts, tally, clock, log },
    signal,
  )
}

/** The parts that everything that shows the barn is fed from. */
interface Served {
  readonly presence: BarnPresence
  readonly alerts: AlertBook
  readonly scopeOf: ScopeOf
  readonly overlap: Overlap
  readonly clips: ClipFolder
  readonly registry: Registry
  readonly facts: Bus<Facts>
  readonly tally: Tally
  readonly now: Watching
  readonly standing: () => Standing
  readonly views: () => CameraView[]
  /** When the barn was started. */
  readonly started: { readonly utcMs: number; readonly monoMs: number }
  readonly lag: LagWatch
  readonly quality: QualityWatch
  readonly calibration: ReturnType<typeof createCalibration>
}

function serve(loaded: Loaded, served: Served, world: World, signal: AbortSignal): Promise<RunningHttp> {
  const { scopeOf, overlap, registry, facts, now, standing, views, calibration, presence } = served
  const { clock, log, version, stateDir, recentLog = () => [] } = world
  const { config, secrets } = loaded
  const token = secrets.httpToken
  if (token === undefined && registry.users.all().length === 0) {
    setupPin(stateDir)
    // The PIN itself is not for the log: logs are copied and sent around.
    log.info({}, 'nobody may log in yet; `barnbox setup-pin` prints the PIN of the set-up')
  }
  const corrections = toldCorrections(registry, facts, scopeOf)
  return startHttp(
    config.http,
    {
      version,
      token,
      users: registry.users,
      tokens: registry.tokens,
      tls: tlsOf(loaded, stateDir, clock.utcMs()),
      setupPin: openSetupPin(stateDir),
      passKey: registry.passKey,
      models: () => now.sight?.vision.about,
      cameras: views,
      picture: async (id) => now.sight?.pipeline.snapshot(id),
      live: (id) => now.live.get(id),
      scopeOf,
      horses: { ...registry.horses, findByStreamId: listsOf(registry.horses, scopeOf) },
      places: registry.tracks.places,
      stalls: toldStalls(registry, facts),
      stallViews: presence.views,
      alerts: served.alerts,
      sightings: registry.sightings,
      why: registry.whys.get,
      look: registry.crops.picture,
      looksOf: registry.crops.ofHorse,
      corrections,
      clips: openClipDesk({ registry, folder: served.clips, corrections, facts }),
      suggestions: createSuggestions(registry, { scopeOf, overlap, calibration }),
      unknowns: createUnknowns(registry, { scopeOf, overlap, calibration }),
      enrol: createEnrol({
        sight: () => now.sight && { vision: now.sight.vision, learn: now.sight.pipeline.learn },
        registry,
        scopeOf,
        tell: (fact) => facts.publish('horse-changed', fact),
      }),
      facts,
      system: () => systemOf(config, served, world),
      quality: served.quality.read,
      machine: () => machineOf(stateDir),
      recentLog,
      diagnose: () => diagnose(loaded, stateDir, recentLog(), signal),
      ready: () => readiness(standing()),
      faults: () => faults(standing()),
      clock,
      log,
    },
    signal,
  )
}

function systemOf(config: Config, served: Served, { version, clock }: World): SystemView {
  const { scopeOf, registry, now, tally, standing, started, lag, calibration } = served
  return systemView({
    version,
    node: process.versions.node,
    startedMs: started.utcMs,
    uptimeMs: clock.monoMs() - started.monoMs,
    rssBytes: process.memoryUsage.rss(),
    lag: lag.read(),
    configured: config.cameras,
    standing: standing(),
    models: now.sight?.vision,
    tally,
    ffmpeg: now.ffmpeg,
    calibration: calibration(),
    horsesOf: (stream) => listsOf(registry.horses, scopeOf)(stream).length,
  })
}
