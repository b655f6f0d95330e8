/** The live video's WebSocket: who may look, what is sent, and what becomes of viewers that are slow. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { createLiveSender } from '../../daemon/http/media/live.ts'
import { startHttp } from '../../daemon/http/server.ts'
import type { LivePiece, LiveView, LiveViewer } from '../../daemon/live-types.ts'
import { analysed, emptyAssets, type FakeBox, fakeBox, JPEG } from './fake-box.ts'

const mime = 'video/mp4; codecs="avc1.42C01E"'
const piece = (n: number, isKey = false, bytes = 3): LivePiece => ({
  message: new Uint8Array(bytes).fill(n),
  isKey,
})

/** A camera that shows what the test says. */
function fakeLive() {
  const viewers = new Set<LiveViewer>()
  const view: LiveView = {
    get viewers() {
      return viewers.size
    },
    join(viewer) {
      viewers.add(viewer)
      viewer.start({ mime, init: new Uint8Array([7]) })
      return () => void viewers.delete(viewer)
    },
    async [Symbol.asyncDispose]() {},
  }
  return {
    view,
    lose() {
      for (const viewer of viewers) viewer.lost()
    },
    show(one: LivePiece) {
      for (const viewer of viewers) viewer.piece(one, () => {})
    },
  }
}

async function serve(t: Test, box: FakeBox): Promise<string> {
  const config = { host: '127.0.0.1', port: 0, token_file: undefined }
  const server = await startHttp(config, box.deps, new AbortController().signal, emptyAssets)
  t.teardown(() => server[Symbol.asyncDispose]())
  return `127.0.0.1:${server.port}`
}

const path = '/api/v1/cameras/yard/live'

async function refused(address: string, more: { path?: string; headers?: object } = {}): Promise<number> {
  const socket = new WebSocket(`ws://${address}${more.path ?? path}`, { headers: { ...more.headers } })
  socket.on('error', () => {})
  const answer = await new Promise<number>((resolve) => {
    socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0))
    socket.on('open', () => resolve(101))
  })
  socket.terminate()
  return answer
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

t.test('a viewer gets how it is played, then the pieces', async (t) => {
  const box = fakeBox()
  const live = fakeLive()
  box.live = live.view
  const socket = new WebSocket(`ws://${await serve(t, box)}${path}`)
  t.teardown(() => socket.terminate())
  const heard: (string | Buffer)[] = []
  socket.on('message', (data, isBinary) => heard.push(isBinary ? (data as Buffer) : String(data)))
  await until(() => heard.length === 2)
  t.same(JSON.parse(String(heard[0])), { mime })
  t.same([...(heard[1] as Buffer)], [7])
  live.show(piece(1, true))
  await until(() => heard.length === 3)
  t.same([...(heard[2] as Buffer)], [1, 1, 1])
  live.lose()
  await until(() => heard.length === 4)
  t.same(JSON.parse(String(heard[3])), { mime: null })
  t.equal(live.view.viewers, 1)
  socket.send('hello?')
  const [code] = await once(socket, 'close')
  t.equal(code, 1008, 'a viewer has nothing to say')
  await until(() => live.view.viewers === 0)
})

t.test('who may not look, and what is not there', async (t) => {
  const token = 'correct-horse-battery'
  const box = fakeBox({ token })
  const headers = { authorization: `Bearer ${token}` }
  const address = await serve(t, box)
  t.equal(await refused(address), 401)
  t.equal(await refused(address, { headers }), 503, 'the camera is not watched')
  box.live = fakeLive().view
  t.equal(await refused(address, { headers: { ...headers, origin: 'http://elsewhere.test' } }), 403)
  t.equal(await refused(address, { headers, path: '/api/v1/cameras/nobody/live' }), 404)
  t.equal(await refused(address, { headers }), 101)
  const plain = await fetch(`http://${address}${path}`, { headers })
  t.equal(plain.status, 426)
})

t.test('a limited number looks at a time', async (t) => {
  const box = fakeBox()
  box.live = fakeLive().view
  const address = await serve(t, box)
  const open = Array.from({ length: 32 }, () => new WebSocket(`ws://${address}${path}`))
  t.teardown(() => {
    for (const socket of open) socket.terminate()
  })
  await Promise.all(open.map((socket) => once(socket, 'open')))
  t.equal(await refused(address), 503)
  open[0]?.terminate()
  await until(() => box.live?.viewers === 31)
  t.equal(await refused(address), 101)
})

t.test('whoever is behind gets nothing until a keyframe finds the line free', (t) => {
  const sent: unknown[] = []
  const line = { bufferedAmount: 0, send: (data: string | Uint8Array) => void sent.push(data) }
  const sender = createLiveSender(line)
  let skipped = 0
  const show = (one: LivePiece) => sender.piece(one, () => void skipped++)
  sender.start({ mime, init: new Uint8Array() })
  show(piece(1, true))
  const before = sent.length
  line.bufferedAmount = 1024 * 1024 + 1
  show(piece(2))
  show(piece(3, true))
  line.bufferedAmount = 100_000
  show(piece(4, true))
  line.bufferedAmount = 0
  show(piece(5))
  t.equal(sent.length, before, 'none of these')
  t.equal(skipped, 4, 'and none is needed any more')
  show(piece(6, true))
  show(piece(7))
  t.same(
    sent.slice(before).map((one) => (one as Uint8Array)[0]),
    [6, 7],
  )
  line.bufferedAmount = 2 * 1024 * 1024
  show(piece(8))
  line.bufferedAmount = 0
  sender.start({ mime, init: new Uint8Array() })
  show(piece(9))
  t.equal((sent.at(-1) as Uint8Array)[0], 9, 'another stream begins for all')
  t.end()
})

/** What buffers hold once nothing is left that nobody needs. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().arrayBuffers
}

t.test(
  'a viewer that reads nothing costs a bounded amount, and is let go',
  { timeout: 60_000 },
  async (t) => {
    const box = fakeBox()
    const live = fakeLive()
    box.live = live.view
    let aheadMs = 0
    const { clock } = box.deps
    const deps = { ...box.deps, clock: { utcMs: clock.utcMs, monoMs: () => clock.monoMs() + aheadMs } }
    const address = await serve(t, { ...box, deps })
    const port = Number(address.split(':')[1])
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    await until(() => live.view.viewers === 1)
    socket.pause()
    const before = heldBytes()
    for (let n = 0; n < 3000; n++) {
      live.show(piece(n & 255, n % 20 === 0, 50_000))
      if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    // What is free is swept beside the program, later on a busy machine.
    await until(() => heldBytes() - before < 10e6)
    t.pass('less than 10 of 150 MB are held')
    aheadMs = 31_000
    await until(() => live.view.viewers === 0)
    t.pass('let go')
  },
)

t.test('MJPEG: a picture at once, and one for each that is analysed', async (t) => {
  const box = fakeBox()
  box.picture = { jpeg: JPEG, analysed: analysed(1) }
  const address = await serve(t, box)
  const stop = new AbortController()
  const answer = await fetch(`http://${address}/api/v1/cameras/yard/picture.mjpeg`, { signal: stop.signal })
  t.match(answer.headers.get('content-type'), /^multipart\/x-mixed-replace; boundary=/)
  let text = ''
  const read = (async () => {
    for await (const bytes of answer.body ?? []) text += Buffer.from(bytes).toString('latin1')
  })().catch(() => {})
  const pictures = () => text.split('Content-Type: image/jpeg\r\nContent-Length: 4\r\n\r\n').length - 1
  await until(() => pictures() === 1)
  box.facts.publish('frame-analysed', analysed(2))
  await until(() => pictures() === 2)
  stop.abort()
  await read
})
