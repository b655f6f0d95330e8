import { once } from 'node:events'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { Line } from '../../daemon/http/events/crowd.ts'
import { createHistory } from '../../daemon/http/events/history.ts'
import { createHub } from '../../daemon/http/events/hub.ts'
import { startHttp } from '../../daemon/http/server.ts'
import {
  analysed,
  cameraView,
  emptyAssets,
  type FakeBox,
  fakeBox,
  horse,
  horseId,
  streamId,
} from './fake-box.ts'

interface Message {
  readonly id: number
  readonly event: string
  readonly data: { readonly [key: string]: unknown }
}

async function serve(t: Test, box: FakeBox) {
  const config = { host: '127.0.0.1', port: 0, token_file: undefined }
  const server = await startHttp(config, box.deps, new AbortController().signal, emptyAssets)
  t.teardown(() => server[Symbol.asyncDispose]())
  return `127.0.0.1:${server.port}`
}

/** A client that remembers what it heard. */
async function listen(t: Test, address: string, query = '', headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://${address}/api/v1/events${query}`, { headers })
  t.teardown(() => socket.terminate())
  const heard: Message[] = []
  socket.on('message', (data) => heard.push(JSON.parse(String(data))))
  await once(socket, 'open')
  const until = async (event: string, count = 1) => {
    const found = () => heard.filter((one) => one.event === event)
    while (found().length < count) await once(socket, 'message')
    return found()
  }
  await until('hello')
  return { socket, heard, until }
}

/** The status with which an upgrade is refused. */
async function refused(address: string, query = '', headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(`ws://${address}/api/v1/events${query}`, { headers })
  socket.on('error', () => {})
  return new Promise((resolve) => {
    socket.on('unexpected-response', (request, answer) => {
      request.destroy()
      resolve(answer.statusCode ?? 0)
    })
    socket.on('open', () => {
      socket.terminate()
      resolve(101)
    })
  })
}

t.test('facts reach every client, in BarnHand’s words', async (t) => {
  const box = fakeBox()
  const address = await serve(t, box)
  const clients = await Promise.all([listen(t, address), listen(t, address)])
  const thunder = horse(1, { name: 'Thunder', hasAvatar: true })
  box.facts.publish('horses-seen', { streamId: streamId('yard'), horses: [thunder] })
  box.facts.publish('horse-changed', { horse: thunder, change: 'details' })
  box.facts.publish('camera-changed', cameraView('yard', 'down'))
  for (const { until, heard } of clients) {
    const [detected] = await until('horses:detected')
    t.match(detected?.data, {
      streamId: 'yard',
      timestamp: /Z$/,
      horses: [
        {
          id: horseId(1),
          tracking_id: 'yard_horse_001',
          assigned_color: '#b3541e',
          confidence_score: 0.91,
          last_seen: '2026-11-02T03:30:01.000Z',
          total_detections: 10,
          thumbnail_url: /avatar/,
        },
      ],
    })
    const [updated] = await until('horses:updated')
    t.match(updated?.data, {
      streamId: 'yard',
      horse: { id: horseId(1), name: 'Thunder' },
      change: 'details',
    })
    t.match((await until('camera:changed'))[0]?.data, { id: 'yard', state: 'down' })
    const ids = heard.map((one) => one.id)
    t.same(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
      'ids grow',
    )
  }
})

t.test('a client that was away resumes after the last id it knows', async (t) => {
  const box = fakeBox()
  const address = await serve(t, box)
  const first = await listen(t, address)
  const rename = (name: string) =>
    box.facts.publish('horse-changed', { horse: horse(1, { name }), change: 'details' })
  rename('one')
  const last = (await first.until('horses:updated'))[0]?.id ?? 0
  first.socket.terminate()
  rename('two')
  rename('three')
  const names = (messages: Message[]) => messages.map((one) => (one.data['horse'] as { name: string }).name)
  const back = await listen(t, address, `?after=${last}`)
  t.same(names(await back.until('horses:updated', 2)), ['two', 'three'])
  t.notOk(back.heard.some((one) => one.event === 'resync'))
  const stranger = await listen(t, address, '?after=5')
  await stranger.until('resync')
  t.equal(await refused(address, '?after=minus'), 400)
})

t.test('frames come only to who asked for that stream, at once with the last one', async (t) => {
  const box = fakeBox()
  const address = await serve(t, box)
  box.facts.publish('frame-analysed', analysed(1))
  const deaf = await listen(t, address)
  const asked = await listen(t, address, '?frames=yard&frames=nowhere')
  t.match((await asked.until('frame'))[0]?.data, { seq: 1, streamId: 'yard' })
  const later = await listen(t, address)
  later.socket.send('not json')
  later.socket.send('{"subscribe": "nowhere"}')
  later.socket.send('{"subscribe": "yard"}')
  await later.until('frame')
  box.facts.publish('frame-analysed', analysed(2))
  t.match((await asked.until('frame', 2))[1]?.data, { seq: 2 })
  t.match((await later.until('frame', 2))[1]?.data, { seq: 2 })
  later.socket.send('{"unsubscribe": "yard"}')
  later.socket.ping()
  await once(later.socket, 'pong')
  box.facts.publish('frame-analysed', analysed(3))
  await asked.until('frame', 3)
  t.equal(later.heard.filter((one) => one.event === 'frame').length, 2)
  t.notOk(deaf.heard.some((one) => one.event === 'frame'))
})

t.test('the upgrade needs access and our own page', async (t) => {
  const open = await serve(t, fakeBox())
  t.equal(await refused(open, '', { origin: 'http://evil.example' }), 403)
  t.equal(await refused(open, '', { host: 'evil.example' }), 403)
  t.equal(await refused(open, '', { origin: `http://${open}` }), 101)
  t.equal((await fetch(`http://${open}/api/v1/events`)).status, 426)
  const token = 'correct-horse-battery'
  const closed = await serve(t, fakeBox({ token }))
  const authorization = `Bearer ${token}`
  t.equal(await refused(closed), 401)
  t.equal(await refused(closed, '', { authorization: 'Bearer wrong' }), 401)
  t.equal(await refused(closed, '', { authorization, origin: 'http://evil.example' }), 403)
  t.equal(await refused(closed, '', { authorization }), 101)
})

t.test('a stop closes every line with a word', async (t) => {
  const box = fakeBox()
  const config = { host: '127.0.0.1', port: 0, token_file: undefined }
  const server = await startHttp(config, box.deps, new AbortController().signal, emptyAssets)
  const { socket } = await listen(t, `127.0.0.1:${server.port}`)
  const closed = once(socket, 'close')
  await server[Symbol.asyncDispose]()
  t.equal((await closed)[0], 1001)
})

function fakeLine() {
  const sent: string[] = []
  const line = {
    sent,
    isCut: false,
    pongs: 0,
    bufferedAmount: 0,
    send(text: string) {
      sent.push((JSON.parse(text) as Message).event)
    },
    ping: () => {},
    pong() {
      line.pongs++
    },
    close: () => {},
    terminate() {
      line.isCut = true
    },
  }
  return line satisfies Line & typeof line
}

function fakeHub(t: Test) {
  const box = fakeBox()
  let mono = 0
  box.deps.clock.monoMs = () => mono
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const pass = (ms: number) => {
    mono += ms
  }
  return { box, hub: createHub(box.deps, stop.signal), pass }
}
const all = { after: undefined, frames: [streamId('yard')] }

t.test('a slow client misses frames, a hopeless one is cut off', async (t) => {
  const { box, hub } = fakeHub(t)
  const line = fakeLine()
  const client = hub.join(line, all)
  box.facts.publish('frame-analysed', analysed(1))
  line.bufferedAmount = 300_000
  box.facts.publish('frame-analysed', analysed(2))
  client.watch(streamId('yard'))
  client.pinged(Buffer.from('x'))
  box.facts.publish('camera-changed', cameraView('yard'))
  t.same(line.sent, ['hello', 'frame', 'camera:changed'], 'facts still come')
  t.equal(line.pongs, 0)
  line.bufferedAmount = 5_000_000
  box.facts.publish('camera-changed', cameraView('yard'))
  t.ok(line.isCut)
  t.equal(hub.size, 0)
  line.bufferedAmount = 0
  client.watch(streamId('yard'))
  t.equal(line.sent.length, 3, 'nothing goes to a line that was cut')
})

t.test('whoever missed too much reads anew, and a greeting stops at a line that takes nothing', async (t) => {
  const { box, hub } = fakeHub(t)
  const start = hub.last
  const rename = (name: string) =>
    box.facts.publish('horse-changed', { horse: horse(1, { name }), change: 'details' })
  for (let n = 0; n < 900; n++) rename('x'.repeat(100))
  const well = fakeLine()
  hub.join(well, { after: start, frames: [] })
  t.equal(well.sent.length, 901)
  const stuck = fakeLine()
  const send = stuck.send
  stuck.send = (text) => {
    stuck.bufferedAmount += 1_000_000
    send(text)
  }
  hub.join(stuck, { after: start, frames: [] })
  t.ok(stuck.isCut)
  t.ok(stuck.sent.length < 10)
  for (let n = 0; n < 90; n++) rename('x'.repeat(20_000))
  const late = fakeLine()
  hub.join(late, { after: start, frames: [] })
  t.same(late.sent, ['hello', 'resync'])
})

t.test('a line that is lost at any word of the greeting has lost nothing', async (t) => {
  const { box, hub } = fakeHub(t)
  const start = hub.last
  for (const name of ['one', 'two', 'three'])
    box.facts.publish('horse-changed', { horse: horse(1, { name }), change: 'details' })
  const told = (after: number) => {
    const heard: Message[] = []
    const line = { ...fakeLine(), send: (text: string) => void heard.push(JSON.parse(text)) }
    hub.join(line, { after, frames: [] }).gone()
    return heard
  }
  const names = (heard: Message[]) =>
    heard.flatMap(({ data }) => (data['horse'] as { name: string } | undefined)?.name ?? [])
  const whole = told(start)
  t.same(names(whole), ['one', 'two', 'three'])
  for (const [index, { id }] of whole.entries())
    t.same(names([...whole.slice(0, index + 1), ...told(id)]), ['one', 'two', 'three'], `after ${index + 1}`)
  const forgotten = told(5)
  t.same(
    forgotten.map(({ event }) => event),
    ['hello', 'resync'],
  )
  t.match(told(forgotten[0]?.id ?? 0)[1], { event: 'resync' }, 'not before it has heard of it')
})

t.test('a client may ask so much at once, then a little, and is cut off beyond', async (t) => {
  const { hub, pass } = fakeHub(t)
  const line = fakeLine()
  const client = hub.join(line, all)
  for (let n = 0; n < 128; n++) t.ok(client.mayAsk())
  pass(1000)
  for (let n = 0; n < 16; n++) t.ok(client.mayAsk())
  t.notOk(line.isCut)
  t.notOk(client.mayAsk())
  t.ok(line.isCut)
  t.equal(hub.size, 0)
})

t.test('a client that only asks, or only pings, and never reads is cut off', async (t) => {
  const box = fakeBox()
  const address = await serve(t, box)
  box.facts.publish('frame-analysed', analysed(1))
  const polite = await listen(t, address)
  for (const pester of [
    (socket: WebSocket) => socket.send('{"subscribe": "yard"}'),
    (socket: WebSocket) => socket.ping('x'.repeat(120)),
  ]) {
    const { socket } = await listen(t, address)
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    for (let n = 0; n < 2000 && socket.readyState === WebSocket.OPEN; n++) pester(socket)
    await closed
  }
  polite.socket.ping()
  await once(polite.socket, 'pong')
})

t.test('the history keeps its newest and knows what it has forgotten', async (t) => {
  const history = createHistory(1000, 2)
  const keep = (text: string) => {
    const id = history.nextId()
    history.keep(id, text)
    return id
  }
  const start = history.last
  const first = keep('a')
  t.same(
    history.after(start)?.map((one) => one.text),
    ['a'],
  )
  keep('b')
  keep('c')
  t.equal(history.after(start), undefined, 'a is forgotten')
  t.same(
    history.after(first)?.map((one) => one.text),
    ['b', 'c'],
  )
  t.same(history.after(history.last), [])
  t.equal(history.after(history.last + 1), undefined, 'an id of the future is another life’s')
  t.ok(createHistory(1001, 2).last > history.last, 'the next life’s ids are greater')
})
