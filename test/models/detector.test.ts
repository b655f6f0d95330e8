import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { iou } from '../../daemon/lib/boxes.ts'
import type { Detection, Picture } from '../../daemon/types.ts'
import { openEngine } from '../../daemon/vision/engine.ts'
import { readPicture } from '../../daemon/vision/picture.ts'
import { bundledGraphFile } from '../../models/convert/convert.ts'
import { toNv12 } from '../vision/nv12.ts'
import { decodeCenternet } from '../vision/peaks.ts'
import { labelledHorses, labelledPhotos, photoFile, withoutShared } from './shared.ts'
import { loadOriginal, originalPeaks, useWasm } from './tfjs.ts'

const stateDir = mkdtempSync(path.join(tmpdir(), 'barnbox-models-'))
const setup = { stateDir, detector: 'centernet-mnv3', embedder: 'appearance-mnv3', threads: 1 }
const photos = async () => Promise.all(labelledPhotos.map((name) => readPicture(photoFile(name))))

/** Those of `ours` above 0.30 that have no partner in `theirs`. */
function lonely(ours: readonly Detection[], theirs: readonly Detection[], overlap: number, off: number) {
  const partner = (one: Detection) => (other: Detection) =>
    iou(one.box, other.box) >= overlap &&
    Math.abs(one.score - other.score) <= off &&
    one.label === other.label &&
    other.score > 0.28
  return ours.filter((one) => one.score > 0.3 && !theirs.some(partner(one)))
}

t.test('every labelled horse but one is found', { skip: withoutShared }, async (t) => {
  await using engine = await openEngine({ ...setup, threshold: 0.25 })
  let labelled = 0
  let found = 0
  for (const [i, picture] of (await photos()).entries()) {
    const detections = await engine.detect(picture)
    const horses = detections.filter((one) => one.kind === 'horse')
    for (const box of labelledHorses(labelledPhotos[i] ?? '', picture.width, picture.height)) {
      labelled++
      if (horses.some((horse) => iou(horse.box, box) >= 0.5)) found++
    }
  }
  t.equal(labelled, 5)
  t.ok(found >= labelled - 1, `${found} of ${labelled} found`)
})

t.test('the converted graph sees what TensorFlow.js sees', { skip: withoutShared }, async (t) => {
  await useWasm()
  const original = await loadOriginal(bundledGraphFile())
  await using engine = await openEngine({ ...setup, threshold: 0.28 })
  let compared = 0
  for (const picture of [...(await photos()), await readPicture(photoFile('herd'))]) {
    const ours = await engine.detect(picture)
    const theirs = decodeCenternet(await originalPeaks(original, picture, 0.28), picture, 0.28)
    t.strictSame(lonely(ours, theirs, 0.95, 0.02), [])
    t.strictSame(lonely(theirs, ours, 0.95, 0.02), [])
    compared += ours.filter((one) => one.score > 0.3).length
  }
  t.ok(compared >= 5, `${compared} boxes compared`)
})

t.test(
  'camera frames (nv12) and image files (rgb24) give the same boxes',
  { skip: withoutShared },
  async (t) => {
    await using engine = await openEngine({ ...setup, threshold: 0.25 })
    for (const whole of await photos()) {
      const picture = evenSides(whole)
      const fromRgb = await engine.detect(picture)
      const fromNv12 = await engine.detect(toNv12(picture))
      t.strictSame(lonely(fromRgb, fromNv12, 0.9, 0.05), [])
      t.strictSame(lonely(fromNv12, fromRgb, 0.9, 0.05), [])
    }
  },
)

function evenSides(picture: Picture): Picture {
  const width = picture.width & ~1
  const height = picture.height & ~1
  const pixels = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const from = y * picture.width * 3
    pixels.set(picture.pixels.subarray(from, from + width * 3), y * width * 3)
  }
  return { format: 'rgb24', width, height, pixels }
}
