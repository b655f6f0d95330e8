/**
 * The real worker with the built-in models.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import type { Box, Look, Picture } from '../../daemon/types.ts'
import { readPicture } from '../../daemon/vision/picture.ts'
import { startVision } from '../../daemon/vision/vision.ts'
import { photoFile, withoutShared } from '../models/shared.ts'
import { bringModels } from '../support/models.ts'
import { paint, toNv12 } from './nv12.ts'

const stateDir = mkdtempSync(path.join(tmpdir(), 'barnbox-vision-'))
await bringModels(stateDir)
const models = { detector: 'centernet-mnv3', embedder: 'appearance-mnv3' }
const config = { ...models, threshold: 0.25, threads: 1, provider: 'auto' as const }
const start = () => startVision(config, { stateDir, log: silentLog })
const scene = paint(640, 360, (x, y) => [(x * 7) & 255, (y * 5) & 255, (x + y) & 255])

const none = new Float32Array()
const cosine = (a: Look | undefined, b: Look | undefined) =>
  (a?.vector ?? none).reduce((sum, value, i) => sum + value * (b?.vector[i] ?? Number.NaN), 0)

t.test('says what it is, and makes unit vectors of the size it says', async (t) => {
  await using vision = await start()
  t.match(vision.about, { detector: 'centernet-mnv3', embedder: 'appearance-mnv3', stopgap: true })
  t.match(vision.embedder?.id, /^appearance-mnv3@\d+$/)
  const [look] = await vision.embed(toNv12(scene), [[100, 50, 400, 300]])
  t.equal(look?.vector.length, vision.embedder?.dim)
  t.ok(Math.abs(cosine(look, look) - 1) < 1e-5)
  t.ok((look?.sharpness ?? 0) > 0)
})

t.test('hostile boxes have no look and cost the others nothing', async (t) => {
  await using vision = await start()
  const nan = Number.NaN
  const boxes: Box[] = [
    [0, 0, 200, 200],
    [700, 0, 900, 200],
    [50, 50, 50, 200],
    [nan, nan, nan, nan],
    [300, 300, 200, 200],
    [10, 10, 20, 20],
    [-1e12, -1e12, 1e12, 1e12],
  ]
  const looks = await vision.embed(toNv12(scene), boxes)
  t.same(
    looks.map((look) => look !== undefined),
    [true, false, false, false, false, false, true],
  )
  t.same(await vision.embed(scene, []), [])
  await t.rejects(vision.thumbnail(scene, [nan, 0, 1, 1]), { code: 'BAD_REQUEST' })
  await t.rejects(vision.detect({ ...scene, width: 641 }), { code: 'NOT_A_PICTURE' })
  t.ok(await vision.jpeg(scene), 'it goes on')
})

t.test('a picture without animals has no detections', async (t) => {
  await using vision = await start()
  t.same(await vision.detect(toNv12(paint(640, 360, () => [110, 140, 90]))), [])
})

t.test(
  'the same horse looks the same in worse light, another does not',
  { skip: withoutShared },
  async (t) => {
    await using vision = await start()
    const picture = await readPicture(photoFile('herd'))
    const horses = (await vision.detect(picture)).filter(({ kind }) => kind === 'horse').slice(0, 2)
    const boxes = horses.map(({ box }) => box)
    const [one, other] = await vision.embed(picture, boxes)
    const [again] = await vision.embed(dimmed(picture), [moved(boxes[0])])
    const { sameAbove, margin } = vision.about
    t.ok(cosine(one, again) > sameAbove + margin, `same ${cosine(one, again)}`)
    t.ok(cosine(one, other) < sameAbove, `other ${cosine(one, other)}`)
  },
)

const dimmed = (picture: Picture) => ({ ...picture, pixels: picture.pixels.map((value) => value * 0.8) })
const moved = ([x1, y1, x2, y2]: Box = [0, 0, 0, 0]): Box => [x1 + 3, y1 - 3, x2 + 4, y2 - 2]

for (const [workers, awaited, became] of [
  // One in hand, one ahead.
  [1, 1, 'done,done,refused'],
  [2, 2, 'done,done,refused'],
  // The second is still loading its models.
  [2, 1, 'done,done,refused'],
] as const) {
  t.test(
    `stopped with ${awaited} of ${workers} workers in the midst of work, the process ends cleanly`,
    (t) => {
      const program = fileURLToPath(new URL('./fixtures/stop-in-work.ts', import.meta.url))
      const args = [program, stateDir, String(workers), String(awaited)]
      execFile(process.execPath, args, (error, stdout, stderr) => {
        t.equal(error, null)
        t.equal(stdout, became)
        t.equal(stderr, '')
        t.end()
      })
    },
  )
}
