/**
 * Which cameras are watched: those of the config, and those that people add, change and remove while the others go on. A
 * change is in the state folder before it is so.
 */
import type { WatchedSight } from './barn-embedder.ts'
import type { BarnRecording } from './barn-recording.ts'
import { type Camera, startCamera } from './cameras/camera.ts'
import type { FfmpegPath } from './cameras/ffmpeg.ts'
import { createLiveView } from './cameras/live.ts'
import type { QualityWatch } from './cameras/quality.ts'
import { writeKept } from './config/kept.ts'
import { type Loaded, withoutPassword } from './config/load.ts'
import { type CameraConfig, type KeptCamera, mostCameras } from './config/schema.ts'
import { createBell } from './lib/bell.ts'
import type { Bus } from './lib/bus.ts'
import { BarnboxError } from './lib/errors.ts'
import { createTurn } from './lib/in-turn.ts'
import type { Log } from './lib/log.ts'
import type { LiveView } from './live-types.ts'
import { type Overlap, overlapOf } from './pipeline/scope.ts'
import type { CameraView, Clock, Facts, StreamId } from './types.ts'

/** The parts that come up later and that a watched camera hangs on. */
export interface WatchParts {
  readonly ffmpeg: FfmpegPath
  readonly sight: Pick<WatchedSight, 'watch' | 'unwatch'> | undefined
  readonly recording: Pick<BarnRecording, 'watch'> | undefined
}

export interface RosterDeps {
  readonly stateDir: string
  readonly clock: Clock
  readonly log: Log
  /** The state of a watched camera is another. */
  onChange(view: CameraView): void
  /** Another stream is behind this id from now on, or it has another name, or is paused. */
  onEdit(id: StreamId): void
  onRemove(id: StreamId): void
}

export interface Roster extends AsyncDisposable {
  /** Those of the config, then those that were added. */
  readonly configs: readonly (CameraConfig & { readonly isKept: boolean })[]
  /** The cameras that are watched. */
  readonly views: readonly CameraView[]
  /** Which of them look at one place. */
  readonly overlap: Overlap
  live(id: StreamId): LiveView | undefined
  /** The config as it would be read now. */
  readonly loaded: Loaded
  /** Begins to watch; until then changes are only noted. */
  start(parts: WatchParts): Promise<void>
  /** Adds a camera, or puts it in the place of the one with its id. Throws `CAMERA_IN_CONFIG` and `STATE_DIR`. */
  put(camera: KeptCamera): Promise<void>
  /** Throws `NOT_FOUND`, `CAMERA_IN_CONFIG` and `STATE_DIR`. */
  remove(id: StreamId): Promise<void>
}

interface Watched extends AsyncDisposable {
  readonly camera: Camera
  readonly live: LiveView
}

export function createRoster(given: Loaded, deps: RosterDeps, signal: AbortSignal): Roster {
  const list = createList(given, deps.stateDir)
  const watched = new Map<StreamId, Watched>()
  const inTurn = createTurn()
  let isEnding = false
  let parts: WatchParts | undefined
  const begin = (config: CameraConfig) => {
    if (!parts || !config.enabled || isEnding) return
    const id = config.id as StreamId
    const nameOf = () => list.configs.find((one) => one.id === id)?.name ?? id
    const onChange = (view: CameraView) => deps.onChange({ ...view, name: nameOf() })
    const password = list.loaded.secrets.cameraPasswords.get(id)
    const mayStay = () => isEnding || signal.aborted
    watched.set(id, watch(config, password, parts, { ...deps, onChange, mayStay }, signal))
  }
  const end = async (id: StreamId) => {
    const one = watched.get(id)
    watched.delete(id)
    await one?.[Symbol.asyncDispose]()
  }
  return {
    get configs() {
      return list.configs
    },
    get views() {
      return [...watched.values()].map(({ camera }) => camera.view)
    },
    get loaded() {
      return list.loaded
    },
    overlap: (one, other) => list.overlap(one, other),
    live: (id) => watched.get(id)?.live,
    start: (given) =>
      inTurn(async () => {
        parts = given
        list.configs.forEach(begin)
      }),
    put: (camera) =>
      inTurn(async () => {
        const id = camera.id as StreamId
        const before = list.put(camera)
        deps.log.info({ camera: id }, before ? 'a camera was changed' : 'a camera was added')
        if (!before || !isSameStream(before, camera)) {
          await end(id)
          begin(withoutPassword(camera))
        }
        deps.onEdit(id)
      }),
    remove: (id) =>
      inTurn(async () => {
        const forget = list.remove(id)
        deps.log.info({ camera: id }, 'a camera was removed')
        await end(id)
        forget()
        deps.onRemove(id)
      }),
    async [Symbol.asyncDispose]() {
      isEnding = true
      await inTurn(async () => void (await Promise.all([...watched.keys()].map(end))))
    },
  }
}

/** Which cameras there are; what changes is written before it is so. */
function createList(given: Loaded, stateDir: string) {
  const own = given.config.cameras.filter(({ id }) => !given.kept.some((one) => one.id === id))
  const stateOf = (kept: readonly KeptCamera[]) => {
    const loaded = loadedWith(given, own, kept)
    const configs = loaded.config.cameras.map((one) => ({ ...one, isKept: !own.includes(one) }))
    return { kept, loaded, configs, overlap: overlapOf(configs) }
  }
  let now = stateOf(given.kept)
  const keep = (next: readonly KeptCamera[]) => {
    writeKept(stateDir, next)
    now = stateOf(next)
  }
  const mustBeKept = (id: string) => {
    if (own.some((one) => one.id === id))
      throw inConfig(`The camera ${id} stands in the config: change it there.`)
  }
  return {
    get loaded() {
      return now.loaded
    },
    get configs() {
      return now.configs
    },
    get overlap() {
      return now.overlap
    },
    /** Answers the one whose place it takes. */
    put(camera: KeptCamera): KeptCamera | undefined {
      mustBeKept(camera.id)
      const { kept } = now
      const before = kept.find(({ id }) => id === camera.id)
      if (!before && now.configs.length >= mostCameras)
        throw new BarnboxError('BAD_REQUEST', `There are ${mostCameras} cameras: no box takes more.`)
      keep(before ? kept.map((one) => (one === before ? camera : one)) : [...kept, camera])
      return before
    },
    /** On the disk at once; it is listed until what is answered is called, for pages ask for its pictures until it has ended. */
    remove(id: StreamId): () => void {
      mustBeKept(id)
      if (!now.kept.some((one) => one.id === id))
        throw new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)
      const namer = own.find(({ overlaps }) => overlaps.includes(id))
      if (namer) throw inConfig(`The config names ${id} in overlaps of ${namer.id}: take it out there first.`)
      const left = now.kept.filter((one) => one.id !== id)
      writeKept(stateDir, left)
      return () => {
        now = stateOf(left)
      }
    },
  }
}

const inConfig = (words: string) => new BarnboxError('CAMERA_IN_CONFIG', words)

/** Whether only its name is another. */
function isSameStream(
  { name: _one, ...before }: KeptCamera,
  { name: _other, ...after }: KeptCamera,
): boolean {
  const text = (camera: object) => JSON.stringify(Object.entries(camera).sort())
  return text(before) === text(after)
}

function loadedWith(given: Loaded, own: readonly CameraConfig[], kept: readonly KeptCamera[]): Loaded {
  const passwords = new Map(
    own.flatMap(({ id }): [string, string][] => {
      const password = given.secrets.cameraPasswords.get(id)
      return password === undefined ? [] : [[id, password]]
    }),
  )
  for (const { id, password } of kept) if (password !== undefined) passwords.set(id, password)
  return {
    ...given,
    kept,
    config: { ...given.config, cameras: [...own, ...kept.map(withoutPassword)] },
    secrets: { ...given.secrets, cameraPasswords: passwords },
  }
}

/** One camera with all that hangs on it. It ends in the other order: nobody takes frames of a camera that is gone. */
function watch(
  config: CameraConfig,
  password: string | undefined,
  { ffmpeg, sight, recording }: WatchParts,
  { clock, log, onChange, mayStay }: Pick<RosterDeps, 'clock' | 'log' | 'onChange'> & { mayStay(): boolean },
  signal: AbortSignal,
): Watched {
  const stack = new AsyncDisposableStack()
  const id = config.id as StreamId
  const bell = createBell()
  const deps = { ffmpeg, password, clock, log, onFrame: bell.ring, onChange }
  const camera = stack.use(startCamera(config, deps, signal))
  const live = stack.use(createLiveView(config, deps, signal))
  stack.use(recording?.watch(config, ffmpeg, password))
  if (sight) {
    // When everything ends the sight ends by itself.
    stack.defer(() => (mayStay() ? undefined : sight.unwatch(id)))
    sight.watch(id, camera, bell, { quietSeconds: config.quiet_seconds })
  }
  return { camera, live, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** Whom the roster tells: what is made after it is asked for when it is there. */
export function tellOfCameras(
  facts: Bus<Facts>,
  later: () => {
    readonly quality: Pick<QualityWatch, 'forget' | 'sample'>
    readonly views: () => CameraView[]
  },
): Pick<RosterDeps, 'onChange' | 'onEdit' | 'onRemove'> {
  return {
    onChange(view) {
      // A break that is shorter than the time between two looks is one too.
      later().quality.sample([view])
      facts.publish('camera-changed', view)
    },
    onEdit(id) {
      const { quality, views } = later()
      quality.forget(id)
      const view = views().find((one) => one.id === id)
      if (view) facts.publish('camera-changed', view)
    },
    onRemove(streamId) {
      later().quality.forget(streamId)
      facts.publish('camera-gone', { streamId })
    },
  }
}
