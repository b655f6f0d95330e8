/** The acceptance test of a camera on a real one: what is measured, said and kept. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openCameraTests } from '../../daemon/barn-camera-test.ts'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { deviceText, findingsOf, testOne } from '../../daemon/commands/cameras.ts'
import { type Loaded, loadConfig } from '../../daemon/config/load.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { StreamId } from '../../daemon/types.ts'
import { startOnvif } from '../support/onvif.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { until } from '../support/until.ts'

/** The same as the daemon runs it, which says that it runs and keeps the report. */
async function byTheDaemon(t: Test, loaded: Loaded, onvifPort: number) {
  const stateDir = t.testdir()
  const { signal } = new AbortController()
  const ffmpeg = await findFfmpeg({ configured: undefined }, signal)
  const [config] = loaded.config.cameras
  const left = {
    name: 'Left',
    kind: 'stall',
    corners: [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ],
  } as const
  const tests = openCameraTests(
    {
      ...{ stateDir, clock: systemClock, log: silentLog, seconds: 3, onvifPorts: [onvifPort] },
      find: (id) => (config?.id === id ? { config, password: undefined } : undefined),
      ...{ ffmpeg: () => ffmpeg, horsesIn: async () => [200], stallsOf: () => [left] },
    },
    signal,
  )
  const id = 'yard' as StreamId
  tests.start(id)
  t.throws(() => tests.start(id), { code: 'CAMERA_BUSY' })
  await until(() => tests.running === null, 'the report', 60_000)
  t.equal(tests.fault(id), null)
  t.match(tests.report(id), { horses: [200], stalls: [{ name: 'Left', cut: 1 }], watch: null })
  t.match(tests.picture(id, 'day')?.subarray(0, 2), Buffer.from([0xff, 0xd8]))
}

t.test('devices are told with what they say of themselves', async (t) => {
  t.equal(deviceText({ host: '10.0.0.7', port: 80, name: 'IPC', maker: null }), '10.0.0.7:80  IPC')
})

t.test(
  'a real camera, watched for half a minute; its report is kept',
  { skip: await noRtsp() },
  async (t) => {
    await using device = await startOnvif({ aheadMs: -60_000 })
    await using rtsp = await startRtspCamera({
      '/main': await makeClip({ width: 640, height: 360 }),
      '/sub': await makeClip(),
    })
    const stateDir = t.testdir({
      'barnbox.yaml': JSON.stringify({
        cameras: [{ id: 'yard', url: rtsp.url('/main'), detect_url: rtsp.url('/sub') }],
      }),
    })
    const loaded = loadConfig(join(stateDir, 'barnbox.yaml'), {}, stateDir)
    const place = { loaded, stateDir, onvifPorts: [device.port] }
    const { signal } = new AbortController()
    await t.rejects(testOne('nobody', 31, place, signal), { code: 'NOT_FOUND' })
    const [report] = await Promise.all([
      testOne('yard', 34, place, signal),
      byTheDaemon(t, loaded, device.port),
    ])
    t.match(report, {
      main: { fault: null, codec: 'h264', width: 640, height: 360 },
      detect: { width: 320, height: 180 },
      picture: { isGrey: false },
      horses: [],
      clock: { by: 'onvif' },
      ways: [
        { transport: 'tcp', lost: 0, fault: null },
        { transport: 'udp', lost: 0, fault: null },
      ],
      stalls: [],
      nightMs: null,
      watch: { label: String, seconds: 34, dropped: 0 },
    })
    for (const [part, level] of [
      ['sides', 'ok'],
      ['tcp', 'ok'],
      ['udp', 'ok'],
      ['pace', 'ok'],
      ['clock', 'warning'],
      ['light', 'warning'],
      ['horses', 'warning'],
      ['stalls', 'ok'],
    ] as const)
      t.match(
        report.findings.find((one) => one.part === part),
        { level },
        part,
      )
    t.match(
      findingsOf(report).find(({ part }) => part === 'clock of the camera'),
      { level: 'warning', detail: /-\d+ s from that of the box/ },
    )
    const kept = (name: string) => readFileSync(join(stateDir, 'camera-tests', name))
    t.same(JSON.parse(kept('yard.json').toString()).findings, report.findings)
    t.same([...kept('yard.jpg').subarray(0, 2)], [0xff, 0xd8])
  },
)
