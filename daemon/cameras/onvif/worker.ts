/**
 * Speaks ONVIF, in a thread of its own: what strangers answer can neither hold up nor end the daemon. It says what it
 * finds as it finds it, and is ended from outside.
 */
import { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import onvif from 'onvif'
import type { DeviceQuery } from '../../camera-types.ts'
import type { FromOnvif, OnvifTask } from './client.ts'
import { deviceOf, isRefusal, mostDevices, mostStreams, streamOf, tokenOf } from './words.ts'

const port = parentPort
if (!port) throw new Error('this module is a worker')
const say = (message: FromOnvif) => port.postMessage(message)

/** All that one device may answer. */
const mostBytes = 4 * 1024 * 1024
const requestMs = 5_000

/** Calls on every network that the box is in, and tells of each device once. */
function discover(ms: number): void {
  const told = new Set<string>()
  onvif.Discovery.on('device', (answer, { address }) => {
    if (told.has(address) || told.size >= mostDevices) return
    told.add(address)
    say({ device: deviceOf(answer, address) })
  })
  // Answers that make no sense are strangers' affair.
  onvif.Discovery.on('error', () => {})
  const devices = Object.entries(networkInterfaces())
    .filter(([, addresses]) => addresses?.some(({ family }) => family === 'IPv4'))
    .map(([name]) => name)
  let left = devices.length
  const done = () => {
    left--
    if (left <= 0) say({ done: true })
  }
  if (left === 0) done()
  for (const device of devices) onvif.Discovery.probe({ timeout: ms, resolve: false, device }, done)
}

/** The library reads whatever comes to its end: a device that sends without end is cut off. */
function boundedAgent(): Agent {
  let bytes = 0
  const agent = new Agent({ maxSockets: 2 })
  const create = agent.createConnection.bind(agent)
  agent.createConnection = (...args: Parameters<typeof create>) => {
    const socket = create(...args) as Socket
    socket.on('data', (piece: Buffer) => {
      bytes += piece.length
      if (bytes > mostBytes) socket.destroy(new Error('the device answers too much'))
    })
    return socket
  }
  return agent
}

/** What is used of the library's camera. Its types leave out what a device may leave out. */
interface Device {
  media2Support?: boolean
  getSystemDateAndTime(done: Done): void
  getServices(withCapabilities: boolean, done: Done): void
  getCapabilities(done: Done): void
  getProfiles(done: Done): void
  getStreamUri(of: { protocol: string; profileToken: string }, done: Done): void
}
type Done = (error: Error | null | undefined | false, value?: unknown) => void

const ask = (call: (done: Done) => void) =>
  new Promise<unknown>((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)))
  })

function deviceAt({ host, port: at }: Pick<DeviceQuery, 'host' | 'port'>, credentials: object): Device {
  const hostname = host.replace(/^\[|\]$/g, '')
  return new onvif.Cam({
    ...{ hostname, port: at, ...credentials, timeout: requestMs, agent: boundedAgent() },
    ...{ preserveAddress: true, autoconnect: false },
  }) as unknown as Device
}

/** In the middle of asking: half of the way is the device's answer. */
async function clockOf(query: Pick<DeviceQuery, 'host' | 'port'>): Promise<void> {
  const askedMs = Date.now()
  const time = await ask((done) => deviceAt(query, {}).getSystemDateAndTime(done))
  const ms = time instanceof Date ? time.getTime() : Number.NaN
  // It says whole seconds, of which half of one has passed on average. The library gives our own time where it says none.
  if (ms % 1000 === 0) say({ clockMs: ms + 500 - (askedMs + Date.now()) / 2 })
  say({ done: true })
}

async function streamsOf({ username, password, ...at }: DeviceQuery): Promise<void> {
  const host = at.host
  const device = deviceAt(at, username === null ? {} : { username, password: password ?? '' })
  // Its clock: what is signed must be of its time.
  await ask((done) => device.getSystemDateAndTime(done))
  await ask((done) => device.getServices(true, done)).catch(() => ask((done) => device.getCapabilities(done)))
  const profiles = await withOlderWords(device, () => ask((done) => device.getProfiles(done)))
  const list = Array.isArray(profiles) ? profiles.slice(0, mostStreams) : []
  for (const profile of list) {
    const profileToken = tokenOf(profile)
    if (profileToken === undefined) continue
    const answer = await withOlderWords(device, () =>
      ask((done) => device.getStreamUri({ protocol: 'RTSP', profileToken }, done)),
    )
    const stream = streamOf(profile, Object(answer).uri, host)
    if (stream) say({ stream })
  }
  say({ done: true })
}

/** Some devices name the newer service and do not serve it. */
async function withOlderWords(device: Device, work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    if (device.media2Support !== true) throw error
    device.media2Support = false
    return work()
  }
}

function fail(error: unknown): void {
  const words = error instanceof Error ? error.message : String(error)
  say({ failed: isRefusal(words) ? 'refused' : 'failed', words: words.slice(0, 200) })
}

const task = workerData as OnvifTask
// The library throws out of its callbacks where an answer lacks what it takes for granted.
process.on('uncaughtException', (error) => {
  if (!('discoverMs' in task)) fail(error)
})
if ('device' in task) streamsOf(task.device).catch(fail)
else if ('clockOf' in task) clockOf(task.clockOf).catch(fail)
else discover(task.discoverMs)
