/** ONVIF, asked of a device that answers rightly, and of such as do not. */
import fc from 'fast-check'
import t from 'tap'
import { askClock, askStreams, discoverDevices } from '../../daemon/cameras/onvif/client.ts'
import { deviceOf, streamOf, tokenOf } from '../../daemon/cameras/onvif/words.ts'
import { type OnvifWish, startOnvif } from '../support/onvif.ts'

const signal = new AbortController().signal
const PASSWORD = `p@s/s:w%d"x'?# y`
const joe = { user: 'joe', password: PASSWORD }
const streams = [
  { name: 'main', uri: 'rtsp://10.255.255.1:8554/main?x=1&amp;y=2', width: 1920, height: 1080 },
  { name: 'sub', uri: 'rtsp://127.0.0.1/sub', width: 640, height: 360 },
]

async function streamsOf(wish: OnvifWish, more: { username?: string; password?: string } = {}) {
  await using device = await startOnvif(wish)
  const { username = null, password = null } = more
  return await askStreams({ host: '127.0.0.1', port: device.port, username, password }, signal)
}
const codeOf = (wish: OnvifWish, more?: object) =>
  streamsOf(wish, more).then(
    () => 'none',
    ({ code }: { code: string }) => code,
  )

t.test('a device says its streams to who knows its password', async (t) => {
  const found = await streamsOf({ ...joe, streams }, { username: 'joe', password: PASSWORD })
  const video = { codec: 'H264', fps: 25 }
  t.same(found, [
    { name: 'main', url: 'rtsp://127.0.0.1:8554/main?x=1&y=2', width: 1920, height: 1080, ...video },
    { name: 'sub', url: 'rtsp://127.0.0.1/sub', width: 640, height: 360, ...video },
  ])
  t.equal(await codeOf({ ...joe, streams }, { username: 'joe', password: 'wrong' }), 'ONVIF_REFUSED')
  t.equal(await codeOf({ ...joe, streams }), 'ONVIF_REFUSED')
  t.equal((await streamsOf({ streams })).length, 2, 'one without a password')
})

t.test('a device says its clock to everybody', async (t) => {
  await using device = await startOnvif({ ...joe, aheadMs: -3600_000 })
  const off = await askClock('127.0.0.1', signal, [1, device.port])
  t.ok(Math.abs((off ?? 0) + 3600_000) < 1500, `${off} ms`)
  t.same(device.asked, ['GetSystemDateAndTime'])
  await using odd = await startOnvif({ odd: () => '<Envelope><Body/></Envelope>' })
  t.equal(await askClock('127.0.0.1', signal, [odd.port]), undefined)
})

t.test('a device is found by its call, and known by where it answered from', async (t) => {
  await using device = await startOnvif({ isCalled: true })
  const found = await discoverDevices(signal)
  const mine = found.filter(({ port }) => port === device.port)
  t.match(mine, [{ name: 'North gate', maker: 'Hayloft' }])
})

const nested = '<a>'.repeat(200_000)
const hostile: readonly [what: string, odd: NonNullable<OnvifWish['odd']>][] = [
  ['no XML', () => 'hello'],
  ['nothing', () => ''],
  ['an empty envelope', () => '<Envelope><Body/></Envelope>'],
  ['another answer', () => '<Envelope><Body><GetServicesResponse/></Body></Envelope>'],
  ['deep nesting', () => `<Envelope><Body>${nested}`],
  [
    'entities',
    () => '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "x">]><Envelope><Body>&b;</Body></Envelope>',
  ],
  ['what its reader takes long for', () => ' xmlns'.repeat(300_000)],
  [
    'no end',
    (_action, answer) => {
      answer.writeHead(200)
      const more = () => {
        while (!answer.destroyed && answer.write('x'.repeat(65_536)));
      }
      answer.on('drain', more)
      more()
      return undefined
    },
  ],
  [
    'silence',
    (_action, answer) => {
      answer.writeHead(200)
      return undefined
    },
  ],
  [
    'a word and then odd profiles',
    (action) =>
      action === 'GetProfiles'
        ? '<Envelope><Body><GetProfilesResponse><Profiles/></GetProfilesResponse></Body></Envelope>'
        : undefined,
  ],
]
for (const [what, odd] of hostile) {
  t.test(`a device that answers ${what} fails alone`, { timeout: 60_000 }, async (t) => {
    const startedMs = performance.now()
    t.equal(await codeOf({ streams, odd }), 'ONVIF_FAILED')
    t.ok(performance.now() - startedMs < 25_000)
  })
}

t.test('an odd answer to the call spoils itself only', async (t) => {
  for (const call of [
    'hello',
    '<Envelope><Body><ProbeMatches/></Body></Envelope>',
    nested.slice(0, 30_000),
  ]) {
    await using device = await startOnvif({ isCalled: true, call })
    t.notOk((await discoverDevices(signal)).some(({ port }) => port === device.port))
  }
})

t.test('no address leads elsewhere than to the device', async (t) => {
  for (const uri of [
    'file:///etc/passwd',
    'http://a/x',
    'rtsp:x',
    'concat:rtsp://a/',
    '',
    7,
    null,
    'rtsp:///x',
  ])
    t.equal(streamOf({}, uri, 'cam'), undefined, String(uri))
  t.match(streamOf({}, 'rtsp://joe:sesame@elsewhere:99/a b?c#d', 'cam'), { url: 'rtsp://cam:99/a%20b?c' })
  fc.assert(
    fc.property(
      fc.webUrl({ validSchemes: ['rtsp', 'rtsps', 'http', 'file'], withQueryParameters: true }),
      (uri) => {
        const stream = streamOf({}, uri, 'cam')
        return (
          stream === undefined ||
          (/^rtsps?:\/\/cam(?:[:/?]|$)/.test(stream.url) && new URL(stream.url).hostname === 'cam')
        )
      },
    ),
  )
  t.pass('held')
})

t.test('whatever a stranger says, a few plain words are left of it', async (t) => {
  const words = (text: string | null) =>
    text === null || (text.length <= 120 && !/[\p{Cc}\u202e]/u.test(text))
  const odd = fc.oneof(fc.anything(), fc.record({ name: fc.string({ unit: 'binary' }), $: fc.anything() }))
  const scopes = fc
    .array(fc.string().map((text) => `onvif://www.onvif.org/name/${text}`))
    .map((all) => all.join(' '))
  fc.assert(
    fc.property(odd, scopes, fc.anything(), (value, scope, deep) => {
      tokenOf(value)
      const stream = streamOf(value, 'rtsp://x/y', 'cam')
      const match = { probeMatches: { probeMatch: { scopes: scope, XAddrs: deep } } }
      const { host, port, name, maker } = deviceOf(match, '10.0.0.1')
      deviceOf(value, '10.0.0.1')
      return words(stream?.name ?? null) && words(name) && words(maker) && host === '10.0.0.1' && port > 0
    }),
  )
  t.pass('held')
})
