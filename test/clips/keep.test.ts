/** What goes when: age, quota, reserve, protection, and what is refused. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { type ClipLimits, planKeep } from '../../daemon/clips/keep.ts'
import { nameOf } from '../../daemon/clips/names.ts'
import type { RecordingDeps } from '../../daemon/clips/recordings.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import type { Registry } from '../../daemon/registry/registry.ts'
import type { ClipId, StreamId } from '../../daemon/types.ts'
import { cam, filesIn, openBook, plenty, until, video } from './harness.ts'

const limits: ClipLimits = { keepMs: 1000, quotaBytes: 100, reserveBytes: 50 }
const well = { count: 100, bytes: 90, tooOld: 0, freeBytes: 1000 }

t.test('what must go', (t) => {
  const plan = (more: Partial<typeof well>, isLowered = false) =>
    planKeep({ ...well, ...more }, limits, isLowered)
  t.same(plan({}), { dropOld: false, dropBytes: 0, refused: null })
  t.same(plan({ tooOld: 3 }), { dropOld: true, dropBytes: 0, refused: null })
  t.same(plan({ bytes: 130 }), { dropOld: false, dropBytes: 30, refused: null })
  t.same(plan({ freeBytes: 40 }), { dropOld: false, dropBytes: 15, refused: null }, 'and a little more')
  t.match(plan({ tooOld: 51 }), { dropOld: false, dropBytes: 0, refused: /51 of 100 clips/ })
  t.match(plan({ tooOld: 51, bytes: 130 }), { dropOld: false, dropBytes: 30 }, 'the quota holds all the same')
  t.match(plan({ freeBytes: 0 }), { dropBytes: 0, refused: /others have filled the disk/ })
  t.same(plan({ tooOld: 51 }, true), { dropOld: true, dropBytes: 0, refused: null }, 'a person has said so')
  t.same(plan({ count: 3, tooOld: 3 }), { dropOld: true, dropBytes: 0, refused: null }, 'a handful')
  t.end()
})

const startMs = Date.UTC(2026, 10, 28)

/** Clips of ten seconds one after the other, each a real video. */
async function recorded(t: Test, count: number, more: Partial<RecordingDeps> = {}) {
  const bytes = await video(t)
  const root = join(t.testdir({}), 'clips')
  let nowMs = startMs + count * 10_000
  const clock = { utcMs: () => nowMs, monoMs: () => performance.now() }
  const book = openBook(t, root, { clock, ...more })
  await until(() => book.recordings.mayRecord, 'it has looked')
  for (let n = 0; n < count; n++) {
    const clip = { streamId: cam, fromMs: startMs + n * 10_000, toMs: startMs + n * 10_000 + 10_000 }
    const file = nameOf(clip)
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), bytes)
    const about = { bytes: bytes.length, pictures: 10, isProtected: false, frames: null }
    book.registry.clips.add({ id: mintId<ClipId>(), ...clip, file, ...about })
  }
  const left = () =>
    book
      .clips()
      .map(({ fromMs }) => (fromMs - startMs) / 10_000)
      .reverse()
  const onDisk = async () => (await filesIn(root)).length
  return { ...book, left, onDisk, size: bytes.length, at: (ms: number) => (nowMs = startMs + ms) }
}

/** An alert of a camera that began so many seconds after the first clip. */
function alertAt({ alerts }: Registry, seconds: number, streamId: StreamId = cam) {
  const subject = { streamId, stallId: null, horseId: null, part: `${seconds}` }
  const about = { kind: 'box_trouble', severity: 'warning', detail: null } as const
  return alerts.raise({ ...about, ...subject }, [], startMs + seconds * 1000).id
}

t.test('what is older than it is kept goes, but for the minutes around an alert', async (t) => {
  const { registry, recordings, left, onDisk, at } = await recorded(t, 40, {
    limits: { ...plenty, keepMs: 300_000 },
  })
  const id = alertAt(registry, 125)
  alertAt(registry, 10, 'other' as StreamId)
  await recordings.tidy()
  t.equal(registry.clips.list(cam, 100).filter(({ isProtected }) => isProtected).length, 13)
  t.equal(registry.clips.protectAlerts(0), 0, 'they are already')
  at(500_000)
  await recordings.tidy()
  const young = Array.from({ length: 20 }, (_, n) => n + 20)
  t.same(left(), [...Array.from({ length: 13 }, (_, n) => n + 6), ...young])
  t.equal(await onDisk(), left().length)
  registry.alerts.judge(id, 'not_useful')
  await recordings.tidy()
  t.same(left(), young, 'people said that it was nothing')
})

t.test('an alert of a stall is one of its camera, and what comes after it is protected too', async (t) => {
  const { registry, recordings } = await recorded(t, 3)
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
  ] as const
  const stall = registry.stalls.add(
    { streamId: cam, kind: 'stall', name: 'Left', corners, expected: [] },
    { actor: null, nowMs: startMs },
  )
  const subject = { streamId: null, stallId: stall.id, horseId: null, part: null }
  registry.alerts.raise(
    { kind: 'stall_blind', severity: 'warning', detail: null, ...subject },
    [],
    startMs + 25_000,
  )
  await recordings.tidy()
  t.ok(registry.clips.list(cam, 10).every(({ isProtected }) => isProtected))
})

t.test('beyond the quota the oldest go, protected ones last', async (t) => {
  const size = (await video(t)).length
  const { registry, recordings, left, onDisk } = await recorded(t, 10, {
    limits: { ...plenty, quotaBytes: size * 4 + 10, keepMs: 1e12 },
  })
  alertAt(registry, -35)
  await recordings.tidy()
  t.same(left(), [0, 1, 2, 9])
  t.equal(await onDisk(), 4)
  t.same(registry.clips.totals(), { count: 4, bytes: size * 4 })
})

t.test('of protected ones alone the oldest go too', async (t) => {
  const size = (await video(t)).length
  const { registry, recordings, left } = await recorded(t, 6, {
    limits: { ...plenty, quotaBytes: size * 2, keepMs: 1e12 },
  })
  alertAt(registry, 30)
  await recordings.tidy()
  t.same(left(), [4, 5])
})

t.test('a clock that jumps takes nothing along; a person who keeps less does', async (t) => {
  let isLowered = false
  let noted = 0
  const { recordings, left, at, lines } = await recorded(t, 30, {
    limits: { ...plenty, keepMs: 1_000_000 },
    isLowered: () => isLowered,
    noteLimits: () => void noted++,
  })
  const before = noted
  at(365 * 24 * 3_600_000)
  await recordings.tidy()
  await recordings.tidy()
  t.equal(left().length, 30)
  t.match(recordings.fault, /30 of 30 clips are older than they are kept/)
  t.equal(lines.filter((line) => line.includes('CLIPS_KEPT')).length, 1, 'said once')
  t.equal(noted, before, 'what was refused is not done')
  isLowered = true
  await recordings.tidy()
  t.equal(left().length, 0)
  t.equal(recordings.fault, null)
  t.ok(noted > before)
})

t.test('where others fill the disk nothing more is recorded, and what there is stays', async (t) => {
  const book = await recorded(t, 30, { limits: { ...plenty, keepMs: 1e12 } })
  const full = { ...book.deps.folder, freeBytes: async () => 0 }
  const second = openBook(t, '/nowhere', {
    ...{ folder: full, rows: book.registry.clips, clock: book.deps.clock },
    limits: { keepMs: 1e12, quotaBytes: 1e12, reserveBytes: 1e9 },
  })
  await second.recordings.tidy()
  t.notOk(second.recordings.mayRecord)
  t.match(second.recordings.fault, /others have filled the disk.*less is free on the disk/)
  t.equal(book.left().length, 30)
})

t.test('a file that cannot be deleted keeps its row, and stops nothing', async (t) => {
  const { deps, registry } = await recorded(t, 6)
  const folder = {
    ...deps.folder,
    remove: () => Promise.reject(Object.assign(new Error('EIO: i/o error, unlink'), { code: 'EIO' })),
  }
  const second = openBook(t, '/nowhere', { ...deps, folder, limits: { ...plenty, quotaBytes: 1 } })
  await second.recordings.tidy()
  t.match(second.recordings.fault, /EIO/)
  t.equal(registry.clips.totals().count, 6)
})
