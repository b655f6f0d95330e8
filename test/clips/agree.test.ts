/** What a kill, a power cut or a hand in the folder leaves: files and rows agree again, and nothing else is touched. */
import { mkdir, readFile, truncate, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { openClipFolder } from '../../daemon/clips/folder.ts'
import { readVideo } from '../../daemon/clips/mp4.ts'
import { nameOf } from '../../daemon/clips/names.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import type { ClipId } from '../../daemon/types.ts'
import { cam, filesIn, openBook, plenty, until, video } from './harness.ts'

const startMs = Date.UTC(2026, 10, 28, 23, 59, 0)

/** A folder with clips as a recorder leaves them, ten seconds each. */
async function withClips(t: Test, count: number, fromMs = startMs) {
  const bytes = await video(t)
  const root = join(t.testdir({}), 'clips')
  const files = Array.from({ length: count }, (_, n) =>
    nameOf({ streamId: cam, fromMs: fromMs + n * 10_000, toMs: fromMs + n * 10_000 + 10_000 }),
  )
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), bytes)
  }
  return { root, files, bytes }
}

const keepsAll = { limits: { ...plenty, keepMs: 1e12 } }

t.test('after a start half files are gone, and whole ones have their rows', async (t) => {
  const { root, files, bytes } = await withClips(t, 8)
  const half = join(root, cam, 'half')
  await mkdir(half, { recursive: true })
  await writeFile(join(half, '123-00000.mp4'), bytes.subarray(0, 1000))
  await writeFile(join(half, 'holiday.mp4'), 'not ours')
  await writeFile(join(root, cam, 'notes.txt'), 'not ours')
  await writeFile(join(root, 'README'), 'not ours')
  await truncate(join(root, files[2] ?? ''), bytes.length - 100)
  await writeFile(join(root, files[3] ?? ''), '')
  const { recordings, clips, lines } = openBook(t, root, keepsAll)
  await until(() => recordings.mayRecord, 'it has looked')
  const whole = files.filter((_, n) => n !== 2 && n !== 3)
  t.same(
    clips().map(({ file }) => file),
    whole.toReversed(),
  )
  t.match(clips().at(-1), { fromMs: startMs, toMs: startMs + 10_000, bytes: bytes.length, pictures: 10 })
  const others = ['README', `${cam}/half/holiday.mp4`, `${cam}/notes.txt`]
  t.same(await filesIn(root), [...whole, ...others].sort(), 'what is not ours stays')
  t.match(
    lines.find((line) => line.includes('agree again')),
    /"halves":1,"adopted":6,"broken":2,"lost":0/,
  )
})

t.test(
  'L22: rows without a file go; of the newest also those whose file is not what was written',
  async (t) => {
    const { root, files, bytes } = await withClips(t, 6)
    const first = openBook(t, root, keepsAll)
    await until(() => first.recordings.mayRecord, 'it has looked')
    const rows = first.clips()
    await first.recordings[Symbol.asyncDispose]()
    await unlink(join(root, files[0] ?? ''))
    await truncate(join(root, files[5] ?? ''), bytes.length - 1)
    const second = openBook(t, root, keepsAll)
    for (const row of rows) second.registry.clips.add({ ...row, frames: null })
    await second.recordings.tidy()
    await until(() => second.recordings.mayRecord, 'it has looked')
    t.same(
      second.clips().map(({ id }) => id),
      rows.filter(({ file }) => file !== files[0] && file !== files[5]).map(({ id }) => id),
      'the others keep their ids',
    )
    t.equal((await filesIn(root)).length, 4)
  },
)

t.test('a disk that is not there takes no rows along', async (t) => {
  const { root, files } = await withClips(t, 3)
  const { registry, recordings, clips } = openBook(t, root, keepsAll)
  for (let n = 0; n < 40; n++) {
    const fromMs = startMs + 1e6 + n * 10_000
    const clip = { streamId: cam, fromMs, toMs: fromMs + 10_000 }
    const row = { id: `01980000-0000-7000-8000-${String(n).padStart(12, '0')}` as ClipId, ...clip }
    const file = { file: nameOf(clip), bytes: 5, pictures: 1, isProtected: false, frames: null }
    registry.clips.add({ ...row, ...file })
  }
  await until(() => recordings.mayRecord, 'it has looked')
  t.equal(clips().length, 40 + files.length)
  t.match(recordings.fault, /40 of 40 clips are not in their folder/)
})

t.test('a piece that nobody wrote, one that is cut, and one whose time is taken', async (t) => {
  const { root, bytes } = await withClips(t, 0)
  const folder = openClipFolder(root)
  const half = await folder.half(cam)
  const piece = { streamId: cam, path: join(half, '1-00000.mp4'), fromMs: startMs, toMs: startMs + 1000 }
  t.equal(await folder.take(piece), undefined)
  await writeFile(piece.path, bytes.subarray(0, bytes.length - 5))
  t.equal(await folder.take(piece), undefined)
  t.same(await filesIn(half), [], 'what is not whole is gone')
  for (const n of [0, 1]) {
    await writeFile(piece.path, bytes)
    t.match(await folder.take(piece), { fromMs: startMs + n, toMs: startMs + 1000 + n })
  }
  await writeFile(piece.path, bytes)
  const { toMs, fromMs } = (await folder.take({ ...piece, fromMs: startMs + 5000, toMs: undefined })) ?? {}
  t.equal((toMs ?? 0) - (fromMs ?? 0), 1000, 'its own length, where nobody knows better')
  t.same((await filesIn(root)).length, 3)
})

t.test('nothing outside the folder can be named', async (t) => {
  const { root } = await withClips(t, 0)
  const folder = openClipFolder(join(root, 'clips'))
  await mkdir(join(root, 'clips'), { recursive: true })
  await writeFile(join(root, 'precious.mp4'), 'x')
  const names = [
    ...['../precious.mp4', '/etc/passwd', '', 'cam', 'cam/2026-11-28/../../../precious.mp4'],
    ...['cam/half/1-00000.mp4', 'cam/2026-11-28/10-34-05.120Z_0.mp4', 'CAM/2026-11-28/10-34-05.120Z_5.mp4'],
    ...[
      'cam/2026-13-28/10-34-05.120Z_5.mp4',
      'cam/2026-11-28/10-34-05.120Z_5.mp4\n',
      'cam/2026-11-28/10-34-05.120Z_05.mp4',
    ],
  ]
  for (const name of names) {
    t.throws(() => folder.path(name), { code: 'NOT_FOUND' }, JSON.stringify(name))
    await t.rejects(folder.remove(name), { code: 'NOT_FOUND' })
  }
  t.equal(await readFile(join(root, 'precious.mp4'), 'utf8'), 'x')
})

t.test('what is no video', async (t) => {
  const file = join(t.testdir(), 'x')
  const bytes = await video(t)
  await writeFile(file, bytes)
  t.match(await readVideo(file), {
    bytes: bytes.length,
    durationMs: 1000,
    pictures: 10,
  })
  const moov = bytes.indexOf('moov')
  const tries = [
    ...[Buffer.alloc(0), Buffer.alloc(7), Buffer.alloc(100), Buffer.from('hello world, this is no video')],
    ...[bytes.subarray(0, moov - 4), bytes.subarray(moov - 4), Buffer.concat([bytes, Buffer.from([0, 0])])],
    Buffer.from('0000000c6d6f6f760000000000', 'hex').subarray(0, 12),
    Buffer.from('00000001000000006d6f6f76ffffffffffffffff', 'hex'),
  ]
  for (const [n, one] of tries.entries()) {
    await writeFile(file, one)
    const read = await readVideo(file)
    // The list of pictures alone tells of pictures that are not there; a recorder never leaves it alone.
    if (n !== 5) t.equal(read, undefined, `try ${n}`)
  }
  for (let n = 0; n < 300; n++) {
    const broken = Buffer.from(bytes)
    const at = Math.floor(Math.random() * broken.length)
    broken[at] = Math.floor(Math.random() * 256)
    await writeFile(file, broken.subarray(0, Math.random() < 0.5 ? broken.length : at))
    await readVideo(file)
  }
  t.ok(systemClock.monoMs() > 0, 'it ends with whatever it is given')
})
