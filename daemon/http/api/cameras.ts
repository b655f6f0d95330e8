/**
 * `/api/v1/cameras`: what the box watches with, and whether it can.
 */
import { Hono } from 'hono'
import type { CameraView } from '../../types.ts'
import { streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { findCamera } from '../look-up.ts'
import { mjpeg } from '../media/mjpeg.ts'
import { pictureAnswer, sharePictures } from '../media/picture.ts'
import type { Answer } from '../openapi/answers.ts'
import { takesPath } from '../takes.ts'

export function cameraJson(camera: CameraView): Answer<'Camera'> {
  return {
    id: camera.id,
    name: camera.name,
    state: camera.state,
    since: new Date(camera.sinceMs).toISOString(),
    detail: camera.detail,
    last_frame: camera.lastFrameMs === null ? null : new Date(camera.lastFrameMs).toISOString(),
    frames_decoded: camera.framesDecoded,
    frames_dropped: camera.framesDropped,
    frames_analysed: camera.framesAnalysed,
    frames_quiet: camera.framesQuiet,
    frames_failed: camera.framesFailed,
    decode: camera.decode,
  }
}

export function camerasApi(deps: HttpDeps): Hono {
  const app = new Hono()
  const take = sharePictures(deps.picture, deps.clock)
  app.get('/cameras', (c) => {
    const cameras = deps.cameras().map(cameraJson)
    return c.json({ cameras, total: cameras.length })
  })
  app.get('/cameras/:id/picture.jpg', takesPath(streamParams), (c) =>
    pictureAnswer(c, take, findCamera(deps, c.req.valid('param').id)),
  )
  app.get('/cameras/:id/picture.mjpeg', takesPath(streamParams), mjpeg(deps, take))
  return app
}
