/**
 * Calls of operations in an order in which each has something to answer: what the document of the API is held against.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failed } from '../../daemon/cameras/trial.ts'
import { packFrames } from '../../daemon/clips/frames.ts'
import { nameOf } from '../../daemon/clips/names.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import type { ClipId, StreamId } from '../../daemon/types.ts'
import type { PushService } from '../support/push-service.ts'
import { now, type registryBox } from './registry-box.ts'

type Barn = ReturnType<typeof registryBox>

/** Of a clip in which a horse and somebody unknown are seen; all that is corrected is taken back. */
export async function chunksStory({ registry, horses, see, request, clips }: Barn & { clips: string }) {
  const sightings = [see(horses[0].id, now), see(null, now)]
  const boxes = sightings.map((id) => ({
    ...{ box: [1, 2, 30, 40] as const, kind: 'horse' as const, score: 0.5 },
    trackletId: registry.sightings.get(id)?.trackletId ?? null,
  }))
  const frames = packFrames({ width: 640, height: 360, frames: [{ offsetMs: 5, boxes }] })
  const clip = { id: mintId<ClipId>(), streamId: 'yard' as StreamId, fromMs: now, toMs: now + 10_000 }
  const file = nameOf(clip)
  await mkdir(dirname(join(clips, file)), { recursive: true })
  await writeFile(join(clips, file), 'a video')
  registry.clips.add({ ...clip, file, bytes: 7, pictures: 250, isProtected: false, frames })
  const at = `/streams/yard/chunks/${clip.id}`
  const api = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    request(method, `/api/v1${path}`, body === undefined ? undefined : JSON.stringify(body), headers)
  const corrections = [
    { frame_index: 0, detection_index: 0, correction_type: 'mark_incorrect' },
    { frame_index: 0, detection_index: 1, correction_type: 'new_guest', corrected_horse_name: 'Rain' },
  ]
  return [
    ['listChunks', () => api('GET', '/streams/yard/chunks?limit=1')],
    ['getChunkDetections', () => api('GET', `${at}/detections`)],
    ['getChunkVideo', () => api('GET', `${at}/video.mp4`)],
    ['getChunkVideo', () => api('GET', `${at}/video.mp4`, undefined, { range: 'bytes=0-1' })],
    ['getChunkVideo', () => api('GET', `${at}/video.mp4`, undefined, { 'if-none-match': `"${clip.id}"` })],
    ['correctChunk', () => api('POST', `${at}/corrections`, { corrections })],
    ['listChunkCorrections', () => api('GET', `${at}/corrections`)],
    ['getChunkCorrectionStatus', () => api('GET', `${at}/corrections/status`)],
    ['undoChunkCorrections', () => api('DELETE', `${at}/corrections`)],
  ] as const satisfies [string, () => Promise<Response>][]
}

/** Of a stall that is drawn, changed, deleted and brought back. */
export function stallsStory({ horses, request }: Barn) {
  let at = ''
  const corners = [
    [0.1, 0.2],
    [0.4, 0.2],
    [0.4, 0.9],
  ]
  const stall = { name: 'Stall 1', corners, expected: [horses[0].id] }
  const api = (method: string, path: string, body?: unknown) =>
    request(method, `/api/v1${path}`, body === undefined ? undefined : JSON.stringify(body))
  return [
    [
      'addStall',
      async () => {
        const answer = await api('POST', '/streams/yard/stalls', stall)
        at = `/stalls/${((await answer.clone().json()) as { id: string }).id}`
        return answer
      },
    ],
    ['listStalls', () => api('GET', '/streams/yard/stalls')],
    ['changeStall', () => api('PATCH', at, { kind: 'zone', expected: [], revision: 0 })],
    ['getStall', () => api('GET', at)],
    ['removeStall', () => api('DELETE', at)],
    ['restoreStall', () => api('POST', `${at}/restore`)],
  ] as const satisfies [string, () => Promise<Response>][]
}

/** Of an alert that is looked at, and what people do about it. */
export function alertsStory({ request, registry }: Barn) {
  const { id } = registry.alerts.raise(
    {
      ...{ kind: 'camera_down', severity: 'warning', detail: 'no route', picture: Buffer.from('a JPEG') },
      ...{ streamId: 'yard' as StreamId, stallId: null, horseId: null, part: null },
    },
    [],
    now,
  )
  const api = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    request(method, `/api/v1${path}`, body === undefined ? undefined : JSON.stringify(body), headers)
  const picture = `/alerts/${id}/picture.jpg`
  return [
    ['listStallStates', () => api('GET', '/stalls')],
    ['listAlerts', () => api('GET', '/alerts')],
    ['getAlertSettings', () => api('GET', '/alerts/settings')],
    ['setAlertSettings', () => api('PUT', '/alerts/settings', { version: 0 })],
    ['getAlert', () => api('GET', `/alerts/${id}`)],
    ['getAlertPicture', () => api('GET', picture)],
    ['getAlertPicture', () => api('GET', picture, undefined, { 'if-none-match': `"${id}"` })],
    ['acknowledgeAlert', () => api('POST', `/alerts/${id}/acknowledge`)],
    ['snoozeAlert', () => api('POST', `/alerts/${id}/snooze`, { minutes: 60 })],
    ['judgeAlert', () => api('POST', `/alerts/${id}/verdict`, { verdict: 'useful' })],
  ] as const satisfies [string, () => Promise<Response>][]
}

/** Of a browser that is told: its user closes the box. */
export async function devicesStory(
  { request, letIn }: Pick<Barn, 'request' | 'letIn'>,
  { endpoint, keys }: ReturnType<PushService['browser']>,
) {
  let [key, at] = ['', '']
  const headers = await letIn('admin')
  const api = (method: string, path: string, body?: unknown) =>
    request(
      method,
      `/api/v1/me/devices${path}`,
      body === undefined ? undefined : JSON.stringify(body),
      headers,
    )
  const list = async () => {
    const answer = await api('GET', '')
    key = ((await answer.clone().json()) as { key: string }).key
    return answer
  }
  const put = async () => {
    const answer = await api('POST', '', { endpoint, keys, key, least: 'critical' })
    at = `/${((await answer.clone().json()) as { id: string }).id}`
    return answer
  }
  return [
    ['listDevices', list],
    ['putDevice', put],
    ['listDevices', list],
    ['testDevice', () => api('POST', `${at}/test`)],
    ['removeDevice', () => api('DELETE', at)],
  ] as const satisfies [string, () => Promise<Response>][]
}

/** Of those who may use the box: the first of them closes it. */
export function usersStory({ request }: Pick<Barn, 'request'>) {
  let token = ''
  let [bert, program, password] = ['', '', 'hay and carrots']
  const api = async (method: string, path: string, body?: unknown) => {
    const authorization: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` }
    return request(
      method,
      `/api/v1${path}`,
      body === undefined ? undefined : JSON.stringify(body),
      authorization,
    )
  }
  const kept = async (answer: Promise<Response>) => {
    const body = (await (await answer).clone().json()) as { token?: string; id?: string }
    token = body.token ?? token
    bert = body.id ?? bert
    return answer
  }
  return [
    ['addUser', () => api('POST', '/users', { name: 'Anna', role: 'admin', password })],
    ['logIn', () => kept(api('POST', '/auth/login', { name: 'Anna', password }))],
    ['addUser', () => kept(api('POST', '/users', { name: 'Bert', role: 'viewer', password }))],
    ['listUsers', () => api('GET', '/users')],
    ['changeUser', () => api('PATCH', `/users/${bert}`, { role: 'caretaker' })],
    ['removeUser', () => api('DELETE', `/users/${bert}`)],
    [
      'addToken',
      async () => {
        const answer = await api('POST', '/tokens', { name: 'Home Assistant', role: 'viewer' })
        program = ((await answer.clone().json()) as { id: string }).id
        return answer
      },
    ],
    ['getDiagnostics', () => api('GET', '/diagnostics')],
    ['makeBackup', () => api('POST', '/backups')],
    ['listTokens', () => api('GET', '/tokens')],
    ['removeToken', () => api('DELETE', `/tokens/${program}`)],
    ['getMe', () => api('GET', '/me')],
    [
      'setPassword',
      () => {
        const old = password
        password = 'oats and apples'
        return kept(api('PUT', '/me/password', { old, password }))
      },
    ],
    ['getMe', () => api('GET', '/me')],
  ] as const satisfies [string, () => Promise<Response>][]
}

/** A camera is found, asked, tried, added, changed and removed. */
export function camerasStory({ request, box }: Pick<Barn, 'request' | 'box'>) {
  const api = (method: string, path: string, body?: unknown) =>
    request(method, `/api/v1/cameras${path}`, body === undefined ? undefined : JSON.stringify(body))
  const { cameraDesk: desk } = box
  desk.devices = [{ host: '10.0.0.5', port: 80, name: 'North gate', maker: null }]
  desk.streams = [
    { name: 'main', url: 'rtsp://10.0.0.5/1', codec: 'H264', width: 1920, height: 1080, fps: 25 },
  ]
  const gate = { name: 'Gate', url: 'rtsp://10.0.0.5/1', username: 'joe', password: 'sesame' }
  return [
    ['discoverCameras', () => api('POST', '/discover')],
    [
      'listOfferedStreams',
      () => api('POST', '/onvif', { host: '10.0.0.5', username: 'joe', password: 'sesame' }),
    ],
    ['testCamera', () => api('POST', '/test', { url: gate.url, detect_url: 'rtsp://10.0.0.5/2' })],
    [
      'testCamera',
      () => {
        desk.trial = failed('password', 'CAMERA_REFUSED', 'refused')
        return api('POST', '/test', { url: gate.url })
      },
    ],
    ['addCamera', () => api('POST', '', gate)],
    ['changeCamera', () => api('PATCH', '/gate', { name: 'South gate', enabled: false })],
    ['getCameraReport', () => api('GET', '/gate/report')],
    ['testCameraFully', () => api('POST', '/gate/report')],
    ['getCameraReport', () => api('GET', '/yard/report')],
    ['getCameraSettings', () => api('GET', '/gate/settings')],
    ['getCameraSettings', () => api('GET', '/yard/settings')],
    ['listCameraSettings', () => api('GET', '/settings')],
    ['removeCamera', () => api('DELETE', '/gate')],
  ] as const satisfies [string, () => Promise<Response>][]
}
