/**
 * What the system tests share: barns of a moment, footage with horses always in view, and a look at what is left.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import type { Test } from 'tap'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { captureOutput } from '../../daemon/lib/child.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { Box } from '../../scripts/demonstration/box.ts'
import type { Figures } from '../../scripts/demonstration/check.ts'
import { bringPhotos } from '../../scripts/footage/photos.ts'
import { defaultCache } from '../../scripts/footage.ts'
import { mainFile } from '../../scripts/testing/program.ts'
import { bringModels } from '../support/models.ts'
import { noRtsp } from '../support/rtsp.ts'

const demo = fileURLToPath(new URL('../../scripts/demonstration/main.ts', import.meta.url))
const cache = defaultCache()

/** Why the system cannot be tested here, or false: for tap's `skip`. */
export async function noSystem(): Promise<string | false> {
  const photos = bringPhotos(cache, AbortSignal.timeout(60_000)).then(
    () => false as const,
    () => 'needs the photos of the Debian package gcompris-qt-data',
  )
  return (await noRtsp()) || (await photos)
}

/**
 * Three standing horses that never leave the picture and are never cut by its sides: the window sways over them, eight
 * seconds a round, so that the loop has no seam.
 */
export function swayClip(): Promise<string> {
  return herdClip('three-horses-640x360', "crop=640:360:x='trunc(300+18*sin(2*PI*n/200))':y=212:exact=1")
}

/** The same three horses, and nothing moves but a sensor's noise. */
export function standClip(): Promise<string> {
  return herdClip('three-horses-standing-640x360', 'crop=640:360:x=300:y=212:exact=1,noise=alls=8:allf=t')
}

/** The same three horses as another camera shows them: from farther off, a little aside, in brighter light. */
export function farClip(): Promise<string> {
  const light = "lutrgb=r='clip(val*1.15,0,255)':g='clip(val*1.15,0,255)':b='clip(val*1.15,0,255)'"
  const sway = "crop=640:360:x='trunc(282+16*sin(2*PI*n/200))':y=192:exact=1"
  return herdClip('three-horses-far-640x360', `scale=972:630,${light},${sway}`)
}

/** Two horses that are easily told apart: one of each photo, side by side, whole and with room around them. */
export function pairClip(): Promise<string> {
  const chestnut = '[1]format=rgb24,crop=1380:1080:0:0,scale=340:276,pad=340:400:0:62:0x6f8a4f[chestnut]'
  // A foal stands before the black one.
  const black =
    '[0]format=rgb24,drawbox=530:352:134:215:0x8a9a60:fill,crop=464:546:560:110,scale=340:400[black]'
  const sway = "crop=640:360:x='trunc(20+18*sin(2*PI*n/200))':y=20:exact=1"
  return photoClip('two-horses-640x360', `${chestnut};${black};[chestnut][black]hstack,${sway}`)
}

/** Nobody is there. */
export function emptyClip(): Promise<string> {
  return herdClip('nobody-640x360', 'scale=640:360,lutrgb=r=90:g=96:b=80,noise=alls=8:allf=t')
}

const herdClip = (name: string, filter: string) => photoClip(name, `[0]format=rgb24,${filter}`)

/** Eight seconds of the photos, herd and chestnut, through a filter; made once and kept for later runs. */
async function photoClip(name: string, filter: string): Promise<string> {
  const folder = join(tmpdir(), 'barnbox-test-clips')
  const file = join(folder, `${name}.mp4`)
  if (await stat(file).catch(() => undefined)) return file
  await mkdir(folder, { recursive: true })
  const signal = AbortSignal.timeout(60_000)
  const { herd, chestnut } = await bringPhotos(cache, signal)
  const { path } = await findFfmpeg({}, signal)
  const photos = [herd, chestnut].flatMap((photo) => ['-loop', '1', '-framerate', '25', '-i', photo])
  const half = join(folder, `${randomUUID()}.mp4`)
  const end = await captureOutput(
    path,
    [
      ...['-v', 'error', '-y', ...photos, '-frames:v', '200'],
      ...['-filter_complex', `${filter},setsar=1,format=yuv420p`, '-c:v', 'libx264', '-preset', 'veryfast'],
      ...['-crf', '20', '-g', '25', '-bf', '0', half],
    ],
    { log: silentLog, timeoutMs: 60_000 },
    signal,
  )
  if (end.code !== 0) throw new Error(`no footage: ${end.stderrTail}`)
  await rename(half, file)
  return file
}

/** A folder that is gone after the test, with the built-in models converted. */
export async function stateFolder(t: Test): Promise<string> {
  const folder = await emptyFolder(t)
  await bringModels(folder)
  return folder
}

/** As before a box's very first start. */
export async function emptyFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'barnbox-state-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Waits until it is so; answers how long that took in ms. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<number> {
  const startedMs = performance.now()
  while (!(await isSo())) {
    const passedMs = performance.now() - startedMs
    if (passedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    // To a twentieth is exact enough: whoever asks without pause takes the time of what it waits for.
    await wait(Math.min(250, 50 + passedMs / 20))
  }
  return Math.round(performance.now() - startedMs)
}

/** What the API says of a horse, as far as the tests ask. */
export interface HorseAnswer {
  readonly id: string
  readonly number: number
  readonly name: string | null
  readonly assigned_color: string
  readonly stream_id: string
  readonly last_stream_id: string
  readonly last_seen: string
  readonly total_detections: number
  readonly thumbnail_url: string | null
}

export interface CameraAnswer {
  readonly id: string
  readonly state: string
  readonly detail: string | null
  readonly frames_decoded: number
}

/** The horses of a camera, by number. */
export async function horsesOf(box: Box, camera: string): Promise<HorseAnswer[]> {
  const { horses } = await box.get<{ horses: HorseAnswer[] }>(`/api/v1/streams/${camera}/horses`)
  return horses.toSorted((a, b) => a.number - b.number)
}

export async function cameraOf(box: Box, id: string): Promise<CameraAnswer> {
  const { cameras } = await box.get<{ cameras: CameraAnswer[] }>('/api/v1/cameras')
  const found = cameras.find((camera) => camera.id === id)
  if (!found) throw new Error(`the box has no camera ${id}`)
  return found
}

/** Waits until a camera is in a state; answers how long that took in ms. */
export function untilCamera(box: Box, id: string, state: string, withinMs: number): Promise<number> {
  return until(`${id} is ${state}`, async () => (await cameraOf(box, id)).state === state, withinMs)
}

/** Waits until a camera has so many horses. */
export async function untilHorses(box: Box, camera: string, count: number): Promise<HorseAnswer[]> {
  await until(
    `${count} horses on ${camera}`,
    async () => (await horsesOf(box, camera)).length >= count,
    60_000,
  )
  return horsesOf(box, camera)
}

/** Gives a horse its name as the page does. */
export async function nameHorse(box: Box, camera: string, horseId: string, name: string): Promise<void> {
  const answer = await fetch(`${box.url}/api/v1/streams/${camera}/horses/${horseId}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  if (!answer.ok) throw new Error(`the name was not taken: ${answer.status}`)
}

/** The living processes whose command line holds the text: an address with a free port is nobody else's. */
export async function processesNaming(text: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (line.includes(text)) found.push(Number(name))
  }
  return found
}

/** Waits until no process names any of the texts; answers those that still do after the time. */
export async function leftNaming(texts: readonly string[], withinMs: number): Promise<number[]> {
  const startedMs = performance.now()
  for (;;) {
    const left = (await Promise.all(texts.map(processesNaming))).flat()
    if (left.length === 0 || performance.now() - startedMs > withinMs) return left
    await wait(50)
  }
}

/** A server that takes connections and does what it is told with them. */
export async function listen(t: Test, onSocket: (socket: Socket) => void = () => {}): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

export interface Ran {
  readonly child: ChildProcess
  readonly ended: Promise<{
    readonly code: number | null
    readonly signal: NodeJS.Signals | null
    readonly said: string
  }>
}

/** Runs `barnbox run` on a config without waiting for anything; `said` is all it wrote. */
export async function runBarnbox(config: object | string, stateDir: string): Promise<Ran> {
  await mkdir(stateDir, { recursive: true })
  const file = join(stateDir, `barnbox-${randomUUID().slice(0, 8)}.yaml`)
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
  const command = ['-u', 'NODE_OPTIONS', process.execPath, mainFile, 'run', '--config', file]
  const child = spawn('env', command, {
    env: { ...process.env, BARNBOX_STATE_DIR: stateDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const ended = new Promise<Awaited<Ran['ended']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, said }))
  })
  return { child, ended }
}

/** A value below which the given share of the sorted list lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN)
}

export interface Heard {
  readonly topic: string
  readonly payload: string
  readonly retained: boolean
}

export interface Ear {
  readonly heard: readonly Heard[]
  /** The newest payload of the topics that the test names. */
  lastWhere(isMeant: (topic: string) => boolean): string | undefined
}

/** Hears all that a broker says. */
export async function listenToBroker(t: Test, url: string): Promise<Ear> {
  const client = await connectAsync(url, { reconnectPeriod: 0 })
  t.teardown(() => client.end(true))
  client.on('error', () => {})
  const heard: Heard[] = []
  client.on('message', (topic, payload, packet) =>
    heard.push({ topic, payload: payload.toString(), retained: packet.retain }),
  )
  await client.subscribeAsync('#', { qos: 1 })
  return { heard, lastWhere: (isMeant) => heard.findLast(({ topic }) => isMeant(topic))?.payload }
}

export type Checked = Figures & { readonly ok: boolean }

/** Runs the demo's check as `scripts/demo --check` does, save for the installing. */
export async function runCheck(
  args: readonly string[],
): Promise<{ code: number | null; figures: Checked; said: string }> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, [demo, '--check', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [told, said] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  const line = told.trim().split('\n').at(-1)
  if (!line?.startsWith('{')) throw new Error(`the check printed no figures: ${said}`)
  return { code, figures: JSON.parse(line) as Checked, said: said.trim() }
}
