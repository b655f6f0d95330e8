/** Videos and pictures that go on: what a viewer holds is given back however it ends. */
import { readdir, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Hono } from 'hono'
import t from 'tap'
import { streamParams } from '../../daemon/http/checks.ts'
import { createClipAnswer } from '../../daemon/http/media/clip.ts'
import { mjpeg } from '../../daemon/http/media/mjpeg.ts'
import { takesPath } from '../../daemon/http/takes.ts'
import { until } from '../support/until.ts'
import { analysed, fakeApp, fakeBox, JPEG } from './fake-box.ts'

const stop = new AbortController()
t.teardown(() => stop.abort())

const MJPEG = '/api/v1/cameras/yard/picture.mjpeg'
const local = { host: 'localhost' }

function watched() {
  const box = fakeBox()
  box.picture = { jpeg: JPEG, analysed: analysed(1) }
  return box
}

t.test('who asks for the head of MJPEG holds no place', async (t) => {
  const app = fakeApp(watched(), stop.signal)
  for (let n = 0; n < 20; n++) {
    const head = await app.request(MJPEG, { method: 'HEAD', headers: local })
    t.equal(head.status, 200)
    t.match(head.headers.get('content-type'), /multipart/)
  }
  const answer = await app.request(MJPEG, { headers: local })
  t.equal(answer.status, 200)
  await answer.body?.cancel()
})

t.test('who takes no picture any more gives the place back', async (t) => {
  const box = watched()
  const app = new Hono()
  const picture = box.picture
  app.use(async (c, next) => {
    c.set('caller', { role: 'viewer', user: null, name: null, by: 'nothing', isValid: () => true })
    await next()
  })
  app.get(
    '/:id',
    takesPath(streamParams),
    mjpeg(box.deps, async () => picture, 100),
  )
  const left = await Promise.all(Array.from({ length: 8 }, () => app.request('/yard')))
  t.ok(left.every(({ status }) => status === 200))
  t.equal((await app.request('/yard')).status, 503)
  const one = async () => {
    const answer = await app.request('/yard')
    await answer.body?.cancel()
    return answer.status === 200
  }
  await until(one, 'a place')
})

function clips(path: string, goneMs?: number) {
  const answer = createClipAnswer(goneMs)
  return new Hono().get('/', (c) => answer(c, { path: c.req.query('path') ?? path, tag: 'one' }))
}
const openFiles = async (path: string) => {
  const all = await readdir('/proc/self/fd')
  const names = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return names.filter((name) => name === path).length
}

t.test('a clip that cannot be read holds neither place nor file', async (t) => {
  // A folder can be opened, and says EISDIR when it is read.
  const folder = t.testdir({ 'good.mp4': 'video' })
  const app = clips(folder)
  for (let n = 0; n < 40; n++) await t.rejects((await app.request('/')).text(), { code: 'EISDIR' })
  t.equal(await openFiles(folder), 0)
  t.equal(await (await app.request(`/?path=${join(folder, 'good.mp4')}`)).text(), 'video')
})

t.test('who takes nothing of a clip any more gives place and file back', async (t) => {
  const file = join(t.testdir(), 'long.mp4')
  await writeFile(file, Buffer.alloc(2_000_000))
  const app = clips(file, 100)
  const left = await Promise.all(Array.from({ length: 32 }, () => app.request('/')))
  t.ok(left.every(({ status }) => status === 200))
  await until(async () => (await openFiles(file)) === 0, 'all files closed')
  const answer = await app.request('/')
  t.equal((await answer.arrayBuffer()).byteLength, 2_000_000)
})
