/**
 * `/api/v1/me/devices`: the browsers by which a user is told of alerts.
 */
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import type { PushDevice, PushDeviceId } from '../../presence-types.ts'
import type { User } from '../../types.ts'
import { SESSION_MS } from '../auth/session.ts'
import type { HttpDeps } from '../deps.ts'
import { deviceBody, deviceName, deviceParams } from '../device-checks.ts'
import { spokenTo } from '../language.ts'
import { takesBody, takesPath } from '../takes.ts'

/** Which of its user's devices a browser is. Known only to the box: scripts need not. */
export const DEVICE_COOKIE = 'barnbox_device'

export const deviceJson = ({ id, name, least, createdMs }: PushDevice) => ({
  ...{ id, name, least },
  since: new Date(createdMs).toISOString(),
})

/** A device belongs to a person: it must end with that one. */
export function mustBeUser(c: Context): User {
  const { user } = c.get('caller')
  if (!user) throw new HTTPException(403, { message: 'Only a user has devices.' })
  return user
}

/** The device that asks, among those of its user. */
export function thisDevice(c: Context, devices: readonly PushDevice[]): PushDevice | undefined {
  const known = getCookie(c, DEVICE_COOKIE)
  return devices.find(({ id }) => id === known)
}

function leaveDeviceCookie(c: Context, id: PushDeviceId): void {
  const secure = new URL(c.req.url).protocol === 'https:'
  const kept = { httpOnly: true, sameSite: 'Strict', secure, path: '/', maxAge: SESSION_MS / 1000 } as const
  setCookie(c, DEVICE_COOKIE, id, kept)
}

export function devicesApi({ push }: HttpDeps): Hono {
  const app = new Hono()
  const ofDevice = takesPath(deviceParams)
  app.get('/me/devices', (c) => {
    const devices = push.devices(mustBeUser(c).id)
    const own = thisDevice(c, devices)
    return c.json({ key: push.key, devices: devices.map(deviceJson), this_device: own?.id ?? null })
  })
  app.post('/me/devices', takesBody(deviceBody), (c) => {
    const user = mustBeUser(c)
    const { endpoint, keys, key, least } = c.req.valid('json')
    const devices = push.devices(user.id)
    const before = devices.find((one) => one.endpoint === endpoint) ?? thisDevice(c, devices)
    const said = {
      ...{ userId: user.id, endpoint, least: least ?? before?.least ?? 'warning' },
      p256dh: Buffer.from(keys.p256dh, 'base64url'),
      auth: Buffer.from(keys.auth, 'base64url'),
      name: deviceName(c.req.header('user-agent') ?? ''),
      language: spokenTo(c).words.language,
    }
    const device = push.put(said, { known: before?.id ?? null, key })
    leaveDeviceCookie(c, device.id)
    return c.json(deviceJson(device))
  })
  app.delete('/me/devices/:deviceId', ofDevice, (c) => {
    push.remove(mustBeUser(c).id, c.req.valid('param').deviceId)
    return c.body(null, 204)
  })
  app.post('/me/devices/:deviceId/test', ofDevice, async (c) => {
    await push.test(mustBeUser(c).id, c.req.valid('param').deviceId)
    return c.body(null, 204)
  })
  return app
}
