/** A real camera's video on the disk, by a real ffmpeg. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { childrenOf } from '../cameras/harness.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { filesIn, openBook, plenty, until } from './harness.ts'

const skip = await noRtsp()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
const run = promisify(execFile)
const clip = await makeClip({ width: 640, height: 360 })

async function callers(url: string): Promise<number> {
  const lines = (await childrenOf(process.pid)).map((pid) =>
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  )
  return (await Promise.all(lines)).filter((line) => line.includes(url)).length
}

/** What ffmpeg finds when it decodes all of a file. */
async function decoded(file: string): Promise<{ pictures: number; complaints: string }> {
  const args = ['-v', 'error', '-xerror', '-i', file, '-f', 'framemd5', '-']
  const { stdout, stderr } = await run('ffmpeg', args)
  return { pictures: stdout.split('\n').filter((line) => /^\d/.test(line)).length, complaints: stderr }
}

t.test('L19: the camera’s own video, in pieces that follow each other', { timeout: 90_000 }, async (t) => {
  await using camera = await startRtspCamera({ '/cam': clip })
  const root = join(t.testdir(), '50% video')
  const { record, clips } = openBook(t, root)
  const startedMs = Date.now()
  const recorder = record(camera.url('/cam'))
  await until(() => clips().length >= 4, 'four clips')
  t.equal(await callers(camera.url('/cam')), 1)
  await recorder[Symbol.asyncDispose]()
  t.equal(await callers(camera.url('/cam')), 0, 'no ffmpeg is left')
  await until(async () => (await filesIn(root)).length === clips().length, 'the last piece is taken in')
  const found = clips().toReversed()
  t.ok(found.length >= 5, 'what was being written when it was stopped is there too')
  t.same(await filesIn(root), found.map(({ file }) => file).sort(), 'a row for each file, and no half ones')
  for (const [index, one] of found.entries()) {
    const before = found[index - 1]
    if (before) t.equal(one.fromMs, before.toMs, 'without a gap')
    const all = await decoded(join(root, one.file))
    t.same(all, { pictures: one.pictures, complaints: '' }, 'it can be decoded from its first picture on')
    if (index === found.length - 1) continue
    // A keyframe comes once a second.
    const ms = one.toMs - one.fromMs
    t.ok(ms > 1500 && ms < 3500, `${ms} ms`)
    t.ok(Math.abs(one.pictures - ms / 40) <= 15, `${one.pictures} pictures`)
  }
  t.ok((found[0]?.fromMs ?? 0) >= startedMs && (found.at(-1)?.toMs ?? 0) <= Date.now() + 500)
  const { stdout } = await run('ffprobe', [
    ...['-v', 'error', '-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0'],
    join(root, found[0]?.file ?? ''),
  ])
  t.equal(stdout.trim(), 'h264,640,360', 'as it was sent')
})

t.test('a camera that goes away and comes back', { timeout: 90_000 }, async (t) => {
  const camera = await startRtspCamera({ '/cam': clip })
  const { record, clips, recordings, lines } = openBook(t, t.testdir())
  const recorder = record(camera.url('/cam'))
  await until(() => clips().length >= 1, 'a clip')
  const { port } = camera
  await camera.kill('SIGKILL')
  await until(() => lines.some((line) => line.includes('the camera is not recorded')), 'a word of it')
  t.ok(recordings.fault?.startsWith('cam: '), 'where the others get pictures it is a fault')
  await wait(500)
  const goneMs = Date.now()
  await using _again = await startRtspCamera({ '/cam': clip }, { port })
  await until(() => clips().some(({ fromMs }) => fromMs > goneMs), 'a clip of after')
  t.equal(recordings.fault, null)
  t.equal(lines.filter((line) => line.includes('the camera is not recorded')).length, 1, 'said once')
  const found = clips().toReversed()
  for (const [index, { fromMs }] of found.entries())
    t.ok(fromMs >= (found[index - 1]?.toMs ?? 0), 'in order, and none over another')
  await recorder[Symbol.asyncDispose]()
})

const canMount = await run('unshare', ['-m', 'true']).then(
  () => process.getuid?.() === 0,
  () => false,
)

t.test(
  'a disk that is full, and has room again',
  { skip: !canMount && 'must mount', timeout: 120_000 },
  async (t) => {
    await using camera = await startRtspCamera({ '/cam': clip })
    const root = await mkdtemp(join(tmpdir(), 'barnbox-full-'))
    await run('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', root])
    t.teardown(async () => {
      await run('umount', ['-l', root])
      await rm(root, { recursive: true })
    })
    const { record, clips, recordings, lines } = openBook(t, root, { limits: { ...plenty, reserveBytes: 1 } })
    const filler = join(root, 'filler')
    await until(() => recordings.mayRecord, 'room')
    await run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=100k', 'count=26'])
    const recorder = record(camera.url('/cam'))
    await until(() => recordings.fault !== null, 'a fault')
    t.match(recordings.fault, /not written whole|No space left/)
    await until(() => recordings.errors > 2, 'it goes on trying')
    const said = lines.filter((line) => line.includes('"level":"error"'))
    t.equal(said.length, 1, 'said once')
    t.match(said[0], /CLIPS_DISK/)
    t.same(clips(), [], 'nothing half is listed')
    await run('rm', [filler])
    await until(() => clips().length > 0, 'a clip')
    t.equal(recordings.fault, null)
    for (const { file } of clips()) t.equal((await decoded(join(root, file))).complaints, '')
    await recorder[Symbol.asyncDispose]()
  },
)

t.test(
  'without its reserve nothing is recorded, and others keep their room',
  { timeout: 60_000 },
  async (t) => {
    await using camera = await startRtspCamera({ '/cam': clip })
    const { record, clips, recordings } = openBook(t, t.testdir(), {
      limits: { ...plenty, reserveBytes: Number.MAX_SAFE_INTEGER },
    })
    const recorder = record(camera.url('/cam'))
    await until(() => recordings.fault !== null, 'a fault')
    t.match(recordings.fault, /reserve_gb/)
    await wait(1500)
    t.equal(await callers(camera.url('/cam')), 0, 'the camera is not even called')
    t.same(clips(), [])
    await recorder[Symbol.asyncDispose]()
  },
)

t.test('a folder that is none', { timeout: 60_000 }, async (t) => {
  const root = t.testdir({ file: 'a file' })
  const { recordings } = openBook(t, join(root, 'file'))
  await until(() => recordings.fault !== null, 'a fault')
  t.match(recordings.fault, /ENOTDIR|EEXIST/)
  t.notOk(recordings.mayRecord)
})
