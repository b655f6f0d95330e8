import t from 'tap'
import type { Verdict } from '../../daemon/identity/decide.ts'
import { createSightingBook, type SightingBook } from '../../daemon/pipeline/sighting-book.ts'
import type { SightingUpdate } from '../../daemon/registry/sightings.ts'
import type { Judged } from '../../daemon/registry/whys.ts'
import type { SightingId } from '../../daemon/types.ts'
import { axis, horseId, trackletId, yard } from '../identity/vectors.ts'
import { kind } from './yard.ts'

const basis = { threshold: 0.8, margin: 0.05, model: 'made-up@1' }
const track = trackletId('t1')
const now = Date.UTC(2026, 10, 22)

function newBook(): SightingBook {
  let minted = 0
  return createSightingBook(basis, () => `s${++minted}` as SightingId)
}

function verdict(horse: string | null, score = 0.9, threshold = 0.8): Verdict {
  const kind = horse === null ? 'unknown' : 'matched'
  const id = horse === null ? null : horseId(horse)
  return {
    trackletId: track,
    kind,
    horseId: id,
    nearest: id,
    score,
    second: null,
    secondScore: 0.3,
    threshold,
  }
}

/** What the pipeline does once a round when all goes well. */
function take(book: SightingBook): SightingUpdate[] {
  const updates = book.pending()
  book.stored(updates)
  return updates
}

/** Notes a tracklet so many times, 200 ms apart, and answers when the next one is due. */
function note(book: SightingBook, horse: string | null, times: number, fromMs = now): number {
  for (let n = 0; n < times; n++) book.note(yard, track, verdict(horse), fromMs + n * 200)
  return fromMs + times * 200
}

t.test('a tracklet of one horse is one row, rewritten while it lasts', async (t) => {
  const book = newBook()
  const next = note(book, 'A', 4)
  t.match(take(book), [
    {
      id: 's1',
      streamId: yard,
      trackletId: 't1',
      horseId: 'A',
      fromMs: now,
      toMs: now + 600,
      detections: 4,
      addedDetections: 4,
      decision: { kind: 'matched', score: 0.9, secondScore: 0.3, ...basis },
    },
  ])
  t.same(take(book), [], 'nothing new, nothing to store')
  note(book, 'A', 2, next)
  t.match(take(book), [{ id: 's1', fromMs: now, detections: 6, addedDetections: 2 }])
  book.note(yard, track, verdict('A', 0.2, 0.12), next + 400)
  t.match(
    take(book),
    [{ id: 's1', decision: { ...basis, score: 0.2, threshold: 0.12 } }],
    'less was asked for',
  )
  book.end(track)
  t.same(take(book), [])
})

t.test('a stored sighting is gone on with, and counted once', async (t) => {
  const before = newBook()
  const next = note(before, 'A', 4)
  const [row] = take(before)
  if (!row) throw new Error('a row was expected')
  const after = newBook()
  after.resume(row)
  t.same(take(after), [], 'it is a row already')
  note(after, 'A', 2, next)
  t.match(take(after), [{ id: row.id, fromMs: now, detections: 6, addedDetections: 2 }])
  note(after, 'B', 1, next + 400)
  const [other] = take(after)
  t.match(other, { horseId: 'B', fromMs: next + 400 }, 'another horse is another sighting')
  const corrected = newBook()
  corrected.resume({ ...row, decision: { ...row.decision, kind: 'corrected' } })
  note(corrected, 'A', 1, next)
  t.match(take(corrected), [{ fromMs: next, detections: 1 }], 'what a person has said is left as it is')
})

t.test('looks that come to a horse later give it the detections from the beginning', async (t) => {
  const book = newBook()
  const next = note(book, null, 5)
  t.match(take(book), [{ id: 's1', horseId: null, addedDetections: 0, decision: { kind: 'unknown' } }])
  note(book, 'A', 1, next)
  t.match(take(book), [{ id: 's1', horseId: 'A', detections: 6, addedDetections: 6 }])
})

t.test('a change of horse closes a sighting and opens another', async (t) => {
  const book = newBook()
  let next = note(book, 'A', 3)
  next = note(book, null, 3, next)
  note(book, 'B', 1, next)
  const updates = take(book)
  t.match(updates, [
    { id: 's1', horseId: 'A', detections: 3 },
    { id: 's2', horseId: 'B', detections: 4, addedDetections: 4, fromMs: now + 600 },
  ])
})

t.test(
  'what ended is stored once and forgotten; a tracklet that comes again is another sighting',
  async (t) => {
    const book = newBook()
    note(book, 'A', 3)
    book.end(track)
    t.match(take(book), [{ id: 's1' }])
    t.same(take(book), [])
    book.end(track)
    note(book, 'A', 3, now + 5000)
    t.match(take(book), [{ id: 's2', fromMs: now + 5000 }])
  },
)

t.test('shorter ones of nobody are a flicker: not stored, unless they go on', async (t) => {
  const book = newBook()
  const next = note(book, null, 2)
  t.same(take(book), [])
  note(book, null, 1, next)
  t.match(take(book), [{ id: 's1', detections: 3, horseId: null }])
  const flicker = newBook()
  note(flicker, null, 2)
  flicker.end(track)
  t.same(take(flicker), [])
})

t.test('a horse that was shown is stored, however short it was there', async (t) => {
  const book = newBook()
  note(book, 'A', 1)
  t.match(take(book), [{ id: 's1', horseId: 'A', detections: 1, addedDetections: 1 }])
  note(book, 'B', 1, now + 200)
  book.end(track)
  t.match(take(book), [{ id: 's2', horseId: 'B', toMs: now + 200, addedDetections: 1 }])
})

t.test('a horse made from a tracklet is `created` as long as the tracklet keeps it', async (t) => {
  const book = newBook()
  const next = note(book, null, 3)
  book.founded(track, horseId('A'))
  t.match(take(book), [{ horseId: 'A', addedDetections: 3, decision: { kind: 'created' } }])
  note(book, 'A', 1, next)
  t.match(take(book), [{ id: 's1', decision: { kind: 'created', score: 0.9 } }])
  note(book, 'B', 3, next + 200)
  t.match(take(book), [{ id: 's2', horseId: 'B', decision: { kind: 'matched' } }])
  book.founded(trackletId('never noted'), horseId('C'))
  t.same(take(book), [])
})

t.test('L16: a clock set back turns no sighting inside out', async (t) => {
  const book = newBook()
  note(book, 'A', 3)
  note(book, 'A', 2, now - 3_600_000)
  note(book, 'B', 3, now - 3_600_000)
  for (const { fromMs, toMs } of take(book)) t.ok(fromMs <= toMs)
})

t.test('a tracklet without a look is unknown', async (t) => {
  const book = newBook()
  for (let n = 0; n < 3; n++) book.note(yard, track, undefined, now + n)
  t.match(take(book), [{ horseId: null, decision: { kind: 'unknown', score: null, secondScore: null } }])
})

t.test('what could not be stored stays pending, ended or not, and counts once', async (t) => {
  const book = newBook()
  const next = note(book, 'A', 4)
  t.match(book.pending(), [{ detections: 4, addedDetections: 4 }])
  note(book, 'A', 2, next)
  book.end(track)
  const late = book.pending()
  t.match(late, [{ detections: 6, addedDetections: 6 }])
  book.stored(late)
  t.same(book.pending(), [])
})

t.test('what came while it was being stored is stored the next time', async (t) => {
  const book = newBook()
  const next = note(book, 'A', 4)
  const first = book.pending()
  note(book, 'A', 1, next)
  book.stored(first)
  t.match(book.pending(), [{ detections: 5, addedDetections: 1 }])
})

t.test('what ends with the pipeline is stored like what ended before', async (t) => {
  const ended = { matched: 0, created: 0, unknown: 0 }
  const book = createSightingBook(basis, () => 's1' as SightingId, ended)
  note(book, 'A', 4)
  book.endAll()
  t.same(ended, { matched: 1, created: 0, unknown: 0 })
  t.match(take(book), [{ id: 's1', detections: 4 }])
  t.same(take(book), [])
  book.endAll()
  t.equal(ended.matched, 1, 'once')
})

/** A look at the tracklet, as it is kept with what was thought of it. */
function judged(atMs: number, crop: Uint8Array | null = Uint8Array.of(1)): Judged {
  const look = crop && { vector: axis(0), crop, sharpness: 1 }
  const reasons = { looks: 1, best: null, second: null, nearest: [], ofSecond: null }
  return { kind, look, takenMs: atMs, reasons }
}

t.test('a look is wanted when it is first whose it is, and not again while it stays so', async (t) => {
  const book = newBook()
  t.equal(book.wants(track, now), null, 'nobody is there')
  const next = note(book, 'A', 1)
  t.equal(book.wants(track, next), 'look')
  const look = judged(next)
  book.judged(track, look)
  t.equal(book.wants(track, next), null)
  t.match(take(book), [{ judged: [look] }])
  const later = note(book, 'A', 300, next)
  t.equal(book.wants(track, later), null)
  t.match(take(book), [{ judged: [] }], 'stored once')
  note(book, 'B', 1, later)
  t.equal(book.wants(track, later), 'look', 'another horse')
})

t.test('in doubt for a moment, it needs no other look at the same horse', async (t) => {
  const book = newBook()
  const next = note(book, 'A', 3)
  book.judged(track, judged(next))
  const doubt = note(book, null, 2, next)
  note(book, 'A', 1, doubt)
  t.equal(book.wants(track, doubt), 'words')
  book.judged(track, judged(doubt, null))
  t.equal(book.wants(track, doubt), null)
  const later = note(book, null, 2, next + 61_000)
  note(book, 'A', 1, later)
  t.equal(book.wants(track, later), 'look', 'a minute later it does')
})

t.test('an unknown keeps looks ever more seldom, and gives them back to whom it becomes', async (t) => {
  const book = newBook()
  const times: number[] = []
  let next = now
  for (let n = 0; n < 1500; n++) {
    next = note(book, null, 1, next)
    if (book.wants(track, next) === null) continue
    times.push((next - now) / 1000)
    book.judged(track, judged(next))
    take(book)
  }
  t.match(times.slice(0, 3), [0.2, 2.2, 4.2])
  t.ok(times.length <= 24, `${times.length} in five minutes`)
  t.ok(times.slice(1).every((one, at) => one - (times[at] ?? 0) >= 2))
  note(book, 'A', 1, next)
  t.equal(book.wants(track, next), 'look')
})

t.test('looks wait while nothing can be stored, and not without end', async (t) => {
  const book = newBook()
  const looks = [0, 1, 2, 3, 4, 5].map((n) => judged(now + n))
  note(book, null, 3)
  for (const one of looks) book.judged(track, one)
  t.same(book.pending()[0]?.judged, looks.slice(2), 'the newest')
  for (let n = 0; n < 105; n++) {
    const id = trackletId(`t${n}`)
    for (let m = 0; m < 3; m++) book.note(yard, id, verdict('A'), now + m)
    book.judged(id, judged(now))
    book.end(id)
  }
  t.equal(book.pending().filter((one) => one.judged?.length === 1).length, 100)
})
