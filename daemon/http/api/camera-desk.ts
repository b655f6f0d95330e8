/**
 * `/api/v1/cameras`: setting cameras up, for whoever runs the box.
 */
import { Hono } from 'hono'
import { findingWords } from '../../../web/words/camera-test.ts'
import type { CameraReport, CameraTests } from '../../camera-test-types.ts'
import type { CameraSettings, StreamTrial } from '../../camera-types.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { StreamId } from '../../types.ts'
import { cameraChange, cameraTest, deviceQuery, editOf, newCamera } from '../camera-checks.ts'
import { streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import type { Answer } from '../openapi/answers.ts'
import { takesBody, takesPath } from '../takes.ts'

function settingsJson(settings: CameraSettings): Answer<'CameraSettings'> {
  const { detectUrl, hasPassword, isFromConfig, ...rest } = settings
  return {
    ...rest,
    detect_url: detectUrl,
    has_password: hasPassword,
    from: isFromConfig ? 'config' : 'page',
  }
}

function trialJson({ picture, keyframeSeconds, ...rest }: StreamTrial): Answer<'CameraTrial'>['main'] {
  const base64 = picture === null ? null : Buffer.from(picture).toString('base64')
  return { ...rest, picture: base64, keyframe_seconds: keyframeSeconds }
}

function reportJson(tests: CameraTests, id: StreamId): Answer<'CameraReport'> {
  const { running } = tests
  const report = tests.report(id)
  return {
    running: running && { camera: running.id, until: new Date(running.untilMs).toISOString() },
    fault: tests.fault(id),
    report: report === undefined ? null : toldReport(report),
  }
}

function toldReport(report: CameraReport): NonNullable<Answer<'CameraReport'>['report']> {
  const { atMs, findings, ways, clock, horses, stalls } = report
  return {
    made: new Date(atMs).toISOString(),
    findings: findings.map((one) => ({
      ...{ part: one.part, level: one.level, says: one.says },
      detail: findingWords(one, 'en'),
    })),
    ways: ways.map(({ paceMsPerMinute, clockMs, ...rest }) => ({
      ...rest,
      pace_ms_per_minute: paceMsPerMinute,
      clock_ms: clockMs,
    })),
    clock: clock && { by: clock.by, off_ms: clock.offMs },
    horses: horses && [...horses],
    stalls: [...stalls],
  }
}

export function cameraDeskApi({
  cameraDesk: desk,
  cameraTests: tests,
}: Pick<HttpDeps, 'cameraDesk' | 'cameraTests'>): Hono {
  const app = new Hono()
  const ofCamera = takesPath(streamParams)
  app.get('/cameras/settings', (c) => {
    const cameras = desk.list().map(settingsJson)
    return c.json({ cameras, total: cameras.length })
  })
  app.get('/cameras/:id/settings', ofCamera, (c) => {
    const { id } = c.req.valid('param')
    const settings = desk.get(id)
    if (!settings) throw new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)
    return c.json(settingsJson(settings))
  })
  app.post('/cameras', takesBody(newCamera), async (c) =>
    c.json(settingsJson(await desk.add(editOf(c.req.valid('json')))), 201),
  )
  app.patch('/cameras/:id', ofCamera, takesBody(cameraChange), async (c) =>
    c.json(settingsJson(await desk.change(c.req.valid('param').id, editOf(c.req.valid('json'))))),
  )
  app.delete('/cameras/:id', ofCamera, async (c) => {
    await desk.remove(c.req.valid('param').id)
    return c.body(null, 204)
  })
  app.post('/cameras/test', takesBody(cameraTest), async (c) => {
    const { of, ...source } = c.req.valid('json')
    const { main, detect } = await desk.test(editOf(source), of)
    return c.json({ main: trialJson(main), detect: detect && trialJson(detect) })
  })
  app.get('/cameras/:id/report', ofCamera, (c) => {
    const { id } = c.req.valid('param')
    if (!desk.get(id)) throw new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)
    return c.json(reportJson(tests, id))
  })
  app.post('/cameras/:id/report', ofCamera, (c) => {
    const { id } = c.req.valid('param')
    tests.start(id)
    return c.json(reportJson(tests, id), 202)
  })
  app.post('/cameras/discover', async (c) => c.json({ devices: await desk.discover() }))
  app.post('/cameras/onvif', takesBody(deviceQuery), async (c) =>
    c.json({ streams: await desk.streamsOf(c.req.valid('json')) }),
  )
  return app
}
