import { mkdtempSync, writeFileSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRingFolder } from '../../daemon/replay/folder.ts'
import { openRing, type RingOptions } from '../../daemon/replay/ring.ts'
import { by, north, seenAt, startMs } from './seen.ts'

const options: RingOptions = { keepMs: 3600_000, quotaBytes: { seen: 1e9, pictures: 1e9 }, pictureMs: 10_000 }
const never = new AbortController().signal
const jpeg = Uint8Array.of(0xff, 0xd8)

function world(root = mkdtempSync(join(tmpdir(), 'barnbox-ring-'))) {
  const time = { utcMs: startMs, monoMs: 0 }
  const lines: unknown[] = []
  const log = { ...silentLog, warn: (fields: unknown) => void lines.push(fields) }
  const clock = { utcMs: () => time.utcMs, monoMs: () => time.monoMs }
  const folder = openRingFolder(root)
  return { root, time, lines, folder, open: () => openRing(options, { folder, clock, log }, never) }
}

t.test('what is seen lies in files of its camera, with how the camera was', async (t) => {
  const { folder, open, time } = world()
  {
    await using ring = open()
    ring.state(north, 'connecting')
    const keeper = ring.begin(by)
    ring.state(north, 'live')
    ring.state(north, 'live')
    keeper.keep(seenAt(200))
    keeper.keep(seenAt(400), jpeg)
  }
  time.utcMs += 1000
  const files = await folder.files()
  t.match(files, [
    { streamId: north, of: 'seen', begunMs: startMs },
    { streamId: north, of: 'pictures', begunMs: startMs + 1 },
  ])
  const [seen, pictures] = await Promise.all(files.map((file) => folder.read(file)))
  t.match(seen?.kept, [
    { kind: 'state', state: { state: 'connecting' } },
    { kind: 'state', state: { state: 'live' } },
    { kind: 'frame', frame: { takenMs: 200 } },
    { kind: 'frame', frame: { takenMs: 400 } },
  ])
  t.match(pictures?.kept, [{ kind: 'picture', picture: { takenMs: 400, jpeg: Buffer.from(jpeg) } }])
  t.equal(seen?.head.life, pictures?.head.life)
})

t.test('each pipeline has a life of its own', async (t) => {
  const { folder, open } = world()
  {
    await using ring = open()
    const [first, second] = [ring.begin(by), ring.begin({ ...by, threshold: 0.5 })]
    second.keep(seenAt(400))
    first.keep(seenAt(200))
  }
  const texts = await Promise.all((await folder.files()).map((file) => folder.read(file)))
  t.equal(new Set(texts.map((one) => one?.head.life)).size, 2)
  t.same(texts.map((one) => one?.head.by.threshold).sort(), [0.25, 0.5])
})

t.test('pictures are due now and then', async (t) => {
  const { open } = world()
  await using ring = open()
  const keeper = ring.begin(by)
  t.same(
    [0, 5000, 10_000, 12_000, 20_000].map((ms) => keeper.wantsPicture(north, ms)),
    [true, false, true, false, true],
  )
})

t.test('a disk that fails stops the ring, and nobody else', async (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'barnbox-ring-')), 'a-file')
  writeFileSync(file, '')
  const { lines, open } = world(file)
  const ring = open()
  const keeper = ring.begin(by)
  keeper.keep(seenAt(200))
  await ring[Symbol.asyncDispose]()
  t.match(ring.fault, /./)
  t.ok(ring.dropped >= 1)
  keeper.keep(seenAt(400))
  t.notOk(keeper.wantsPicture(north, 0), 'no picture is made for nothing')
  t.match(lines, [{ code: 'REPLAY_DISK' }], 'said once')
})

t.test('what waits is bounded', async (t) => {
  const { open, folder } = world()
  {
    await using ring = open()
    const keeper = ring.begin(by)
    const large = new Uint8Array(1_000_000)
    for (let n = 0; n < 20; n++) keeper.keep(seenAt(n), large)
    t.ok(ring.dropped >= 4 && ring.dropped < 20, `${ring.dropped} were dropped`)
  }
  const bytes = (await folder.files()).reduce((sum, file) => sum + file.bytes, 0)
  t.ok(bytes > 1e6 && bytes < 17e6)
})

t.test('a folder with other things in it, or none', async (t) => {
  const { root, folder, open } = world()
  t.same(await openRingFolder(join(root, 'nowhere')).files(), [])
  {
    await using ring = open()
    ring.begin(by).keep(seenAt(200))
  }
  for (const name of ['1.seen', '1795377600000.txt', 'x.seen', '1795377500000.seen'])
    await appendFile(join(root, 'north', name), 'garbage')
  writeFileSync(join(root, 'UPPER'), '')
  const files = await folder.files()
  t.equal(files.length, 2)
  const texts = await Promise.all(files.map((file) => folder.read(file)))
  t.equal(texts.filter((one) => one === undefined).length, 1, 'garbage is none of ours')
})
