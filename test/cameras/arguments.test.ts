import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import {
  analysedSize,
  cameraArguments,
  fileArguments,
  scaleFilter,
  withCredentials,
} from '../../daemon/cameras/arguments.ts'

const source = {
  url: 'rtsp://10.0.0.9:554/ch1?subtype=1',
  transport: 'tcp',
  fps: 5,
  longestSide: 1280,
} as const

/** The value after an option. */
function after(args: string[], option: string, from = 0): string | undefined {
  const at = args.indexOf(option, from)
  return at < 0 ? undefined : args[at + 1]
}

t.test('a camera is asked for raw NV12 at the rate, over its transport only', async (t) => {
  const args = cameraArguments(source, { major: 5, minor: 1 })
  const input = args.indexOf('-i')
  t.equal(args[input + 1], source.url)
  t.equal(after(args, '-rtsp_transport'), 'tcp')
  t.equal(after(args, '-protocol_whitelist'), 'rtsp,rtsps,rtp,tcp,udp,tls')
  t.equal(after(args, '-timeout'), '5000000')
  t.equal(after(args, '-threads'), '1', 'one thread decodes')
  t.equal(after(args, '-threads', input), '1', 'one thread writes')
  t.equal(after(args, '-fps_mode'), 'passthrough')
  t.equal(after(args, '-pix_fmt'), 'nv12')
  t.match(after(args, '-vf'), /gte\(t-prev_selected_t,0\.1950\)/)
  t.same(args.slice(-3), ['-f', 'rawvideo', 'pipe:1'])
  t.equal(
    after(cameraArguments({ ...source, transport: 'udp' }, { major: 5, minor: 1 }), '-rtsp_transport'),
    'udp',
  )
})

t.test('older ffmpegs are asked in their own words', async (t) => {
  const args = cameraArguments(source, { major: 4, minor: 4 })
  t.equal(after(args, '-stimeout'), '5000000')
  t.notOk(args.includes('-timeout'), 'it would make version 4 wait for a caller')
  t.equal(after(args, '-vsync'), 'passthrough')
  t.ok(cameraArguments(source, { major: 5, minor: 0 }).includes('-vsync'))
  t.ok(cameraArguments(source, { major: 8, minor: 0 }).includes('-fps_mode'))
})

/** Where in the list of filters each stands. */
function filterOrder(args: string[], ...names: string[]): number[] {
  const filters = after(args, '-vf')?.split(/,(?=[a-z_]+(?:=|,|$))/) ?? []
  return names.map((name) => filters.findIndex((one) => one === name || one.startsWith(`${name}=`)))
}

for (const [decode, filter, options] of [
  ['vaapi', 'scale_vaapi', ['-hwaccel_device', '/dev/dri/renderD128', '-hwaccel_output_format', 'vaapi']],
  ['cuda', 'scale_cuda', ['-hwaccel_output_format', 'cuda']],
] as const) {
  t.test(`${decode}: chosen and scaled in the hardware's memory, then fetched`, async (t) => {
    const args = cameraArguments(source, { major: 5, minor: 1 }, { decode, codec: 'h265' })
    const input = args.indexOf('-i')
    t.equal(after(args, '-hwaccel'), decode)
    t.match(args.join(' '), options.join(' '))
    t.ok(args.indexOf('-hwaccel') < input && args.indexOf('-hwaccel_output_format') < input, 'of the input')
    t.notOk(args.includes('-c:v'), 'ffmpeg finds the decoder')
    const order = filterOrder(args, 'select', filter, 'hwdownload', 'format')
    t.same(order, [...order].sort(), 'what is not analysed is not copied')
    t.notOk(order.includes(-1))
    t.equal(filterOrder(args, 'scale')[0], -1)
    const software = cameraArguments(source, { major: 5, minor: 1 })
    const size = (of: string[]) => /w='[^']+':h='[^']+'/.exec(after(of, '-vf') ?? '')?.[0]
    t.equal(size(args), size(software), 'the size is the same')
    t.match(after(args, '-vf'), /:format=nv12,hwdownload,format=nv12$/)
    t.same(args.slice(args.indexOf('-fps_mode')), software.slice(software.indexOf('-fps_mode')))
  })
}

t.test('a device is handed on; an old cuda only scales; v4l2m2m is named', async (t) => {
  const old = { major: 4, minor: 4 }
  const vaapi = cameraArguments(source, old, {
    decode: 'vaapi',
    device: '/dev/dri/renderD129',
    codec: 'h264',
  })
  t.equal(after(vaapi, '-hwaccel_device'), '/dev/dri/renderD129')
  const cuda = cameraArguments(source, old, { decode: 'cuda', device: '1', codec: 'h264' })
  t.equal(after(cuda, '-hwaccel_device'), '1')
  t.match(after(cuda, '-vf'), /',hwdownload,format=nv12$/)
  for (const [codec, name] of [
    ['h264', 'h264_v4l2m2m'],
    ['h265', 'hevc_v4l2m2m'],
  ] as const) {
    const args = cameraArguments(source, old, { decode: 'v4l2m2m', codec })
    t.equal(after(args, '-c:v'), name)
    t.ok(args.indexOf('-c:v') < args.indexOf('-i'), 'a decoder')
    t.equal(after(args, '-vf'), after(cameraArguments(source, old), '-vf'), 'scaled in software')
  }
})

t.test("this machine's ffmpeg takes the filters' options", async (t) => {
  for (const decode of ['vaapi', 'cuda'] as const) {
    const filters =
      after(cameraArguments(source, { major: 5, minor: 1 }, { decode, codec: 'h264' }), '-vf') ?? ''
    const said = tryFilters(filters)
    // Pictures in the processor's memory are refused after the options were read.
    t.match(said, /Impossible to convert between the formats/, decode)
    t.notMatch(said, /Error initializing filter|not found|No such filter/, decode)
    t.match(tryFilters(filters.replace(':format=', ':fromat=')), /fromat/, 'a wrong option would be seen')
  }
})

function tryFilters(filters: string): string {
  const input = ['-f', 'lavfi', '-i', 'testsrc2=size=642x362:duration=0.1']
  const args = ['-hide_banner', '-nostdin', '-v', 'error', ...input, '-vf', filters, '-f', 'null', '-']
  return spawnSync('ffmpeg', args, { encoding: 'utf8' }).stderr
}

t.test('a file is read as a file, whatever its name says', async (t) => {
  const args = fileArguments('http://example.org/a.mp4', 2, { major: 5, minor: 1 })
  t.equal(after(args, '-i'), 'file:http://example.org/a.mp4')
  t.equal(after(args, '-protocol_whitelist'), 'file')
})

t.test('credentials stand percent-encoded in the address', async (t) => {
  const url = 'rtsp://cam.lan:8554/a/b?x=1&y=@2'
  t.equal(withCredentials(url), url)
  t.equal(withCredentials(url, 'joe'), 'rtsp://joe@cam.lan:8554/a/b?x=1&y=@2')
  t.equal(withCredentials(url, 'jo:e', 'p@s/s\'"'), 'rtsp://jo%3Ae:p%40s%2Fs%27%22@cam.lan:8554/a/b?x=1&y=@2')
  t.equal(withCredentials('rtsps://old:pw@cam.lan/a', 'new', 'word'), 'rtsps://new:word@cam.lan/a')
  t.equal(
    withCredentials('rtsp://old:pw@cam.lan/a'),
    'rtsp://old:pw@cam.lan/a',
    'an address may bring its own',
  )
})

t.test('any user and password come out of the address as they went in', async () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' })
  fc.assert(
    fc.property(text, text, (user, password) => {
      const url = new URL(withCredentials('rtsp://host:1/p', user, password))
      return (
        decodeURIComponent(url.username) === user &&
        decodeURIComponent(url.password) === password &&
        url.host === 'host:1' &&
        !/['"\s]/.test(url.href)
      )
    }),
  )
})

t.test('pictures keep their aspect, get even sides and are never enlarged', async (t) => {
  t.same(analysedSize(1920, 1080, 1280), [1280, 720])
  t.same(analysedSize(2560, 1920, 1280), [1280, 960])
  t.same(analysedSize(1080, 1920, 1280), [720, 1280])
  t.same(analysedSize(640, 360, 1280), [640, 360])
  t.same(analysedSize(641, 361, 1280), [640, 360])
  t.same(analysedSize(4000, 2, 160), [160, 2])
  t.match(scaleFilter(1280, { scale: (w, h) => `${w} ${h}` }), /min\(1,1280\/max\(iw,ih\)\)/)
  const side = fc.integer({ min: 2, max: 8_000 })
  fc.assert(
    fc.property(side, side, fc.integer({ min: 160, max: 1920 }), (width, height, longest) => {
      const [w, h] = analysedSize(width, height, longest)
      const exact = Math.min(1, longest / Math.max(width, height))
      return (
        w % 2 === 0 &&
        h % 2 === 0 &&
        w <= width &&
        h <= height &&
        Math.max(w, h) <= longest &&
        width * exact - w <= 2 &&
        height * exact - h <= 2
      )
    }),
  )
})
