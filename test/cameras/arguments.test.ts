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
  t.match(scaleFilter(1280), /min\(1,1280\/max\(iw,ih\)\)/)
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
