import fc from 'fast-check'
import t from 'tap'
import { readRing, writeFrame, writeHead, writePicture, writeState } from '../../daemon/replay/records.ts'
import { by, north, seenAt, startMs } from './seen.ts'

const head = { streamId: north, life: 'one', utcMs: startMs, monoMs: 1000, by }
const jpeg = Uint8Array.of(0xff, 0xd8, 1, 2, 3)
const file = Buffer.concat([
  writeHead(head),
  writeState({ streamId: north, takenMs: 1000, state: 'live' }),
  writeFrame(seenAt(1200)),
  writeFrame(seenAt(1400, { looks: [] })),
  writePicture(seenAt(1400), jpeg),
])

t.test('what was written is read', async (t) => {
  const ring = readRing(file)
  t.same(ring?.head, head)
  t.same(ring?.kept, [
    { kind: 'state', state: { streamId: north, takenMs: 1000, state: 'live' } },
    { kind: 'frame', frame: seenAt(1200) },
    { kind: 'frame', frame: seenAt(1400, { looks: [] }) },
    { kind: 'picture', picture: { streamId: north, takenMs: 1400, sceneMs: 1400, jpeg } },
  ])
  t.match(ring, { refused: 0, isTorn: false })
})

t.test('a vector comes back nearly as it was, and of length 1', async (t) => {
  const raw = Float32Array.from({ length: by.embedder?.dim ?? 0 }, (_, n) => Math.sin(n * 7 + 1))
  const length = Math.hypot(...raw)
  const vector = raw.map((value) => value / length)
  const [look] = seenAt(0).looks
  if (!look) throw new Error('a look was expected')
  const written = writeFrame(seenAt(1200, { looks: [{ ...look, look: { ...look.look, vector } }] }))
  const [kept] = readRing(Buffer.concat([writeHead(head), written]))?.kept ?? []
  const back = kept?.kind === 'frame' ? kept.frame.looks[0]?.look.vector : undefined
  const cosine = vector.reduce((sum, value, n) => sum + value * (back?.[n] ?? 0), 0)
  t.ok(cosine > 0.9999, `cosine ${cosine}`)
  t.ok(Math.abs(Math.hypot(...(back ?? [])) - 1) < 1e-6)
})

t.test('a file cut off anywhere is read up to its last whole record', async (t) => {
  const whole = readRing(file)?.kept ?? []
  let most = 0
  for (let length = 0; length < file.length; length++) {
    const ring = readRing(file.subarray(0, length))
    if (!ring) continue
    t.same(ring.kept, whole.slice(0, ring.kept.length))
    t.ok(ring.kept.length >= most, 'more of it never means less')
    most = ring.kept.length
  }
  t.equal(most, whole.length - 1)
})

t.test('whatever a disk makes of a file, nothing is thrown and nothing is made up', async () => {
  const whole = (readRing(file)?.kept ?? []).map((one) => JSON.stringify(one))
  const spoilt = fc.tuple(
    fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
    fc.nat(file.length),
    fc.uint8Array({ maxLength: 64 }),
  )
  fc.assert(
    fc.property(spoilt, ([bytes, length, garbage]) => {
      const copy = Buffer.from(file)
      for (const [at, value] of bytes) copy[at] = value
      const kept = readRing(Buffer.concat([copy.subarray(0, length), garbage]))?.kept ?? []
      return kept.every((one) => whole.includes(JSON.stringify(one)))
    }),
    { numRuns: 2000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => readRing(bytes) === undefined))
})

t.test('what is whole and makes no sense is refused and counted', async (t) => {
  const [look] = seenAt(0).looks
  if (!look) throw new Error('a look was expected')
  const long = { ...look, look: { ...look.look, vector: new Float32Array(by.embedder?.dim ?? 0).fill(2) } }
  const short = { ...look, look: { ...look.look, vector: Float32Array.of(1) } }
  const odd = [
    writeFrame(seenAt(1, { looks: [long] })),
    writeFrame(seenAt(1, { looks: [short] })),
    writeFrame(seenAt(Number.NaN)),
    writeFrame(seenAt(1, { width: 0 })),
    writeFrame(seenAt(1, { detections: [{ box: [0, 0, 1, 1], score: 7, kind: 'horse', label: 'x' }] })),
  ]
  const ring = readRing(Buffer.concat([writeHead(head), ...odd, writeFrame(seenAt(2))]))
  t.match(ring, { refused: odd.length, isTorn: false })
  t.match(ring?.kept, [{ kind: 'frame', frame: { takenMs: 2 } }])
})
