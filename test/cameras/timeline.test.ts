/** The RTSP camera's timeline: which frame of the file is on air is known at any moment, whoever comes and goes. */
import t from 'tap'
import { type MountInfo, makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { cameraConfig, type Watched, watchCamera } from './harness.ts'

const skip = await noRtsp()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
const clip = await makeClip({ width: 160, height: 90, counting: true })

/** How late each picture came, in ms, by the number that it shows. */
function lagsOf(watched: Watched, mount: MountInfo, startedMs: number): number[] {
  return watched.shown.slice(5).map(({ luma, utcMs }) => {
    const n = Math.round((luma - 20) / 2)
    const span = mount.frames * mount.frame_ms
    const late = (utcMs - startedMs - n * mount.frame_ms) % span
    return late > span / 2 ? late - span : late
  })
}

t.test(
  'frame n is on air at started_ms + n * frame_ms, over loops, reconnections and restarts',
  async (t) => {
    await using rtsp = await startRtspCamera({ '/cam': clip })
    const mount = rtsp.mounts[0]
    if (!mount) throw new Error('no mount')
    t.match(mount, { mount: '/cam', frame_ms: 40, frames: 100, codec: 'h264', width: 160, height: 90 })
    const check = (watched: Watched, startedMs: number, name: string) => {
      const lags = lagsOf(watched, mount, startedMs).toSorted((a, b) => a - b)
      const median = lags[Math.floor(lags.length / 2)] ?? Number.NaN
      t.ok(
        lags.length > 5 && median > -20 && median < 250,
        `${name}: ${median.toFixed(0)} ms behind the frame`,
      )
      t.ok((lags[0] ?? -99) > -20, 'none comes before its time')
    }
    {
      await using watched = await watchCamera(cameraConfig(rtsp.url('/cam')))
      await watched.until('looping', () => watched.shown.length > 25, 15_000)
      check(watched, mount.started_ms, 'first viewer')
    }
    await using watched = await watchCamera(cameraConfig(rtsp.url('/cam')))
    await watched.until('seen', () => watched.shown.length > 12, 15_000)
    check(watched, mount.started_ms, 'second viewer')
    await rtsp.command('restart-timeline')
    const restarted = rtsp.events.find((one) => one.event === 'timeline')
    watched.shown.length = 0
    await watched.until('seen', () => watched.shown.length > 12, 15_000)
    check(watched, restarted?.started_ms ?? 0, 'after the restart')
  },
)
