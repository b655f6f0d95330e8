/** The newest picture of a camera while it is taken, and while for a moment there is none. */
import t from 'tap'
import type { SeenPicture } from '../../daemon/http/deps.ts'
import { sharePictures } from '../../daemon/http/media/picture.ts'
import { streamId } from './fake-box.ts'

const yard = streamId('yard')
const startMs = Date.UTC(2026, 10, 2)

function pictureOf(seq: number, utcMs: number): SeenPicture {
  const analysed = { streamId: yard, seq, utcMs, width: 640, height: 360, boxes: [] }
  return { jpeg: Uint8Array.of(seq), analysed }
}

t.test(
  'the last picture stays while the pipeline begins anew, and no longer than a camera may be silent',
  async (t) => {
    let [nowMs, newest]: [number, SeenPicture | undefined] = [startMs, undefined]
    const take = sharePictures(async () => newest, { utcMs: () => nowMs, monoMs: () => 0 })
    t.equal(await take(yard), undefined, 'there was none yet')
    newest = pictureOf(1, startMs)
    t.match(await take(yard), { analysed: { seq: 1 } })
    newest = undefined
    nowMs += 9_000
    t.match(await take(yard), { analysed: { seq: 1, utcMs: startMs } }, 'with the time when it was taken')
    t.equal(await take(streamId('stall')), undefined, 'another camera’s is none')
    nowMs += 2_000
    t.equal(await take(yard), undefined, 'no frozen picture')
    newest = pictureOf(2, nowMs)
    t.match(await take(yard), { analysed: { seq: 2 } })
  },
)

t.test('many who look at once share one encoding', async (t) => {
  let taken = 0
  const take = sharePictures(async () => pictureOf(++taken, startMs), {
    utcMs: () => startMs,
    monoMs: () => 0,
  })
  await Promise.all([take(yard), take(yard), take(yard)])
  t.equal(taken, 1)
})
