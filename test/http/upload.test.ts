/** A form with one file, read as it comes. */
import fc from 'fast-check'
import t from 'tap'
import { fileIn } from '../../daemon/http/upload.ts'

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** As browsers send it. */
async function formOf(file: Uint8Array, more: Record<string, string> = {}) {
  const form = new FormData()
  form.append('file', new Blob([Buffer.from(file)], { type: 'application/x-tar' }), 'a "b" ü.tar')
  for (const [name, value] of Object.entries(more)) form.append(name, value)
  const answer = new Response(form)
  const type = answer.headers.get('content-type') ?? ''
  return { type, bytes: new Uint8Array(await answer.arrayBuffer()) }
}

const read = async (bytes: Uint8Array, type: string, piece: number) =>
  Buffer.concat(await Array.fromAsync(fileIn(inPieces(bytes, piece), type)))

t.test('the file comes as it was sent, however the line cuts it', async (t) => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom('\r\n', '\r\n--', '--', '\r\n\r\n', '-----').map((text) => Buffer.from(text)),
  )
  const files = fc.array(part, { maxLength: 8 }).map((parts) => Buffer.concat(parts))
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 400 }), async (file, piece) => {
      const { type, bytes } = await formOf(file)
      t.ok((await read(bytes, type, piece)).equals(file))
    }),
    { numRuns: 200 },
  )
})

t.test('what stands behind the file is not part of it', async (t) => {
  const { type, bytes } = await formOf(Buffer.from('hay'), { other: 'x' })
  t.equal(String(await read(bytes, type, 7)), 'hay')
})

t.test('what breaks off or is no such form is refused', async (t) => {
  const { type, bytes } = await formOf(Buffer.alloc(5000, 1))
  for (let end = 0; end < bytes.length - 100; end += 97)
    await t.rejects(read(bytes.subarray(0, end), type, 512), { code: 'BAD_REQUEST' }, `after ${end} bytes`)
  for (const other of ['', 'text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded'])
    await t.rejects(read(bytes, other, 512), { code: 'BAD_REQUEST' }, other)
  await t.rejects(read(bytes, 'multipart/form-data; boundary=another', 512), { code: 'BAD_REQUEST' })
  const endless = Buffer.concat([bytes.subarray(0, 20), Buffer.alloc(100_000, 0x61)])
  await t.rejects(read(endless, type, 512), { code: 'BAD_REQUEST' }, 'a head without an end is not held')
})
