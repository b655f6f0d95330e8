import t from 'tap'
import { classify, createHide } from '../../daemon/cameras/failure.ts'
import { createStderrReader } from '../../daemon/cameras/stderr.ts'

const hide = createHide('sesame')

/** As ffmpeg 5.1 said them. */
const SAID: readonly [said: string[], fault: string, code: string, detail: RegExp][] = [
  [
    [
      '[tcp @ 0x55a6149e3180] [error] Connection to tcp://127.0.0.1:404?timeout=5000000 failed: Connection refused',
      '[error] rtsp://joe:sesame@127.0.0.1:404/401: Connection refused',
    ],
    'unreachable',
    'CAMERA_UNREACHABLE',
    /connection refused/,
  ],
  [
    [
      '[rtsp @ 0x5593f862fe80] [error] method DESCRIBE failed: 401 Unauthorized',
      '[error] rtsp://joe:sesame@127.0.0.1:36739/a: Server returned 401 Unauthorized (authorization failed)',
    ],
    'refused',
    'CAMERA_REFUSED',
    /\(401\)/,
  ],
  [['[rtsp @ 0x1] [error] method DESCRIBE failed: 403 Forbidden'], 'refused', 'CAMERA_REFUSED', /\(403\)/],
  [
    ['[rtsp @ 0x1] [error] method DESCRIBE failed: 404 Not Found'],
    'not-found',
    'CAMERA_NOT_FOUND',
    /\(404\)/,
  ],
  [['[error] rtsp://x/: No route to host'], 'unreachable', 'CAMERA_UNREACHABLE', /no way/],
  [
    ['[tcp @ 0x1] [error] Failed to resolve hostname nowhere.invalid: Name or service not known'],
    'unreachable',
    'CAMERA_UNREACHABLE',
    /unknown host/,
  ],
  [['[error] rtsp://x/: Connection timed out'], 'unreachable', 'CAMERA_UNREACHABLE', /timeout/],
  [
    ['[error] rtsp://x/: Invalid data found when processing input'],
    'not-a-video',
    'CAMERA_NO_VIDEO',
    /not a video/,
  ],
  [["[fatal] Stream map '0:v:0' matches no streams."], 'no-video', 'CAMERA_NO_VIDEO', /no video/],
  [[], 'ended', 'CAMERA_UNREACHABLE', /^the camera ended the stream$/],
  [
    [
      '[AVHWDeviceContext @ 0x5615e9d8c9c0] [error] No VA display found for device /dev/dri/renderD128.',
      '[error] Device creation failed: -22.',
      '[h264 @ 0x5615e9d6f2c0] [error] No device available for decoder: device type vaapi needed for codec h264.',
      '[error] Device setup failed for decoder on input stream #0:0 : Invalid argument',
    ],
    'decoder',
    'CAMERA_DECODER',
    /^No VA display found for device \/dev\/dri\/renderD128\.$/,
  ],
  [
    [
      '[error] Device creation failed: -1.',
      '[AVHWDeviceContext @ 0x560a3e151d00] [error] Cannot load libcuda.so.1',
      '[error] Device setup failed for decoder on input stream #0:0 : Operation not permitted',
    ],
    'decoder',
    'CAMERA_DECODER',
    /^Cannot load libcuda\.so\.1$/,
  ],
  [
    ["[error] Impossible to convert between the formats supported by the filter 'a' and the filter 'b'"],
    'decoder',
    'CAMERA_DECODER',
    /^Impossible to convert/,
  ],
  [['[fatal] Unrecognized hwaccel: vaapi.'], 'decoder', 'CAMERA_DECODER', /hwaccel: vaapi/],
  [["[fatal] Unknown decoder 'h264_v4l2m2m'"], 'decoder', 'CAMERA_DECODER', /h264_v4l2m2m/],
  // As GStreamer 1.22 said them.
  [
    ['erroneous pipeline: no element "nvv4l2decoder"'],
    'decoder',
    'CAMERA_DECODER',
    /^GStreamer has no nvv4l2decoder here: .*JetPack$/,
  ],
  [['erroneous pipeline: no element "capssetter"'], 'decoder', 'CAMERA_DECODER', /has no capssetter here$/],
  [
    ['Could not open resource for reading and writing.', 'Failed to connect. (Generic error)'],
    'unreachable',
    'CAMERA_UNREACHABLE',
    /no connection to the camera/,
  ],
  [['Unauthorized', 'Unauthorized (401)'], 'refused', 'CAMERA_REFUSED', /\(401\)/],
  [['Not found', 'Not Found (404)'], 'not-found', 'CAMERA_NOT_FOUND', /\(404\)/],
  [
    ['Could not receive message. (Timeout while waiting for server response)'],
    'unreachable',
    'CAMERA_UNREACHABLE',
    /takes the connection but does not answer/,
  ],
  [
    ['Could not read from resource.', 'The server closed the connection.'],
    'unreachable',
    'CAMERA_UNREACHABLE',
    /broke the connection/,
  ],
  [
    ['Internal data stream error.', 'streaming stopped, reason not-linked (-1)', 'Delayed linking failed.'],
    'not-a-video',
    'CAMERA_NO_VIDEO',
    /codec names/,
  ],
  [
    ['[error] rtsp://joe:sesame@x/: odd sesame'],
    'ended',
    'CAMERA_UNREACHABLE',
    /rtsp:\/\/\*\*\*@x\/: odd \*\*\*$/,
  ],
]

for (const [said, fault, code, detail] of SAID) {
  t.test(`${fault}: ${said[0] ?? 'nothing said'}`, async (t) => {
    const why = classify(said, hide)
    t.match(why, { fault, code, detail })
    t.notMatch(JSON.stringify(why), /sesame|joe/)
  })
}

t.test('invalid data after the time of a read is an answer that never came', async (t) => {
  const said = ['[error] rtsp://x/: Invalid data found when processing input']
  t.equal(classify(said, hide, 300).fault, 'not-a-video')
  t.match(classify(said, hide, 5_200), { fault: 'unreachable', detail: /does not answer/ })
})

t.test('a password is hidden raw and encoded, a very short one only in addresses', async (t) => {
  const withSigns = createHide('p@s s')
  t.equal(withSigns('tried p@s s and p%40s%20s'), 'tried *** and ***')
  t.equal(createHide('ab')('about rtsp://joe:ab@x/'), 'about rtsp://***@x/')
  t.equal(createHide(undefined)('rtsp://joe:ab@x/'), 'rtsp://***@x/')
})

t.test('the log is read in pieces: size, times, complaints', async (t) => {
  const sizes: number[][] = []
  const times: number[] = []
  const reader = createStderrReader({
    onSize: (...size) => sizes.push(size),
    onPictureTime: (seconds) => times.push(seconds),
  })
  const log = [
    "[info] Input #0, rtsp, from 'rtsp://joe:sesame@127.0.0.1:1/a':",
    '[info]   Stream #0:0: Video: h264 (Main), yuv420p(progressive), 640x360 [SAR 1:1 DAR 16:9], 25 fps',
    "[info] Output #0, rawvideo, to 'pipe:1':",
    '[info]   Stream #0:0: Video: rawvideo (NV12 / 0x3231564E), nv12(tv, progressive), 320x180 [SAR 1:1 DAR 16:9], q=2-31',
    '[Parsed_showinfo_2 @ 0x5581] [info] n:   0 pts:      0 pts_time:0       pos:  48 fmt:nv12',
    '[Parsed_showinfo_2 @ 0x5581] [info] n:   1 pts:   2560 pts_time:0.2     pos:  48 fmt:nv12',
    ...Array.from({ length: 20 }, (_, n) => `[h264 @ 0x1] [error] error while decoding MB ${n}`),
  ].join('\n')
  for (let at = 0; at < log.length; at += 7) reader.read(log.slice(at, at + 7))
  reader.read('\n')
  t.same(sizes, [[320, 180]])
  t.same(times, [0, 0.2])
  t.equal(reader.complaintCount, 20)
  t.equal(reader.complaints.length, 12)
  t.match(reader.complaints.at(-1), /MB 19/)
})
