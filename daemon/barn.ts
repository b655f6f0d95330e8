/**
 * The composition root: starts every room in order and owns its end. What others need comes first, cameras last,
 * so that a stop, or a failed start, goes the other way.
 */
import { watchOver } from './barn-alerts.ts'
import { openBackupDesk } from './barn-backup.ts'
import { createCalibration } from './barn-calibration.ts'
import { openCameraDesk } from './barn-camera-desk.ts'
import { testsOfBarn } from './barn-camera-test.ts'
import { createRoster, type Roster, tellOfCameras } from './barn-cameras.ts'
import { openClipDesk } from './barn-clips.ts'
import { toldCorrections } from './barn-corrections.ts'
import { diagnose, machineOf } from './barn-diagnostics.ts'
import type { WatchedSight } from './barn-embedder.ts'
import { createEnrol } from './barn-enrol.ts'
import { startWithFfmpeg } from './barn-ffmpeg.ts'
import { lookOut } from './barn-look-out.ts'
import { isToldOf, joinMqtt, type MqttWay, openMqttWay } from './barn-mqtt.ts'
import { type BarnPresence, toldStalls } from './barn-presence.ts'
import { sampleQuality } from './barn-quality.ts'
import { backupFolderOf, openWhole } from './barn-rebuild.ts'
import { type BarnRecording, openFolder, startRecording } from './barn-recording.ts'
import { type BarnReplay, keepForReplay } from './barn-replay.ts'
import { mounts, openRestoreDesk, type Restoring } from './barn-restore.ts'
import { keepSetupPin } from './barn-setup.ts'
import { refreshWithRows } from './barn-sight.ts'
import { createSuggestions } from './barn-suggest.ts'
import { type BarnSync, joinCentral } from './barn-sync.ts'
import { systemView } from './barn-system.ts'
import { freshTls, tlsOf } from './barn-tls.ts'
import { createUnknowns } from './barn-unknowns.ts'
import { keepHouse } from './barn-upkeep.ts'
import { cameraViews, faults, readiness, type Standing } from './barn-views.ts'
import type { FfmpegPath } from './cameras/ffmpeg.ts'
import type { QualityWatch } from './cameras/quality.ts'
import type { ClipFolder } from './clips/folder.ts'
import type { Health } from './config/life.ts'
import type { Loaded } from './config/load.ts'
import type { Config } from './config/schema.ts'
import type { AlertBook, AlertSettingsDesk, PushDesk, SystemView } from './http/deps.ts'
import { type RunningHttp, startHttp } from './http/server.ts'
import { type Bus, createBus } from './lib/bus.ts'
import { builtMs, clockFault } from './lib/clock.ts'
import { asBarnboxError, type BarnboxError } from './lib/errors.ts'
import { type LagWatch, watchLag } from './lib/lag.ts'
import type { Log } from './lib/log.ts'
import { listsOf, type Overlap, scopes } from './pipeline/scope.ts'
import { createTally, type Tally } from './pipeline/tally.ts'
import type { Registry } from './registry/registry.ts'
import type { EmbedderChange } from './system-types.ts'
import type { CameraView, Clock, Facts, ScopeOf, StreamId } from './types.ts'
import type { VisionWorld } from './vision/vision.ts'

/** What tests replace, and what only the entry module knows. */
export interface World {
  readonly clock: Clock
  readonly log: Log
  readonly stateDir: string
  readonly version: string
  readonly visionWorld?: VisionWorld
  /** The newest lines of the log, without secrets. */
  readonly recentLog?: () => readonly string[]
  /** What is wrong that whoever runs the barn knows of. */
  readonly outerFaults?: () => Pick<Standing, 'configFault' | 'memoryFault'>
  /** What it takes to let a backup take the place of what there is; without it none can on the page. */
  readonly restoring?: Restoring
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
  /** How it stands, as far as a config can be to blame. */
  health(): Health
}

/** The parts that come up after the page does. */
interface Watching {
  sight: WatchedSight | undefined
  visionError?: BarnboxError
  ffmpeg?: FfmpegPath
  ffmpegError?: BarnboxError | undefined
  recording?: BarnRecording
  central?: BarnSync
}

/** Starts the barn. The registry and the page come up first, so that the page can say what is wrong with the rest. */
export async function startBarn(loaded: Loaded, world: World, signal: AbortSignal): Promise<Barn> {
  await using parts = new AsyncDisposableStack()
  const { config } = loaded
  const { log, clock } = world
  const facts = createBus<Facts>(log)
  const opened = openWhole(world.stateDir, config, { log, utcMs: clock.utcMs })
  const registry = parts.use(opened.registry)
  const now: Watching = { sight: undefined }
  const started = { utcMs: clock.utcMs(), monoMs: clock.monoMs() }
  const roster = createRoster(
    loaded,
    { ...world, ...tellOfCameras(facts, () => ({ quality, views })) },
    signal,
  )
  const standing = () => standingOf(opened, now, roster, world)
  const views = () => cameraViews(roster.configs, standing(), started.utcMs)
  const lag = parts.use(watchLag())
  const quality = sampleQuality(roster, views, world, parts, signal)
  const scopeOf = scopes(config.identity.scope)
  const { overlap } = roster
  const calibration = createCalibration(registry, { scopeOf, overlap, clock })
  const clips = openFolder(config.recording, world.stateDir)
  const mqtt = openMqttWay(config.mqtt, registry.settings, clock)
  const picture = async (id: StreamId) => (await now.sight?.pipeline.snapshot(id))?.jpeg
  const seen = { registry, facts, overlap, now, roster, standing, views, quality, mqtt, picture }
  const {
    presence,
    book: alerts,
    push,
    settings: alertSettings,
  } = parts.use(lookAfter(loaded, seen, world, signal))
  const served = {
    ...seen,
    ...{ presence, alerts, alertSettings, push, scopeOf, clips, started, lag, calibration },
    tally: createTally(),
    replay: parts.use(keepForReplay(config.replay, { ...seen, ...world, cameras: views }, signal)),
  }
  const http = parts.use(await serve(loaded, served, world, signal))
  const waitingForVision = () => now.sight?.vision.waiting ?? 0
  parts.use(joinMqtt(loaded, { ...served, ...world, waitingForVision }, signal))
  try {
    now.sight = parts.use(await lookOut(config, served, world, signal))
  } catch (thrown) {
    now.visionError = goOnWithout('the models cannot be used; nothing is analysed', thrown, world, signal)
  }
  const refresh = () => void now.sight?.refresh()
  refreshWithRows(facts, refresh, signal)
  const isLooking = () => (now.sight?.vision.inHand ?? 0) > 0
  now.central = parts.use(joinCentral(loaded, { registry, facts, refresh, isLooking, ...world }, signal))
  parts.use(keepHouse(config.registry.keep_days, { registry, facts, clock, log }, signal))
  now.recording = parts.use(keepVideo(config, served, world, signal))
  parts.defer(() => roster[Symbol.asyncDispose]())
  parts.use(await startCameras(config, served, world, signal))
  const owned = parts.move()
  return {
    port: http.port,
    get progress() {
      return now.sight?.analysed ?? 0
    },
    get idle() {
      return now.sight === undefined || roster.views.every(({ state }) => state !== 'live')
    },
    get embedder() {
      return now.sight?.change ?? null
    },
    health: () => healthOf(standing(), roster),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Who is in which stall, and whether all is as it should be. */
function lookAfter(
  { config, secrets }: Loaded,
  served: Pick<
    Served,
    | 'registry'
    | 'facts'
    | 'overlap'
    | 'now'
    | 'roster'
    | 'standing'
    | 'views'
    | 'quality'
    | 'mqtt'
    | 'picture'
  >,
  { clock, log, stateDir }: World,
  signal: AbortSignal,
): ReturnType<typeof watchOver> {
  const { registry, facts, overlap, now, roster, standing, views, quality, mqtt, picture } = served
  return watchOver(
    config.alerts,
    {
      ...{ registry, facts, overlap, clock, log, stateDir, cameras: views, picture },
      ...{ sinks: mqtt.sinks, isTelling: mqtt.telling.isOn, isToldOf: isToldOf(mqtt.telling) },
      ...{ quality: quality.read, isWatching: () => now.sight !== undefined },
      isOn: (id) => roster.views.some((view) => view.id === id),
      secrets: secrets.webhookSecrets,
      faults: () => faults(standing()),
    },
    signal,
  )
}

function startCameras(
  config: Config,
  { now, facts, views, roster }: Served,
  world: World,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const { sight, recording } = now
  return startWithFfmpeg(
    {
      ...{ now, configured: config.ffmpeg.path, log: world.log },
      missing: (thrown) => goOnWithout('no ffmpeg; no camera can be watched', thrown, world, signal),
      tell: () => {
        for (const view of views()) facts.publish('camera-changed', view)
      },
      start: (ffmpeg) => roster.start({ ffmpeg, sight, recording }),
    },
    signal,
  )
}

function keepVideo(
  config: Config,
  { registry, clips: folder, facts, roster }: Served,
  { clock, log }: World,
  signal: AbortSignal,
): BarnRecording {
  const stateOf = (id: StreamId) => roster.views.find((view) => view.id === id)?.state
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

function healthOf(standing: Standing, { configs }: Roster): Health {
  const watched = configs.filter(({ enabled }) => enabled).map(({ id }) => id)
  const live = standing.cameras.filter(({ state }) => state === 'live').map(({ id }) => id)
  return { faults: faults(standing), watched, live }
}

function standingOf(
  { registry, rebuilt }: ReturnType<typeof openWhole>,
  now: Watching,
  roster: Roster,
  { outerFaults, clock }: World,
): Standing {
  const { sight, visionError, ffmpegError, recording } = now
  const models = visionError ? { fault: visionError.message } : sight ? 'loaded' : 'loading'
  return {
    ...(outerFaults?.() ?? { configFault: null, memoryFault: null }),
    clockFault: clockFault(clock.utcMs(), builtMs()),
    registryFault: registry.fault,
    rebuilt,
    models,
    identityFault: sight?.vision.embedderFault ?? null,
    embedder: sight?.change ?? null,
    ffmpegFault: ffmpegError?.message ?? null,
    recordingFault: recording?.fault ?? null,
    cameras: roster.views,
  }
}

/** The parts that everything that shows the barn is fed from. */
interface Served {
  readonly presence: BarnPresence
  readonly alerts: AlertBook
  readonly alertSettings: AlertSettingsDesk
  readonly push: PushDesk
  readonly scopeOf: ScopeOf
  readonly overlap: Overlap
  readonly mqtt: MqttWay
  /** A camera's newest picture, JPEG; undefined where there is none. */
  readonly picture: (id: StreamId) => Promise<Uint8Array | undefined>
  readonly clips: ClipFolder
  readonly replay: BarnReplay
  readonly registry: Registry
  readonly facts: Bus<Facts>
  readonly tally: Tally
  readonly now: Watching
  readonly roster: Roster
  readonly standing: () => Standing
  readonly views: () => CameraView[]
  /** When the barn was started. */
  readonly started: { readonly utcMs: number; readonly monoMs: number }
  readonly lag: LagWatch
  readonly quality: QualityWatch
  readonly calibration: ReturnType<typeof createCalibration>
}

function serve(loaded: Loaded, served: Served, world: World, signal: AbortSignal): Promise<RunningHttp> {
  const { scopeOf, overlap, registry, facts, now, roster, standing, views, calibration, presence } = served
  const { clock, log, version, stateDir, recentLog = () => [] } = world
  const { config, secrets } = loaded
  const token = secrets.httpToken
  const isOpen = token === undefined && registry.users.all().length === 0
  const corrections = toldCorrections(registry, facts, scopeOf)
  return startHttp(
    config.http,
    {
      ...{ version, token, users: registry.users, tokens: registry.tokens },
      tls: tlsOf(loaded, stateDir, clock.utcMs()),
      freshTls: freshTls(loaded, log),
      setupPin: keepSetupPin(stateDir, isOpen, log),
      ...{ passKey: registry.passKey, endedSessions: registry.endedSessions },
      ...backupDesks(loaded, served, world),
      models: () => now.sight?.vision.about,
      cameras: views,
      cameraDesk: openCameraDesk(
        { ...{ roster, registry, clock, log }, ffmpeg: () => now.ffmpeg, ffmpegFault: () => now.ffmpegError },
        signal,
      ),
      cameraTests: testsOfBarn({ ...served, clock, log, stateDir }, signal),
      picture: async (id) => now.sight?.pipeline.snapshot(id),
      live: roster.live,
      scopeOf,
      horses: { ...registry.horses, findByStreamId: listsOf(registry.horses, scopeOf) },
      places: registry.tracks.places,
      stalls: toldStalls(registry, facts),
      stallViews: presence.views,
      alerts: served.alerts,
      alertSettings: served.alertSettings,
      push: served.push,
      sightings: registry.sightings,
      why: registry.whys.get,
      look: registry.crops.picture,
      looksOf: registry.crops.ofHorse,
      pulledEdits: registry.sync.pulledEdits,
      alikes: (id) => now.central?.alikes(id) ?? [],
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
      system: () => systemOf(served, world),
      quality: served.quality.read,
      machine: () => machineOf(stateDir),
      recentLog,
      diagnose: () => diagnose(roster.loaded, stateDir, recentLog(), signal),
      ready: () => readiness(standing()),
      faults: () => faults(standing()),
      clock,
      log,
    },
    signal,
  )
}

/** How backups of this barn go, and come. */
function backupDesks(
  { config }: Loaded,
  { roster, registry }: Served,
  { stateDir, version, restoring, clock, log }: World,
) {
  const roots = [...mounts, backupFolderOf(config.backup, stateDir)]
  const { horses } = registry
  return {
    backups: openBackupDesk({ stateDir, loaded: () => roster.loaded, version, clock, log }),
    restores: restoring ? openRestoreDesk({ ...restoring, stateDir, roots, horses, clock, log }) : null,
  }
}

function systemOf(served: Served, { version, clock }: World): SystemView {
  const { scopeOf, registry, now, roster, tally, standing, started, lag, calibration } = served
  return systemView({
    version,
    node: process.versions.node,
    startedMs: started.utcMs,
    uptimeMs: clock.monoMs() - started.monoMs,
    rssBytes: process.memoryUsage.rss(),
    lag: lag.read(),
    configured: roster.configs,
    standing: standing(),
    models: now.sight?.vision,
    tally,
    ffmpeg: now.ffmpeg,
    sync: now.central?.view() ?? null,
    calibration: calibration(),
    horsesOf: (stream) => listsOf(registry.horses, scopeOf)(stream).length,
  })
}
