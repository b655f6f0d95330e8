/** A real camera is watched; while the daemon runs, what it saw is run again: the same horses, in both columns. */
import { join } from 'node:path'
import t from 'tap'
import { startBox } from '../../scripts/demonstration/box.ts'
import { barnbox, type Ended } from '../commands/cli.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { nameHorse, noSystem, stateFolder, swayClip, until, untilHorses } from './harness.ts'

const skip = await noSystem()

interface Answer {
  readonly cameras: readonly string[]
  readonly pictures: { readonly now: number; readonly asked: number }
  readonly horses: readonly { readonly name: string; readonly minutes: { now: number; asked: number } }[]
}

t.test('what a daemon saw is run again while it runs', { skip }, async (t) => {
  const stateDir = await stateFolder(t)
  await using camera = await startRtspCamera({ '/cam': await swayClip() })
  const cameras = [{ id: 'yard', url: camera.url('/cam'), fps: 3 }]
  await using box = await startBox({
    config: { http: { port: 0 }, cameras, replay: { picture_seconds: 8 } },
    stateDir,
  })
  const [horse] = await untilHorses(box, 'yard', 3)
  if (!horse) throw new Error('a horse was expected')
  await nameHorse(box, 'yard', horse.id, 'Bella')
  const replay = (...more: string[]): Promise<Ended> =>
    barnbox(['replay', '--config', join(stateDir, 'barnbox.yaml'), '--json', ...more], {
      BARNBOX_STATE_DIR: stateDir,
    })
  let said: Answer | undefined
  const isNamed = async () => {
    const { code, stdout } = await replay()
    said = code === 0 ? (JSON.parse(stdout) as Answer) : undefined
    return said?.horses.some(({ name, minutes }) => name === 'Bella' && minutes.now > 0) ?? false
  }
  await until('Bella is named in the replay', isNamed, 60_000)
  t.same(said?.cameras, ['yard'])
  for (const { minutes } of said?.horses ?? []) t.equal(minutes.asked, minutes.now)
  // The same network under another name: what the pictures show is looked at again.
  const graph = join(import.meta.dirname, '../../node_modules/@vladmandic/human/models/centernet.json')
  const { code, stdout, stderr } = await replay('--model', graph)
  t.equal(code, 0, stderr)
  const { pictures } = JSON.parse(stdout) as Answer
  t.ok(pictures.now > 0 && pictures.asked === pictures.now, `${pictures.now} pictures`)
})
