/** A camera's video as packets: what is missing, how its clocks run, and what strangers may say. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { countPackets } from '../../daemon/cameras/packets.ts'
import { createPacketCount, readRtp, readSenderClock } from '../../daemon/cameras/rtp.ts'
import { authorization, readFirst, videoOf } from '../../daemon/cameras/rtsp-words.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'

const { signal } = new AbortController()
const header = (sequence: number, timestamp: number, source = 7) => ({
  ...{ type: 96, sequence: sequence % 65_536, timestamp: timestamp % 2 ** 32, source },
})

/** Pictures of 25 a second from near the end of both counters on, for a minute. */
function minute(change: { readonly lost?: (n: number) => boolean; readonly fast?: number } = {}) {
  const count = createPacketCount(90_000)
  for (let n = 0; n < 1500; n++) {
    if (change.lost?.(n) === true) continue
    const delay = 5 + ((n * 7919) % 40)
    const taken = n * 40 * (1 + (change.fast ?? 0))
    count.add(header(65_000 + n, 2 ** 32 - 90_000 + taken * 90), n * 40 + delay)
  }
  return { packets: count.packets, lost: count.lost, pace: count.paceMsPerMinute ?? Number.NaN }
}

t.test('what is missing is counted over the end of the counter, and late is not missing', async (t) => {
  t.match(minute(), { packets: 1500, lost: 0 })
  t.match(minute({ lost: (n) => n % 100 === 50 }), { packets: 1485, lost: 15 })
  const mixed = createPacketCount(90_000)
  for (const n of [10, 12, 11, 13, 15, 14]) mixed.add(header(n, n), n)
  t.match({ packets: mixed.packets, lost: mixed.lost }, { packets: 6, lost: 0 })
})

t.test('a camera that begins anew has lost nothing', async (t) => {
  const count = createPacketCount(90_000)
  for (let n = 0; n < 10; n++) count.add(header(100 + n, n), n)
  for (let n = 0; n < 10; n++) count.add(header(40_000 + n, n, 8), n)
  for (let n = 0; n < 10; n++) count.add(header(20_000 + n, n, 8), n)
  t.match({ packets: count.packets, lost: count.lost }, { packets: 30, lost: 0 })
})

t.test('the time of its pictures beside ours, whatever the way delays', async (t) => {
  t.ok(Math.abs(minute().pace) < 10)
  t.ok(Math.abs(minute({ fast: 0.01 }).pace - 600) < 20)
  t.ok(Math.abs(minute({ fast: -0.01 }).pace + 600) < 20)
})

t.test('a report says the clock; what is no packet says nothing', async (t) => {
  const report = Buffer.alloc(28)
  report.writeUInt8(0x80, 0)
  report.writeUInt8(200, 1)
  report.writeUInt32BE(1_700_000_000 + 2_208_988_800, 8)
  report.writeUInt32BE(2 ** 31, 12)
  t.equal(readSenderClock(report), 1_700_000_000_500)
  t.equal(readSenderClock(report.subarray(0, 19)), undefined)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      readRtp(bytes)
      readSenderClock(bytes)
      const read = readFirst(Buffer.from(bytes))
      return !('used' in read) || (read.used > 0 && read.used <= bytes.length)
    }),
  )
})

const answer = (lines: readonly string[], body = '') =>
  Buffer.from(
    `${['RTSP/1.0 200 OK', ...lines, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`,
  )

t.test('answers, descriptions and what is none', async (t) => {
  const body =
    'v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:one\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:two\r\n'
  const read = readFirst(answer(['Content-Base: rtsp://cam/live/'], body))
  if (read.kind !== 'answer') throw new Error(read.kind)
  t.same(videoOf(read.answer, 'rtsp://cam/x'), { control: 'rtsp://cam/live/two', clockRate: 90_000 })
  t.equal(videoOf({ ...read.answer, body: 'v=0\r\n' }, 'rtsp://cam/x'), undefined)
  t.equal(readFirst(Buffer.from('HTTP/1.1 400 Bad\r\n\r\n')).kind, 'nonsense')
  t.equal(readFirst(Buffer.from('OPTIONS * RTSP/1.0\r\n\r\n')).kind, 'call')
  t.equal(readFirst(Buffer.alloc(20_000, 'a')).kind, 'nonsense')
  t.equal(readFirst(Buffer.from('RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n')).kind, 'nonsense')
})

t.test('one says who one is as the camera wants it', async (t) => {
  // The example of RFC 2617, 3.5, asks with qop; without it the answer is that of RFC 2069.
  const login = { username: 'Mufasa', password: 'Circle Of Life' }
  const what = { method: 'GET', uri: '/dir/index.html' }
  const challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
  t.match(authorization([challenge], login, what), /response="670fd8c2df070c60b045671b8b24ff02"/)
  t.match(authorization([`${challenge}, qop="auth"`], login, what), /qop=auth, nc=00000001, cnonce=/)
  t.equal(authorization(['Basic realm="x"'], login, what), `Basic ${btoa('Mufasa:Circle Of Life')}`)
  t.equal(authorization(['Digest realm="x", algorithm=SHA-256'], login, what), undefined)
})

/** Passes everything on but each n-th packet of video. */
async function thinning(to: number, n: number) {
  let passed = 0
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    let bytes = Buffer.alloc(0)
    near.on('data', (piece) => far.write(piece)).on('error', () => far.destroy())
    near.on('close', () => far.destroy())
    far.on('error', () => near.destroy()).on('close', () => near.destroy())
    far.on('data', (piece) => {
      bytes = Buffer.concat([bytes, piece])
      for (;;) {
        const read = readFirst(bytes)
        if (!('used' in read)) return
        const isKept = read.kind !== 'packet' || read.channel !== 0 || ++passed % n !== 0
        if (isKept) near.write(bytes.subarray(0, read.used))
        bytes = bytes.subarray(read.used)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

t.test('a real camera over both ways, and one that loses', { skip: await noRtsp() }, async (t) => {
  await using camera = await startRtspCamera(
    { '/cam': await makeClip() },
    { user: 'joe', password: 'sesame', args: ['--rtcp-seconds', '1'] },
  )
  const url = camera.url('/cam')
  const who = { url, username: 'joe', password: 'sesame' }
  const thin = await thinning(Number(new URL(url).port), 20)
  t.teardown(thin.close)
  const lossy = new URL(url)
  lossy.port = String(thin.port)
  const [tcp, udp, lost, refused, gone] = await Promise.all([
    countPackets({ ...who, transport: 'tcp', seconds: 12 }, systemClock, signal),
    countPackets({ ...who, transport: 'udp', seconds: 4 }, systemClock, signal),
    countPackets({ ...who, url: lossy.href, transport: 'tcp', seconds: 4 }, systemClock, signal),
    countPackets({ ...who, password: 'wrong', transport: 'tcp', seconds: 4 }, systemClock, signal),
    countPackets({ ...who, url: 'rtsp://127.0.0.1:1/', transport: 'tcp', seconds: 4 }, systemClock, signal),
  ])
  t.match(tcp, { fault: null, lost: 0 })
  t.ok(tcp.packets > 250, `${tcp.packets} packets`)
  t.ok(Math.abs(tcp.paceMsPerMinute ?? Number.NaN) < 500, `${tcp.paceMsPerMinute} ms a minute`)
  t.ok(Math.abs(tcp.clockMs ?? Number.NaN) < 1000, `its clock is ${tcp.clockMs} ms off`)
  t.match(udp, { fault: null, lost: 0 })
  t.ok(udp.packets > 60, `${udp.packets} packets`)
  const share = lost.lost / (lost.lost + lost.packets)
  t.ok(share > 0.03 && share < 0.07, `${share} lost`)
  t.match(refused, { fault: 'refused', packets: 0 })
  t.match(gone, { fault: 'unreachable', packets: 0 })
})

t.test('who answers nonsense, or nothing, is given up', async (t) => {
  const server = createServer(
    (socket) => void socket.on('error', () => {}).write('HTTP/1.1 400 Bad\r\n\r\n'),
  ).listen(0)
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const wish = { url: `rtsp://127.0.0.1:${port}/`, username: null, password: null, seconds: 5 } as const
  t.match(await countPackets({ ...wish, transport: 'tcp' }, systemClock, signal), { fault: 'unreachable' })
})
