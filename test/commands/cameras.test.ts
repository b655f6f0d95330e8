/** The acceptance test of a camera: what is made of the figures, and a real one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  type CameraReport,
  deviceText,
  isGrey,
  judgeCamera,
  testCamera,
} from '../../daemon/commands/cameras.ts'
import { loadConfig } from '../../daemon/config/load.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'

const stream = { fault: null, codec: 'h264', width: 1280, height: 720, fps: 15, keyframeSeconds: 2 }
const watch = { label: 'excellent', reasons: [], breaks: 0, come: 1, dropped: 0, seconds: 120 } as const
const good: Omit<CameraReport, 'findings'> = {
  ...{ camera: 'yard', atMs: 1, main: { ...stream, width: 2560, height: 1440 }, detect: stream },
  ...{ picture: { isGrey: true, width: 1280, height: 720 }, horses: [300, 200], watch },
}
const worst = (more: Partial<typeof good>) =>
  judgeCamera({ ...good, ...more }).filter(({ level }) => level !== 'ok')

t.test('a good camera, and each thing that is not', async (t) => {
  t.same(worst({}), [])
  const cases: [more: Partial<typeof good>, part: string, level: string, words: RegExp][] = [
    [{ main: { ...stream, keyframeSeconds: null } }, 'stream', 'warning', /keyframe interval/],
    [{ main: { ...stream, keyframeSeconds: 10 } }, 'stream', 'warning', /keyframe interval/],
    [{ main: { ...stream, fps: 2 } }, 'stream', 'warning', /at least 5 pictures/],
    [{ main: { ...stream, codec: 'hevc' } }, 'stream', 'warning', /H\.264 plays in every browser/],
    [
      { main: { ...stream, width: 3840, height: 2160 }, detect: null },
      'stream for the analysis',
      'warning',
      /substream/,
    ],
    [{ main: { ...stream, width: 640, height: 480 } }, 'sides', 'warning', /1\.33 and 1\.78/],
    [{ picture: { isGrey: false, width: 1280, height: 720 } }, 'light', 'warning', /in the dark/],
    [{ horses: [] }, 'horses', 'warning', /none is seen/],
    [{ horses: [60] }, 'horses', 'problem', /too small/],
    [{ horses: [120] }, 'horses', 'warning', /far better/],
    [
      { watch: { ...watch, label: 'poor', come: 0.5, breaks: 4 } },
      'steadiness',
      'problem',
      /50 %.*4 breaks.*cable/,
    ],
    [{ watch: { ...watch, label: 'fair', come: 0.85 } }, 'steadiness', 'warning', /85 %/],
    [{ watch: null }, 'steadiness', 'problem', /too few/],
  ]
  for (const [more, part, level, words] of cases)
    t.match(worst(more), [{ part, level, detail: words }], words.source)
  const fault = { reason: 'password', code: 'CAMERA_REFUSED', detail: 'it refuses the password' } as const
  t.match(
    judgeCamera({
      ...good,
      main: { ...stream, fault },
      detect: null,
      picture: null,
      horses: [],
      watch: null,
    }),
    [{ part: 'stream', level: 'problem', detail: 'CAMERA_REFUSED: it refuses the password' }],
  )
})

t.test('a picture by infrared has no colour', async (t) => {
  const picture = (pixel: readonly number[]) => ({
    ...({ format: 'rgb24', width: 100, height: 100 } as const),
    pixels: Uint8Array.from({ length: 30_000 }, (_, at) => pixel[at % 3] ?? 0),
  })
  t.ok(isGrey(picture([90, 91, 92])))
  t.notOk(isGrey(picture([120, 90, 60])))
})

t.test('devices are told with what they say of themselves', async (t) => {
  t.equal(deviceText({ host: '10.0.0.7', port: 80, name: 'IPC', maker: null }), '10.0.0.7:80  IPC')
})

t.test(
  'a real camera, watched for half a minute; its report is kept',
  { skip: await noRtsp() },
  async (t) => {
    await using rtsp = await startRtspCamera({
      '/main': await makeClip({ width: 640, height: 360 }),
      '/sub': await makeClip(),
    })
    const stateDir = t.testdir({
      'barnbox.yaml': JSON.stringify({
        cameras: [{ id: 'yard', url: rtsp.url('/main'), detect_url: rtsp.url('/sub') }],
      }),
    })
    const place = { loaded: loadConfig(join(stateDir, 'barnbox.yaml'), {}, stateDir), stateDir }
    const { signal } = new AbortController()
    await t.rejects(testCamera('nobody', 31, place, signal), { code: 'NOT_FOUND' })
    const report = await testCamera('yard', 34, place, signal)
    t.match(report, {
      main: { fault: null, codec: 'h264', width: 640, height: 360 },
      detect: { width: 320, height: 180 },
      picture: { isGrey: false },
      horses: [],
      watch: { label: String, seconds: 34 },
    })
    t.match(
      report.findings.find(({ part }) => part === 'sides'),
      { level: 'ok' },
    )
    t.match(
      report.findings.find(({ part }) => part === 'horses'),
      { level: 'warning' },
    )
    t.same(
      JSON.parse(readFileSync(join(stateDir, 'camera-tests/yard.json'), 'utf8')).findings,
      report.findings,
    )
  },
)
