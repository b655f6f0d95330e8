import t from 'tap'
import type { Verdict } from '../../daemon/identity/decide.ts'
import { createSightingBook, type SightingBook } from '../../daemon/pipeline/sighting-book.ts'
import type { SightingUpdate } from '../../daemon/registry/sightings.ts'
import type { SightingId } from '../../daemon/types.ts'
import { horseId, trackletId, yard } from '../identity/vectors.ts'

const basis = { threshold: 0.8, margin: 0.05, model: 'made-up@1' }
const track = trackletId('t1')
const now = Date.UTC(2026, 10, 22)

function newBook(): SightingBook {
  let minted = 0
  return createSightingBook(basis, () => `s${++minted}` as SightingId)
}

function verdict(horse: string | null, score = 0.9): Verdict {
  const kind = horse === null ? 'unknown' : 'matched'
  const id = horse === null ? null : horseId(horse)
  return { trackletId: track, kind, horseId: id, nearest: id, score, second: null, secondScore: 0.3 }
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
