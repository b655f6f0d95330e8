/**
 * A box without cameras, models or database: what the HTTP room is given in tests.
 */
import { createCalibration } from '../../daemon/barn-calibration.ts'
import { openClipDesk } from '../../daemon/barn-clips.ts'
import { toldCorrections } from '../../daemon/barn-corrections.ts'
import { openPush } from '../../daemon/barn-push.ts'
import { createSuggestions } from '../../daemon/barn-suggest.ts'
import { createUnknowns } from '../../daemon/barn-unknowns.ts'
import { openWishes } from '../../daemon/barn-wishes.ts'
import { openClipFolder } from '../../daemon/clips/folder.ts'
import { alertsSchema } from '../../daemon/config/alerts.ts'
import { createApp } from '../../daemon/http/app.ts'
import { assetsFrom } from '../../daemon/http/assets.ts'
import type { AlertBook, Fault, HttpDeps, HttpTls, SeenPicture, SystemView } from '../../daemon/http/deps.ts'
import { createHub } from '../../daemon/http/events/hub.ts'
import { type Bus, createBus } from '../../daemon/lib/bus.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { type Log, silentLog } from '../../daemon/lib/log.ts'
import type { LiveView } from '../../daemon/live-types.ts'
import { overlapOf, type ScopeChoice, scopes } from '../../daemon/pipeline/scope.ts'
import type { StallView } from '../../daemon/presence-types.ts'
import { openRegistry, type Registry } from '../../daemon/registry/registry.ts'
import type { CameraQuality, Machine } from '../../daemon/system-types.ts'
import type {
  Analysed,
  CameraState,
  CameraView,
  Facts,
  Horse,
  HorseId,
  StreamId,
} from '../../daemon/types.ts'
import { languages } from '../../web/words/languages.ts'
import { type FakeDesk, fakeDesk } from './fake-desk.ts'
import { type FakeRestores, fakeBackups, fakeRestores } from './fake-restores.ts'
import { type FakeTests, fakeTests } from './fake-tests.ts'

export const streamId = (text: string) => text as StreamId
export const horseId = (n: number) => `01980000-0000-7000-8000-${String(n).padStart(12, '0')}` as HorseId

export function cameraView(
  id: string,
  state: CameraState = 'live',
  more: Partial<CameraView> = {},
): CameraView {
  return {
    id: streamId(id),
    name: id,
    state,
    sinceMs: Date.UTC(2026, 10, 2, 3, 12),
    detail: state === 'live' ? null : 'the camera does not answer',
    reason: state === 'live' ? null : 'timeout',
    lastFrameMs: null,
    framesDecoded: 0,
    framesDropped: 0,
    framesAnalysed: 0,
    framesQuiet: 0,
    framesFailed: 0,
    decode: { asked: 'software', used: 'software', why: null },
    ...more,
  }
}

export function systemView(more: Partial<SystemView> = {}): SystemView {
  const camera = cameraView('yard', 'live', { framesDecoded: 100, framesDropped: 3, framesAnalysed: 40 })
  const model = { provider: 'cpu', ms: 31.5, cpuMs: null, cosine: null, fallback: null }
  return {
    version: '0.0.0-test',
    node: '24.0.0',
    startedMs: Date.UTC(2026, 10, 2),
    uptimeSeconds: 61,
    rssBytes: 300_000_000,
    lag: { p50Ms: 0.5, p99Ms: 12 },
    detector: { name: 'd', ...model },
    embedder: { name: 'appearance-mnv3', stopgap: true, ...model },
    workers: { running: 1, wanted: 2, replaced: 0 },
    embedding: null,
    cameras: [{ ...camera, framesQuiet: 57, horses: 4, tracklets: 2 }],
    stages: {
      detect: { asked: 40, inferences: 40, failed: 0, seconds: 1.6 },
      embed: { asked: 9, inferences: 21, failed: 2, seconds: 0.2 },
    },
    sightings: { matched: 5, created: 2, unknown: 1 },
    faults: [],
    calibration: { method: 'logistic', same: 41, different: 388, ece: 0.0312345 },
    ffmpeg: { path: '/usr/bin/ffmpeg', version: '5.1.9' },
    sync: null,
    ...more,
  }
}

export function horse(n: number, more: Partial<Horse> = {}): Horse {
  return {
    id: horseId(n),
    streamId: streamId('yard'),
    number: n,
    trackingId: `yard_horse_${String(n).padStart(3, '0')}`,
    name: null,
    notes: null,
    color: '#b3541e',
    firstDetectedMs: Date.UTC(2026, 10, 2, 3, 0),
    lastSeenMs: Date.UTC(2026, 10, 2, 3, 30) + n * 1000,
    lastStreamId: streamId('yard'),
    totalDetections: 10 * n,
    confidence: 0.91,
    avatarMs: null,
    hasAvatar: false,
    version: 1,
    breed: null,
    age: null,
    coat: null,
    markings: null,
    gender: null,
    revision: 0,
    standing: 'horse',
    officialMs: null,
    ...more,
  }
}

export interface FakeBox {
  readonly deps: HttpDeps
  /** In memory; horses that are `put` are not in it. */
  readonly registry: Registry
  readonly facts: Bus<Facts>
  readonly cameraDesk: FakeDesk
  readonly cameraTests: FakeTests
  readonly restores: FakeRestores
  readonly horses: Map<HorseId, Horse>
  readonly avatars: Map<HorseId, Uint8Array>
  cameras: CameraView[]
  picture: SeenPicture | undefined
  live: LiveView | undefined
  pin: string | undefined
  /** How often a picture was encoded. */
  encoded: number
  checks: Record<string, string>
  system: SystemView
  faults: Fault[]
  quality: CameraQuality | null
  machine: Machine
  log: string[]
  readonly stallViews: StallView[]
  isPaused: boolean
  ways: ReturnType<AlertBook['ways']>
  alikes: Horse[]
  put(one: Horse): void
}

export const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xd9])

export function analysed(seq: number, boxes: Analysed['boxes'] = []): Analysed {
  return { streamId: streamId('yard'), seq, utcMs: Date.now(), width: 1280, height: 720, boxes }
}

export function fakeBox(
  more: {
    token?: string
    log?: Log
    stopgap?: boolean
    scope?: ScopeChoice
    clips?: string
    isRegistered?: boolean
    tls?: HttpTls
    /** Push services, and where the keys for them lie. */
    push?: { services: readonly string[]; stateDir: string }
  } = {},
): FakeBox {
  const facts = createBus<Facts>(more.log ?? silentLog)
  const horses = new Map<HorseId, Horse>()
  const avatars = new Map<HorseId, Uint8Array>()
  // In memory, gone with the process.
  const registry = openRegistry(':memory:', silentLog)
  const scopeOf = scopes(more.scope ?? 'stream')
  const corrections = toldCorrections(registry, facts, scopeOf)
  const folder = openClipFolder(more.clips ?? '/nowhere')
  const whose = { scopeOf, overlap: overlapOf([]) }
  const calibration = createCalibration(registry, { ...whose, clock: systemClock })
  const cameraDesk = fakeDesk()
  const cameraTests = fakeTests(cameraDesk)
  const restores = fakeRestores()
  const box: FakeBox = {
    facts,
    cameraDesk,
    cameraTests,
    restores,
    registry,
    horses,
    avatars,
    cameras: [cameraView('yard', 'live', { name: 'Yard' })],
    picture: undefined,
    live: undefined,
    pin: '31415926',
    encoded: 0,
    checks: { registry: 'ok' },
    system: systemView(),
    faults: [],
    quality: null,
    machine: {
      stateBytes: 120_000_000,
      diskFreeBytes: 30e9,
      diskBytes: 64e9,
      memoryFreeBytes: 2e9,
      memoryBytes: 8e9,
      cores: 4,
      system: 'linux 6.1.0 x64',
    },
    log: [],
    stallViews: [],
    isPaused: false,
    ways: [],
    alikes: [],
    put: (one) => void horses.set(one.id, one),
    deps: {
      version: '0.0.0-test',
      token: more.token,
      users: registry.users,
      tokens: registry.tokens,
      tls: more.tls,
      freshTls: () => undefined,
      setupPin: {
        read: () => box.pin,
        end() {
          box.pin = undefined
        },
      },
      passKey: registry.passKey,
      endedSessions: registry.endedSessions,
      models: () => ({ detector: 'd', embedder: 'appearance-mnv3', stopgap: more.stopgap ?? false }),
      cameras: () => box.cameras,
      cameraDesk,
      cameraTests,
      ...{ restores, backups: fakeBackups() },
      live: () => box.live,
      picture: async () => {
        box.encoded++
        await new Promise((resolve) => setTimeout(resolve, 5))
        return box.picture
      },
      scopeOf,
      horses: more.isRegistered
        ? registry.horses
        : {
            findByStreamId: (id) =>
              [...horses.values()]
                .filter((one) => one.streamId === id)
                .sort((a, b) => b.lastSeenMs - a.lastSeenMs),
            get: (id) => horses.get(id),
            called: (id) => horses.get(id) ?? registry.horses.called(id),
            avatar: (id) => avatars.get(id),
            updateHorseDetails(id, details, { revision = horses.get(id)?.revision }) {
              const before = horses.get(id)
              if (before === undefined) throw new BarnboxError('NOT_FOUND', 'no such horse')
              if (revision !== before.revision) throw new BarnboxError('STALE', 'somebody else was faster')
              const given = Object.entries(details).filter(([, value]) => value !== undefined)
              const next = { version: before.version + 1, revision: before.revision + 1 }
              const after = { ...before, ...Object.fromEntries(given), ...next }
              horses.set(id, after)
              return after
            },
            setOfficial: registry.horses.setOfficial,
            names: registry.horses.names,
          },
      places: registry.tracks.places,
      stalls: registry.stalls,
      stallViews: () => box.stallViews,
      alerts: {
        ...registry.alerts,
        isOff: false,
        isPaused: () => box.isPaused,
        week: () => ({ all: 0, notUseful: 0, perStallNight: null }),
        ways: () => box.ways,
      },
      alertSettings: openWishes(alertsSchema.parse({}), {
        ...{ settings: registry.settings, cameras: () => box.cameras, log: silentLog },
      }).desk,
      push: openPush(
        more.push && { ttl_hours: 12, services: [...more.push.services] },
        {
          ...{ registry, cameras: () => box.cameras, stateDir: more.push?.stateDir ?? '/nowhere' },
          ...{ zone: 'UTC', changed: () => {}, clock: systemClock, log: silentLog },
        },
        new AbortController().signal,
      ).desk,
      sightings: registry.sightings,
      why: registry.whys.get,
      look: registry.crops.picture,
      looksOf: registry.crops.ofHorse,
      pulledEdits: registry.sync.pulledEdits,
      alikes: () => box.alikes,
      corrections,
      clips: openClipDesk({ registry, folder, corrections, facts }),
      suggestions: createSuggestions(registry, { ...whose, calibration }),
      unknowns: createUnknowns(registry, { ...whose, calibration }),
      enrol: async () => {
        throw new BarnboxError('MODEL_MISSING', 'there are no models here')
      },
      facts,
      system: () => box.system,
      quality: () => box.quality,
      machine: async () => box.machine,
      recentLog: () => box.log,
      diagnose: async () => ({ config: { cameras: [] }, findings: [], log: box.log }),
      ready: () => ({ ok: Object.values(box.checks).every((one) => one === 'ok'), checks: box.checks }),
      faults: () => box.faults,
      clock: { ...systemClock },
      log: more.log ?? silentLog,
    },
  }
  return box
}

const asset = (name: string, type: string) => ({ name, file: name, type, body: new TextEncoder().encode('') })

/** Stand-ins, for tests that need no browser. */
export const emptyAssets = assetsFrom([
  asset('style.css', 'text/css'),
  ...['now', 'stream', 'record'].flatMap((name) =>
    Object.keys(languages).map((tag) => asset(`${name}-${tag}.js`, 'text/javascript')),
  ),
  ...['stalls', 'testing', 'restoring', 'shell', 'offline', 'worker'].map((name) =>
    asset(`${name}.js`, 'text/javascript'),
  ),
  ...['icon-192', 'icon-512', 'maskable-512'].map((name) => asset(`${name}.png`, 'image/png')),
  asset('icon.svg', 'image/svg+xml'),
])

/** The app without a port; `app.request()` asks it. */
export function fakeApp(box: FakeBox, signal: AbortSignal, more: { isShared?: boolean } = {}) {
  return createApp(box.deps, { hub: createHub(box.deps, signal), assets: emptyAssets, ...more })
}
