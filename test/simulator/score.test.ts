/**
 * The scorer against answers known from outside: TrackEval's own small cases, and two real sequences.
 */
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parseMot, type Scene, scenesOf, score } from '../../scripts/simulator/score/mot.ts'

const folder = new URL('../../../shared/fixtures/mot/', import.meta.url)
const skip = existsSync(folder) ? false : 'needs ../shared/fixtures/mot'
const read = (name: string, file: string) =>
  parseMot(readFileSync(new URL(`${name}/${file}`, folder), 'utf8'))

const near = (value: number, expected: number) => Math.abs(value - expected) < 5e-7

/** `A0-4` means that A is there in the frames 0 to 4; `A-b@3,4` that A and b are the same there. */
function synthetic(truths: string, tracks: string, pairs: string): Scene[] {
  const spans = (text: string) =>
    text.split(' ').map((span) => {
      const [, id = '', first = '', last = first] = /^(\w)(\d)(?:-(\d))?$/.exec(span) ?? []
      return { id, first: Number(first), last: Number(last) }
    })
  const alikeAt = pairs.split(' ').map((pair) => {
    const [ids = '', frames = ''] = pair.split('@')
    return { ids, frames: frames.split(',').map(Number) }
  })
  const there = (text: string, frame: number) =>
    spans(text).flatMap(({ id, first, last }) => (first <= frame && frame <= last ? [id] : []))
  return [0, 1, 2, 3, 4].map((frame) => {
    const [rows, columns] = [there(truths, frame), there(tracks, frame)]
    const same = (row: string, column: string) =>
      alikeAt.some(({ ids, frames }) => ids === `${row}-${column}` && frames.includes(frame)) ? 1 : 0
    return {
      truths: rows,
      tracks: columns,
      alike: rows.map((row) => columns.map((column) => same(row, column))),
    }
  })
}

const plain = ['A0-4 B0-2', 'a0-3 b0-4'] as const

t.test('the scorer knows the small cases of TrackEval', async (t) => {
  const none = score([synthetic(...plain, 'A-b@3,4 B-a@0,1')])
  t.match(none, { truePositives: 4, falsePositives: 5, falseNegatives: 4, switches: 0 })
  t.ok(near(none.hota, 0.316228) && near(none.detA, 0.307692) && near(none.assA, 0.325), JSON.stringify(none))
  t.ok(near(none.mota, -0.125) && near(none.idf1, 8 / 17))
  const confused = score([synthetic(...plain, 'A-b@3,4 B-a@0,1 A-a@2 B-b@1')])
  t.match(confused, { truePositives: 5, falsePositives: 4, falseNegatives: 3, switches: 1, mota: 0 })
  t.ok(near(confused.hota, 0.344601) && near(confused.assA, 0.285) && near(confused.idf1, 8 / 17))
  const split = score([
    synthetic('A0-1 A3-4 B0-4', 'a0-1 b2-4 c4 d2-4 e0-1', 'A-a@0,1 A-d@3,4 B-b@2,3 B-c@4 B-e@0,1'),
  ])
  t.match(split, { truePositives: 9, falsePositives: 2, falseNegatives: 0, switches: 3 })
  t.ok(near(split.hota, 0.561384) && near(split.mota, 4 / 9) && near(split.idf1, 0.4), JSON.stringify(split))
})

t.test('the scorer gives the known answers of two real sequences', { skip }, async (t) => {
  const scenes = ['TUD-Campus', 'TUD-Stadtmitte'].map((name) =>
    scenesOf(read(name, 'gt.txt'), read(name, 'test.txt')),
  )
  // HOTA, DetA, AssA, LocA, MOTA, MOTP, switches, fragments, mostly tracked, mostly lost, IDF1.
  const golden = [
    [0.391397, 0.418047, 0.369121, 0.770052, 0.526462, 0.722799, 7, 7, 1, 1, 0.557659],
    [0.397849, 0.392268, 0.408841, 0.737521, 0.564014, 0.654096, 7, 6, 5, 1, 0.644619],
    [0.399957, 0.397683, 0.41245, 0.73248, 0.555116, 0.669823, 14, 13, 6, 2, 0.624296],
  ]
  for (const [index, sequences] of [[scenes[0] ?? []], [scenes[1] ?? []], scenes].entries()) {
    const { hota, detA, assA, locA, mota, motp, idf1, ...counts } = score(sequences)
    const { switches, fragments, mostlyTracked, mostlyLost } = counts
    const given = [hota, detA, assA, locA, mota, motp, switches, fragments, mostlyTracked, mostlyLost, idf1]
    t.ok(
      given.every((value, at) => near(value, golden[index]?.[at] ?? Number.NaN)),
      `${given.map((value) => value.toFixed(6))}`,
    )
  }
})
