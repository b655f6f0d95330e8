/**
 * Tests of cameras that are begun and end when they are told to, with the true verdicts.
 */
import type { CameraMeasured, CameraTests, RunningTest } from '../../daemon/camera-test-types.ts'
import type { CameraDesk } from '../../daemon/camera-types.ts'
import { judgeCamera } from '../../daemon/cameras/verdict.ts'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import type { StreamId } from '../../daemon/types.ts'

export interface FakeTests extends CameraTests {
  running: RunningTest | null
  /** Why they come to nothing. */
  why: string | null
  readonly measured: Map<StreamId, CameraMeasured>
  picture: CameraTests['picture']
}

const stream = { fault: null, codec: 'h264', width: 1280, height: 720, fps: 15, keyframeSeconds: 2 }
const way = { seconds: 120, packets: 36_000, lost: 0, paceMsPerMinute: 2, clockMs: 40, fault: null }

/** A good camera. */
export const goodMeasured: CameraMeasured = {
  ...{ camera: 'yard', name: 'Yard', atMs: Date.UTC(2026, 10, 2, 21, 30), transport: 'tcp' },
  ...{ main: { ...stream, width: 2560, height: 1440 }, detect: stream },
  picture: { isGrey: true, width: 1280, height: 720, brightness: 90 },
  nightMs: Date.UTC(2026, 10, 2, 21, 28),
  clock: { by: 'onvif', offMs: 300 },
  ways: [
    { ...way, transport: 'tcp' },
    { ...way, transport: 'udp', lost: 3 },
  ],
  horses: [300, 200],
  stalls: [{ name: 'Left', cut: 0.05, blind: 0.02 }],
  watch: { label: 'excellent', reasons: [], breaks: 0, come: 1, dropped: 0, seconds: 120 },
}

export function fakeTests(desk: Pick<CameraDesk, 'get'>): FakeTests {
  const measured = new Map<StreamId, CameraMeasured>([['yard' as StreamId, goodMeasured]])
  const tests: FakeTests = {
    ...{ running: null, why: null, measured },
    fault: () => tests.why,
    start(id) {
      if (!desk.get(id)) throw new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)
      if (tests.running) throw new BarnboxError('CAMERA_BUSY', 'Another camera is being tested.')
      const startedMs = Date.UTC(2026, 10, 2, 21, 40)
      tests.running = { id, startedMs, untilMs: startedMs + 150_000 }
      return tests.running
    },
    report(id) {
      const found = measured.get(id)
      return found && { ...found, findings: judgeCamera(found) }
    },
    picture: () => undefined,
  }
  return tests
}
