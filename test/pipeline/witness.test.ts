import t from 'tap'
import { createWitness } from '../../daemon/pipeline/witness.ts'
import type { SeenFrame } from '../../daemon/replay-types.ts'
import { axis, yard } from '../identity/vectors.ts'
import { fakeEyes, frameAt, left, right, startMs } from './yard.ts'

function world() {
  const eyes = fakeEyes()
  const kept: { seen: SeenFrame; jpeg: Uint8Array | undefined }[] = []
  let isDue = false
  const keeper = {
    keep: (seen: SeenFrame, jpeg?: Uint8Array) => void kept.push({ seen, jpeg }),
    wantsPicture: () => isDue,
  }
  const due = () => {
    isDue = true
  }
  return { eyes, kept, due, witness: createWitness(eyes, keeper) }
}

t.test('what the eyes answered for a frame is kept, and answered all the same', async (t) => {
  const { eyes, kept, witness } = world()
  const vector = axis(0)
  eyes.scenes.set(1, [
    { box: left, vector },
    { box: right, vector: undefined },
  ])
  const frame = frameAt(1, startMs, 100)
  const found = await witness.eyes.detect(frame)
  const looks = await witness.eyes.embed(frame, [left, right], [false, false])
  t.same([found.length, looks[1]], [2, undefined])
  await witness.keep(frame, 300, eyes.jpeg)
  t.match(kept, [
    {
      seen: { streamId: yard, takenMs: 300, sceneMs: 100, width: 1280, height: 720 },
      jpeg: undefined,
    },
  ])
  t.same(kept[0]?.seen.detections, found)
  t.match(kept[0]?.seen.looks, [{ box: left, look: { vector } }])
  t.equal(eyes.counts.jpeg, 0)
})

t.test('a frame without looks has none of the one before', async (t) => {
  const { eyes, kept, witness, due } = world()
  eyes.scenes.set(1, [{ box: left, vector: axis(0) }])
  await witness.eyes.detect(frameAt(1, startMs, 100))
  await witness.eyes.embed(frameAt(1, startMs, 100), [left], [false])
  await witness.eyes.detect(frameAt(2, startMs, 300))
  due()
  await witness.keep(frameAt(2, startMs, 300), 300, eyes.jpeg)
  t.match(kept, [{ seen: { detections: [], looks: [] }, jpeg: Uint8Array }])
})

t.test('a picture that cannot be made costs the picture only', async (t) => {
  const { kept, witness, due } = world()
  due()
  await witness.keep(frameAt(1, startMs, 100), 100, () => Promise.reject(new Error('no worker')))
  t.match(kept, [{ seen: { takenMs: 100 }, jpeg: undefined }])
})
