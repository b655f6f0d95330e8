/**
 * Who takes the photos of `barnbox enrol`: the daemon that runs, over its API, or, where none does, this process with the
 * models and the registry of the state folder.
 */
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createEnrol } from '../barn-enrol.ts'
import { openFirst } from '../barn-opening.ts'
import { ownCertificate } from '../barn-tls.ts'
import type { Loaded } from '../config/load.ts'
import { sleep } from '../lib/abort.ts'
import { systemClock } from '../lib/clock.ts'
import { asBarnboxError, BarnboxError, ERROR_KINDS, type ErrorCode } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { scopes } from '../pipeline/scope.ts'
import { lockState } from '../registry/database.ts'
import { lockFile, openRegistry, registryFile } from '../registry/registry.ts'
import type { StreamId } from '../types.ts'
import { chosenModels } from '../vision/resolve.ts'
import { startVision } from '../vision/vision.ts'

/** What became of a photo. */
export interface Taken {
  readonly outcome: 'kept' | 'known' | 'alike' | 'enough'
  readonly isNew: boolean
  readonly horse: { readonly id: string; readonly number: number; readonly name: string | null }
}

export interface EnrolDesk extends AsyncDisposable {
  /** Throws `PHOTO_REFUSED` and `NOT_A_PICTURE` for the photo's faults, and others for what ends the work. */
  enrol(photo: Uint8Array, name: string): Promise<Taken>
}

export interface Login {
  readonly name: string
  readonly password: string
}

/** What opens a box's door: a token or pass, a user's name and password, or nothing where it has no lock. */
export type Key = { readonly token: string | undefined } | { readonly login: Login }

/** The box itself: its daemon where it runs, which holds the state folder's lock, else its state folder. */
export async function openDesk(
  loaded: Loaded,
  stateDir: string,
  key: Key | undefined,
  camera: string,
  signal: AbortSignal,
): Promise<EnrolDesk> {
  mustHave(loaded, camera)
  let lock: Disposable
  try {
    lock = lockState(lockFile(stateDir))
  } catch (thrown) {
    if (asBarnboxError(thrown).code !== 'STATE_IN_USE') throw thrown
    trustHere(loaded, stateDir)
    return askBox(urlHere(loaded), key ?? { token: loaded.secrets.httpToken }, camera, signal)
  }
  return openState(lock, loaded, stateDir, camera)
}

function mustHave({ config }: Loaded, camera: string): void {
  const ids = config.cameras.map(({ id }) => id)
  if (ids.includes(camera)) return
  throw new BarnboxError('NOT_FOUND', `there is no camera ${camera}; there are: ${ids.join(', ')}`)
}

/** Without a daemon: the same models, by the embedder that the horses are known by. */
async function openState(
  lock: Disposable,
  { config }: Loaded,
  stateDir: string,
  camera: string,
): Promise<EnrolDesk> {
  await using open = new AsyncDisposableStack()
  open.use(lock)
  const registry = open.use(openRegistry(registryFile(stateDir), silentLog, 'none'))
  const { vision: wanted } = config
  const inUse = registry.embedders.inUse()
  const { vision } = await openFirst(
    {
      ...{ stateDir, registry, log: silentLog, int8: wanted.int8 ?? 'auto' },
      chosen: chosenModels(wanted, stateDir).embedder,
      open: (embedder) => startVision({ ...wanted, embedder, workers: 1 }, { stateDir, log: silentLog }),
    },
    inUse,
  )
  open.use(vision)
  const enrol = createEnrol({
    sight: () => ({ vision, learn: () => {} }),
    registry,
    scopeOf: scopes(config.identity.scope),
    tell: () => {},
  })
  const owned = open.move()
  return {
    enrol(photo, name) {
      const by = { actor: null, nowMs: systemClock.utcMs() }
      return enrol(photo, { streamId: camera as StreamId, name, by })
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The daemon's own certificate is as good as its files: who can read them is at the box. */
function trustHere({ config }: Loaded, stateDir: string): void {
  const own = config.http.tls === 'self_signed' ? ownCertificate(stateDir, systemClock.utcMs()) : undefined
  if (own) setDefaultCACertificates([...getCACertificates('default'), own.cert])
}

/** Where the daemon of this machine serves. */
function urlHere({ config }: Loaded): string {
  const { host, port, tls } = config.http
  if (port === 0) {
    throw new BarnboxError(
      'BAD_REQUEST',
      'barnbox runs on a port of its own choice: name its address with --url',
    )
  }
  const here = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
  return `${tls === undefined ? 'http' : 'https'}://${here.includes(':') ? `[${here}]` : here}:${port}`
}

/** A photo may wait for others, and for the cameras. */
const patienceMs = 120_000
/** While a box looks at other photos it asks to come again. */
const busyMs = 3000
const mostTries = 20

/** Over the API of a box. */
export async function askBox(url: string, key: Key, camera: string, signal: AbortSignal): Promise<EnrolDesk> {
  const token = 'login' in key ? await logIn(url, key.login, signal) : key.token
  const headers = { 'content-type': 'application/octet-stream', ...(token && bearer(token)) }
  return {
    async enrol(photo, name) {
      const path = `/api/v1/streams/${encodeURIComponent(camera)}/photos?${new URLSearchParams({ name })}`
      for (let tries = 1; ; tries++) {
        const { status, body } = await post(url, path, { headers, body: Buffer.from(photo) }, signal)
        const isBusy = status === 503 && body['code'] === 'NOT_AVAILABLE'
        if (isBusy && tries < mostTries) await sleep(busyMs, signal)
        else return takenOf(mustBeWell(status, body, url))
      }
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

type Json = Readonly<Record<string, unknown>>

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

function takenOf(body: Json): Taken {
  const { outcome, is_new: isNew, horse } = body as unknown as Taken & { is_new: boolean }
  return { outcome, isNew, horse }
}

async function logIn(url: string, login: Login, signal: AbortSignal): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const request = { headers, body: JSON.stringify(login) }
  const { status, body } = await post(url, '/api/v1/auth/login', request, signal)
  return String(mustBeWell(status, body, url)['token'])
}

async function post(
  url: string,
  path: string,
  request: Pick<RequestInit, 'headers' | 'body'>,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: Json }> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  try {
    const answer = await fetch(new URL(path, url), { ...request, method: 'POST', signal: within })
    const body = await answer.json().catch(() => ({}))
    return { status: answer.status, body: Object(body) }
  } catch (cause) {
    throw new BarnboxError('BOX_UNREACHABLE', `${url} does not answer`, { cause })
  }
}

/** Answers that only HTTP knows, in our words. */
const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'UNAUTHORIZED',
  404: 'NOT_FOUND',
  413: 'NOT_A_PICTURE',
}

function mustBeWell(status: number, body: Json, url: string): Json {
  if (status >= 200 && status < 300) return body
  const { code, message } = body
  const isOurs = typeof code === 'string' && code in ERROR_KINDS && code !== 'INTERNAL'
  const known = isOurs ? (code as ErrorCode) : (codes[status] ?? 'BOX_UNREACHABLE')
  const cure = known === 'UNAUTHORIZED' ? ' Name a token with --token-file, or a user with --user.' : ''
  throw new BarnboxError(known, `${message ?? `${url} answers ${status}.`}${cure}`)
}
