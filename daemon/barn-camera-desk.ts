/**
 * Where people set cameras up: what they say is checked as the config is, tried, and handed to the roster. What is stored is
 * told without its password, which goes to no other host than it was given for.
 */
import type { Roster } from './barn-cameras.ts'
import type {
  CameraDesk,
  CameraEdit,
  CameraSettings,
  CameraSource,
  DeviceQuery,
  FoundDevice,
  OfferedStream,
  SourceEdit,
  StreamTrial,
} from './camera-types.ts'
import type { FfmpegPath } from './cameras/ffmpeg.ts'
import { askStreams, discoverDevices } from './cameras/onvif/client.ts'
import { failed, tryStream } from './cameras/trial.ts'
import { type CameraConfig, type KeptCamera, keptCamera } from './config/schema.ts'
import { BarnboxError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import type { Registry } from './registry/registry.ts'
import type { Clock, StreamId } from './types.ts'

export interface CameraDeskDeps {
  readonly roster: Pick<Roster, 'configs' | 'loaded' | 'put' | 'remove'>
  /** Whether anything is stored of a camera that is there no more. */
  isKnown(id: StreamId): boolean
  tryStream(url: string, source: Omit<CameraSource, 'url' | 'detectUrl'>): Promise<StreamTrial>
  discover(): Promise<readonly FoundDevice[]>
  streamsOf(device: DeviceQuery): Promise<readonly OfferedStream[]>
  monoMs(): number
}

/** A desk for the barn: real streams, the real network. */
export function openCameraDesk(
  {
    roster,
    registry: { horses, sightings },
    ffmpeg,
    ffmpegFault,
    clock,
    log,
  }: {
    readonly roster: Roster
    readonly registry: Pick<Registry, 'horses' | 'sightings'>
    readonly ffmpeg: () => FfmpegPath | undefined
    readonly ffmpegFault: () => BarnboxError | undefined
    readonly clock: Clock
    readonly log: Log
  },
  signal: AbortSignal,
): CameraDesk {
  return createCameraDesk({
    roster,
    isKnown: (id) => horses.findHomeOrSeen(id).length > 0 || sightings.unknowns(id, 1).length > 0,
    tryStream: async (url, source) => {
      const found = ffmpeg()
      if (found) return tryStream(url, source, { ffmpeg: found, clock, log }, signal)
      return failed('unavailable', 'FFMPEG_MISSING', ffmpegFault()?.message ?? 'the box is still starting')
    },
    discover: () => discoverDevices(signal),
    streamsOf: (device) => askStreams(device, signal),
    monoMs: clock.monoMs,
  })
}

export function createCameraDesk(deps: CameraDeskDeps): CameraDesk {
  const { roster } = deps
  const gate = createGate(deps.monoMs)
  const list = () => roster.configs.map((one) => settingsOf(one, roster))
  const get = (id: StreamId) => list().find((one) => one.id === id)
  const keptOf = (id: StreamId) => {
    const kept = roster.loaded.kept.find((one) => one.id === id)
    if (kept) return kept
    if (get(id))
      throw new BarnboxError('CAMERA_IN_CONFIG', `The camera ${id} stands in the config: change it there.`)
    throw noCamera(id)
  }
  const put = async (camera: KeptCamera) => {
    await roster.put(camera)
    const settings = get(camera.id as StreamId)
    if (!settings) throw noCamera(camera.id)
    return settings
  }
  return {
    list,
    get,
    async add({ id: wished, ...edit }) {
      const isTaken = (id: string) => get(id as StreamId) !== undefined
      if (wished !== undefined && isTaken(wished))
        throw new BarnboxError('NAME_TAKEN', `There is already a camera ${wished}.`)
      const id = wished ?? mint(edit.name, (one) => isTaken(one) || deps.isKnown(one as StreamId))
      return put(checked({ id, ...fieldsOf(edit) }))
    },
    async change(id, edit) {
      const before = keptOf(id)
      return put(checked({ ...before, ...fieldsOf(withSecret(edit, before, before.password)) }))
    },
    async remove(id) {
      keptOf(id)
      await roster.remove(id)
    },
    test: (source, of) =>
      gate(async () => {
        const { url, detect_url, username, password, transport } = candidateOf(source, of, roster)
        const way = { username: username ?? null, password: password ?? null, transport }
        const main = await deps.tryStream(url, way)
        const isSame = detect_url === undefined || detect_url === url
        return { main, detect: isSame ? null : await deps.tryStream(detect_url, way) }
      }),
    discover: () => gate(deps.discover),
    streamsOf: (device) => gate(() => deps.streamsOf(device)),
  }
}

const noCamera = (id: string) => new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)

function settingsOf(config: Roster['configs'][number], { loaded }: Pick<Roster, 'loaded'>): CameraSettings {
  const { id, name, url, detect_url, username, transport, enabled, isKept } = config
  return {
    ...{ id: id as StreamId, name: name ?? id, url, transport, enabled },
    detectUrl: detect_url ?? null,
    username: username ?? null,
    hasPassword: loaded.secrets.cameraPasswords.has(id),
    isFromConfig: !isKept,
  }
}

/** As the file has it. What is null goes; what is absent does not touch what was. */
function fieldsOf({ detectUrl, ...edit }: CameraEdit): Record<string, unknown> {
  const given = { ...edit, detect_url: detectUrl }
  const said = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(said.map(([key, value]) => [key, value === null ? undefined : value]))
}

/** What the config's own rules say of it, but for ids, which nobody types. */
function checked(camera: Record<string, unknown>): KeptCamera {
  const parsed = keptCamera.safeParse(camera)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new BarnboxError('BAD_REQUEST', problems.join('; '), { context: { problems } })
}

type Addressed = Pick<CameraConfig, 'url' | 'detect_url'>

const hostsOf = ({ url, detect_url }: Addressed) =>
  [url, detect_url].flatMap((one) => (one !== undefined && URL.canParse(one) ? [new URL(one).host] : []))

/**
 * The edit, refused where it would send the stored password to a host that it was not given for: whoever may change an address
 * must not learn the password so.
 */
function withSecret<Edit extends CameraEdit>(
  edit: Edit,
  before: Addressed,
  secret: string | undefined,
): Edit {
  if (secret === undefined || edit.password !== undefined) return edit
  const known = hostsOf(before)
  const asked = {
    url: edit.url ?? before.url,
    detect_url: edit.detectUrl === null ? undefined : (edit.detectUrl ?? before.detect_url),
  }
  if (hostsOf(asked).every((host) => known.includes(host))) return edit
  throw new BarnboxError('BAD_REQUEST', 'password: give it again, for this address is of another device')
}

/** What is to be tried: what is said, and for the rest what is stored. */
function candidateOf(
  source: SourceEdit,
  of: StreamId | undefined,
  { configs, loaded }: Pick<Roster, 'configs' | 'loaded'>,
): KeptCamera {
  const before = configs.find(({ id }) => id === of)
  if (of !== undefined && !before) throw noCamera(of)
  if (!before) return checked({ id: 'trial', ...fieldsOf(source) })
  const password = loaded.secrets.cameraPasswords.get(before.id)
  const { url, detect_url, username, transport } = before
  const stored = { id: 'trial', url, detect_url, username, transport, password }
  return checked({ ...stored, ...fieldsOf(withSecret(source, before, password)) })
}

const longestStem = 24

/** An id after a name, of what is neither taken nor was ever: horses belong to it for good. */
export function mint(name: string, isTaken: (id: string) => boolean): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const stem =
    plain
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, longestStem)
      .replace(/^-+|-+$/g, '') || 'camera'
  for (let n = 1; ; n++) {
    const id = n === 1 ? stem : `${stem}-${n}`
    if (!isTaken(id)) return id
  }
}

const mostAtOnce = 2
const mostAMinute = 30
const minuteMs = 60_000

/** Each of these opens connections and takes cores: a few at once, and so many a minute. */
function createGate(monoMs: () => number) {
  let busy = 0
  let began: number[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const now = monoMs()
    began = began.filter((at) => now - at < minuteMs)
    if (busy >= mostAtOnce || began.length >= mostAMinute)
      throw new BarnboxError('CAMERA_BUSY', 'Other cameras are being tried. Wait a moment and try again.')
    busy++
    began.push(now)
    try {
      return await work()
    } finally {
      busy--
    }
  }
}
