/**
 * ONVIF as the daemon asks it: which devices answer on the network, and which streams one of them offers. A thread of its own
 * does the asking, and is ended when its time is up, whatever it has come upon.
 */
import { Worker } from 'node:worker_threads'
import type { DeviceQuery, FoundDevice, OfferedStream } from '../../camera-types.ts'
import { BarnboxError } from '../../lib/errors.ts'

export type OnvifTask =
  | { readonly discoverMs: number }
  | { readonly device: DeviceQuery }
  | { readonly clockOf: Pick<DeviceQuery, 'host' | 'port'> }
export type FromOnvif =
  | { readonly device: FoundDevice }
  | { readonly stream: OfferedStream }
  /** Its clock less ours, ms. */
  | { readonly clockMs: number }
  | { readonly done: true }
  | { readonly failed: 'refused' | 'failed'; readonly words: string }

const discoverMs = 3_000
/** Beyond that nothing is waited for. */
const graceMs = 2_000
const streamsMs = 15_000
const clockMs = 4_000
const memory = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 }

function workerUrl(self: string = import.meta.url): URL {
  return new URL(self.endsWith('.js') ? './onvif-worker.js' : './worker.ts', self)
}

/** Asks until it is done, has failed, died, or its time is up. */
async function asking(
  task: OnvifTask,
  limitMs: number,
  hear: (message: FromOnvif) => void,
  signal: AbortSignal,
): Promise<'done' | 'died' | 'late'> {
  const worker = new Worker(workerUrl(), {
    ...{ workerData: task, name: 'onvif', resourceLimits: memory, env: {}, execArgv: [] },
    // What the library says there is of no use to anybody.
    ...{ stdout: true, stderr: true },
  })
  const over = Promise.withResolvers<'done' | 'died' | 'late'>()
  worker.on('message', (message: FromOnvif) => {
    hear(message)
    if ('done' in message || 'failed' in message) over.resolve('done')
  })
  worker.on('error', () => over.resolve('died'))
  worker.on('exit', () => over.resolve('died'))
  const late = () => over.resolve('late')
  const timer = setTimeout(late, limitMs)
  signal.addEventListener('abort', late, { once: true })
  try {
    return await over.promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', late)
    await worker.terminate()
  }
}

/** What answers the call of WS-Discovery on the networks of this box, by address. */
export async function discoverDevices(signal: AbortSignal): Promise<FoundDevice[]> {
  const found: FoundDevice[] = []
  const hear = (message: FromOnvif) => {
    if ('device' in message) found.push(message.device)
  }
  await asking({ discoverMs }, discoverMs + graceMs, hear, signal)
  return found.sort((one, other) => one.host.localeCompare(other.host, 'en', { numeric: true }))
}

/** The streams of a device. Throws `ONVIF_REFUSED` and `ONVIF_FAILED`. */
export async function askStreams(device: DeviceQuery, signal: AbortSignal): Promise<OfferedStream[]> {
  const streams: OfferedStream[] = []
  let failed: Extract<FromOnvif, { failed: string }> | undefined
  const hear = (message: FromOnvif) => {
    if ('stream' in message) streams.push(message.stream)
    if ('failed' in message) failed = message
  }
  const end = await asking({ device }, streamsMs, hear, signal)
  // What came before the rest went wrong is of use.
  if (streams.length > 0) return streams
  if (failed?.failed === 'refused')
    throw new BarnboxError('ONVIF_REFUSED', 'The device does not take this user and password.')
  const why = { done: 'it offers no stream', died: 'its answer makes no sense', late: 'it takes too long' }
  throw new BarnboxError(
    'ONVIF_FAILED',
    `${device.host}:${device.port} does not say its streams by ONVIF: ${failed?.words ?? why[end]}`,
  )
}

/** Where devices answer ONVIF, the usual port first. */
const usualPorts = [80, 8080, 8000, 8899, 2020] as const

/** How far a device's clock is ahead of ours, ms: a device says it in whole seconds, and to everybody. Undefined where it does not. */
export async function askClock(
  host: string,
  signal: AbortSignal,
  ports: readonly number[] = usualPorts,
): Promise<number | undefined> {
  for (const port of ports) {
    let off: number | undefined
    const hear = (message: FromOnvif) => {
      if ('clockMs' in message) off = message.clockMs
    }
    if (signal.aborted) return undefined
    await asking({ clockOf: { host, port } }, clockMs, hear, signal)
    if (off !== undefined) return off
  }
  return undefined
}
