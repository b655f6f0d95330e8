/** 500 connections that say nothing, or a letter a second, must not keep the page from anybody. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { WebSocket } from 'ws'
import { startHttp } from '../../daemon/http/server.ts'
import { until } from '../support/until.ts'
import { analysed, emptyAssets, fakeBox } from './fake-box.ts'

const never = new AbortController().signal
const count = 410
/** Open beside those, and stay so: the box takes a hundred. */
const listening = 90
t.setTimeout(120_000)

t.test('slow and idle connections cost nobody the page, and the slow ones are ended', async (t) => {
  const config = { host: '127.0.0.1', port: 0, token_file: undefined, tls: undefined }
  const box = fakeBox()
  await using server = await startHttp(config, box.deps, never, emptyAssets)
  const listeners = Array.from({ length: listening }, () => {
    return new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/events?frames=yard`)
  })
  await Promise.all(listeners.map((one) => once(one, 'open')))
  const lines: Socket[] = []
  let ended = 0
  for (let n = 0; n < count; n++) {
    const line = connect(server.port, '127.0.0.1')
    // One that is not read would not hear of its end.
    line
      .resume()
      .on('error', () => {})
      .once('close', () => ended++)
    lines.push(line)
    await once(line, 'connect')
    // Half of them say nothing at all, the others begin a request that never ends.
    if (n % 2 === 0) line.write('POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\nX-Slow: ')
  }
  const drip = setInterval(() => {
    for (const line of lines) if (line.writable && lines.indexOf(line) % 2 === 0) line.write('a')
  }, 1000)
  t.teardown(() => {
    clearInterval(drip)
    for (const line of lines) line.destroy()
    for (const one of listeners) one.terminate()
  })
  const ask = async () => {
    const from = performance.now()
    const { status } = await fetch(`http://127.0.0.1:${server.port}/`)
    t.equal(status, 200)
    return performance.now() - from
  }
  for (let n = 0; n < 5; n++) {
    t.ok((await ask()) < 2000, 'the page comes at once')
    await wait(200)
  }
  let heard = 0
  for (const one of listeners) {
    one.on('message', (text) => {
      if (String(text).includes('"event":"frame"')) heard++
    })
  }
  const publishedMs = performance.now()
  box.facts.publish('frame-analysed', analysed(1))
  await until(() => heard === listening, 'all who listen hear of a picture', 10_000)
  t.comment(`all ${listening} heard after ${Math.round(performance.now() - publishedMs)} ms`)
  const fromMs = performance.now()
  while (ended < count && performance.now() - fromMs < 60_000) await wait(250)
  t.equal(ended, count, 'none of them is held open')
  t.comment(`all ended after ${Math.round((performance.now() - fromMs) / 1000)} s`)
  t.ok((await ask()) < 2000)
  t.equal(
    listeners.filter(({ readyState }) => readyState === WebSocket.OPEN).length,
    listening,
    'who listens stays',
  )
})
