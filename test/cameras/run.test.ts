/**
 * One run of ffmpeg, with a stand-in that writes its log and its pictures as it is told.
 */
import t from 'tap'
import { runFfmpeg } from '../../daemon/cameras/run.ts'
import { silentLog } from '../../daemon/lib/log.ts'

const sizeLine = '[info]   Stream #0:0: Video: rawvideo (NV12), nv12, 64x32, 25 fps'
const count = 3_000_000

/** Writes counting bytes, and says the size before or after the first of them. */
const standIn = (first: 'size' | 'bytes') => `
  const bytes = Buffer.from(Uint8Array.from({ length: ${count} }, (_, at) => at % 251))
  const size = () => process.stderr.write(${JSON.stringify(`${sizeLine}\n`)})
  if (${first === 'size'}) size()
  process.stdout.write(bytes.subarray(0, 1000))
  setTimeout(() => {
    if (${first === 'bytes'}) size()
    setTimeout(() => process.stdout.write(bytes.subarray(1000)), 300)
  }, 300)
`

for (const first of ['size', 'bytes'] as const) {
  t.test(`all bytes come in order, once, and are freed; ${first} first`, async (t) => {
    const pieces: Uint8Array[] = []
    let at = 0
    let wrong = 0
    let sized = ''
    await runFfmpeg(
      {
        ffmpeg: process.execPath,
        args: ['-e', standIn(first)],
        log: silentLog,
        hide: (text) => text,
        onSize: (width, height) => {
          sized = `${width}x${height}`
        },
        onBytes(bytes) {
          for (const byte of bytes) if (byte !== at++ % 251) wrong++
          pieces.push(bytes)
        },
      },
      new AbortController().signal,
    )
    t.equal(sized, '64x32')
    t.equal(at, count)
    t.equal(wrong, 0)
    t.ok(pieces.every(({ length }) => length === 0))
  })
}
