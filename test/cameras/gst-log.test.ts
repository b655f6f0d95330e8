import fc from 'fast-check'
import t from 'tap'
import { createGstReader } from '../../daemon/cameras/gst-log.ts'
import { type GstSource, lookArguments, NVIDIA, watchArguments } from '../../daemon/cameras/gst-pipeline.ts'
import { createRowCutter, rowBytesOf, usualRowBytes } from '../../daemon/cameras/rows.ts'

const source: GstSource = {
  ...{
    url: 'rtsp://10.0.0.9:554/ch1?subtype=1',
    transport: 'tcp',
    fps: 2.5,
    longestSide: 1280,
    codec: 'h264',
  },
}

t.test("a Jetson's pipeline: thinned out on the hardware, converted once", async (t) => {
  const args = watchArguments(source, { width: 640, height: 360 }, NVIDIA)
  const pipeline = args.slice(args.indexOf('rtspsrc')).join(' ')
  t.equal(
    pipeline,
    'rtspsrc location="rtsp://10.0.0.9:554/ch1?subtype=1" protocols=tcp latency=200 timeout=5000000 ' +
      'tcp-timeout=5000000 tls-validation-flags=0 ! rtph264depay ! h264parse name=source ' +
      '! nvv4l2decoder ! capssetter caps=video/x-raw,framerate=60/1 ' +
      '! videorate drop-only=true skip-to-first=true ! video/x-raw(ANY),framerate=2500/1000 ! nvvidconv ' +
      '! video/x-raw,format=NV12,width=640,height=360 ! identity name=picture silent=false ! fdsink fd=3 sync=false',
  )
  t.ok(args.includes('--no-fault'), 'a crash ends it')
  const h265 = watchArguments({ ...source, codec: 'h265' }, { width: 640, height: 360 }, NVIDIA).join(' ')
  t.match(h265, /rtph265depay ! h265parse name=source ! nvv4l2decoder/)
  t.match(lookArguments(source).slice(-3), ['!', 'fakesink', 'num-buffers=1'])
})

t.test('an address with any user, password and path stays one quoted word', async (t) => {
  const locationOf = (more: Partial<GstSource>) =>
    lookArguments({ ...source, ...more }).find((one) => one.startsWith('location=')) ?? ''
  t.equal(locationOf({ username: 'joe' }), 'location="rtsp://joe:@10.0.0.9:554/ch1?subtype=1"', 'the colon')
  const text = fc.string({ minLength: 1, unit: 'grapheme' })
  const path = fc.stringMatching(/^[!-~]*$/)
  fc.assert(
    fc.property(text, text, path, (username, password, path) =>
      /^location="[^"'\\!\s]*"$/.test(locationOf({ url: `rtsp://host:1/${path}`, username, password })),
    ),
  )
})

const LOG = [
  'Setting pipeline to PAUSED ...',
  '/GstPipeline:pipeline0/GstH264Parse:source.GstPad:src: caps = video/x-h264, stream-format=(string)avc, ' +
    'pixel-aspect-ratio=(fraction)1/1, width=(int)642, height=(int)362, framerate=(fraction)25/1',
  '/GstPipeline:pipeline0/GstIdentity:picture: last-message = event   ******* (picture:sink) E (type: tag (20510), ' +
    'GstTagList-stream, taglist=(taglist)"title\\=x: last-message = chain ***** (picture:sink) (7 bytes") 0x7f',
  '/GstPipeline:pipeline0/GstIdentity:picture: last-message = chain   ******* (picture:sink) (349692 bytes, dts: none, ' +
    'pts: 0:00:00.047939953, duration: 0:00:00.200000000, offset: 0, flags: 00000040 discont ) 0x7f92d00635a0',
  'ERROR: from element /GstPipeline:pipeline0/GstRTSPSrc:rtspsrc0: Unauthorized',
  'Additional debug info:',
  '../gst/rtsp/gstrtspsrc.c(404): gst_rtspsrc_send (): /GstPipeline:pipeline0/GstRTSPSrc:rtspsrc0:',
  'Unauthorized (401)',
  "ERROR: pipeline doesn't want to preroll.",
  'WARNING: erroneous pipeline: no element "nvv4l2decoder"',
  'NvMMLiteOpen : Block : BlockType = 261',
  '',
].join('\n')

t.test('the log, read in pieces: sizes, bytes, complaints', async (t) => {
  for (const piece of [7, 1_000]) {
    const [sizes, bytes]: [number[][], number[]] = [[], []]
    const reader = createGstReader({
      onSource: (...size) => sizes.push(size),
      onPicture: (one) => bytes.push(one),
    })
    for (let at = 0; at < LOG.length; at += piece) reader.read(LOG.slice(at, at + piece))
    t.same(sizes, [[642, 362]])
    t.same(bytes, [349_692], 'what a stream says of itself is not taken for it')
    t.same(reader.complaints, [
      'Unauthorized',
      'Unauthorized (401)',
      "pipeline doesn't want to preroll.",
      'erroneous pipeline: no element "nvv4l2decoder"',
    ])
    t.equal(reader.complaintCount, 4)
  }
})

t.test('rows: the layout is known by the bytes', async (t) => {
  t.equal(usualRowBytes(642), 644)
  t.equal(rowBytesOf(642, 362, 349_692), 644)
  t.equal(rowBytesOf(640, 360, 640 * 360 * 1.5), 640)
  t.equal(rowBytesOf(640, 360, 1024 * 360 * 1.5), 1024)
  t.equal(rowBytesOf(640, 360, 640 * 368 * 1.5), undefined, 'rows below the picture')
  t.equal(rowBytesOf(642, 362, 642 * 362), undefined)
})

t.test('rows: whatever the layout and the cuts, the picture comes out', async () => {
  const even = (most: number) => fc.integer({ min: 1, max: most }).map((half) => 2 * half)
  fc.assert(
    fc.property(
      even(12),
      even(8),
      fc.nat(9),
      fc.array(fc.integer({ min: 1, max: 50 })),
      (w, h, pad, cuts) => {
        const pictures = Array.from({ length: 2 * w * h * 1.5 }, (_, n) => n % 251)
        const rows = Array.from({ length: 2 * h * 1.5 }, (_, row) => pictures.slice(row * w, row * w + w))
        const padded = Uint8Array.from(rows.flatMap((row) => [...row, ...Array(pad).fill(255)]))
        const out: number[] = []
        const write = createRowCutter(w, w + pad, (bytes) => out.push(...bytes))
        let at = 0
        for (const cut of [...cuts, padded.length]) {
          if (at < padded.length) write(padded.subarray(at, at + cut))
          at += cut
        }
        return JSON.stringify(out) === JSON.stringify(pictures)
      },
    ),
  )
})
