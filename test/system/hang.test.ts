/** An inference that never ends, inside the runtime, where nothing can break it off: the daemon says so and ends. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startRtspCamera } from '../support/rtsp.ts'
import { hangingModel } from '../vision/fixtures/hanging-model.ts'
import { leftNaming, noSystem, runBarnbox, stateFolder, swayClip } from './harness.ts'

const skip = await noSystem()
if (skip) {
  t.plan(0, skip)
  process.exit()
}

t.test('the daemon ends by itself, says why, and leaves nothing behind', async (t) => {
  await using camera = await startRtspCamera({ '/cam': await swayClip() })
  const stateDir = await stateFolder(t)
  const detector = join(stateDir, 'hanging.onnx')
  await writeFile(detector, hangingModel())
  const url = camera.url('/cam')
  const config = {
    http: { port: 0 },
    vision: { detector, workers: 2 },
    cameras: [{ id: 'yard', url, fps: 2 }],
  }
  const { child, ended } = await runBarnbox(config, stateDir)
  // Half a minute of patience with the inference, and the time of a stop.
  let isLate = false
  const late = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, 100_000)
  const { code, signal, said } = await ended
  clearTimeout(late)
  t.notOk(isLate, 'nobody else ended it')
  t.not(code, 0, `ended with ${code ?? signal}`)
  const lines = said.split('\n').filter((line) => line.startsWith('{'))
  const errors = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
  t.match(errors[0], { code: 'VISION_STUCK', msg: 'a fault that only a restart mends' })
  t.same(await leftNaming([url, stateDir], 5_000), [])
})
