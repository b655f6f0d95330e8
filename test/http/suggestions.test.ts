/**
 * Horses that may be one: told over the API and on the page, merged by a person, and never again once that was taken back.
 */
import t, { type Test } from 'tap'
import { createApp } from '../../daemon/http/app.ts'
import { roleFor } from '../../daemon/http/auth/rights.ts'
import { createHub } from '../../daemon/http/events/hub.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'
import { axis, cropOf } from '../identity/vectors.ts'
import { kind } from '../pipeline/yard.ts'
import { emptyAssets, fakeBox } from './fake-box.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId
const by = { actor: null, nowMs: now }

function setUp(t: Test) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox()
  const { registry } = box
  const deps = { ...box.deps, horses: registry.horses }
  const app = createApp(deps, { hub: createHub(deps, stop.signal), assets: emptyAssets })
  const looks = registry.openLooks(kind)
  registry.embedders.note(kind)
  registry.embedders.use(kind.id)
  /** A horse that looks like these axes, seen from then to then. */
  const make = (sides: readonly number[], fromMs: number, tilt = 0.02) => {
    const { id } = registry.horses.create({ streamId: yard, seenMs: now, confidence: 0.5 })
    for (const side of sides) {
      const vector = axis(side)
      vector[15] = tilt
      const unit = vector.map((value) => value / Math.hypot(1, tilt))
      looks.add(yard, { horseId: id, vector: unit, jpeg: cropOf(unit), quality: 1, takenMs: now })
    }
    see(id, fromMs)
    return id
  }
  const see = (horseId: HorseId, fromMs: number) => {
    const ids = { id: mintId<SightingId>(), trackletId: mintId<TrackletId>() }
    const decision = {
      kind: 'matched',
      score: 0.9,
      secondScore: null,
      threshold: 0.8,
      margin: 0.05,
      model: kind.id,
    } as const
    const seen = { streamId: yard, horseId, fromMs, toMs: fromMs + 60_000, detections: 5, addedDetections: 5 }
    registry.sightings.save([{ ...ids, ...seen, decision }])
  }
  const list = async () => {
    const answer = await app.request('/api/v1/streams/yard/merge-suggestions', {
      headers: { host: 'localhost' },
    })
    const { suggestions } = (await answer.json()) as {
      suggestions: {
        horse: { id: string }
        into: { id: string }
        probability: number
        mutual_looks: number
      }[]
    }
    return suggestions
  }
  const page = async (id: HorseId) =>
    (await app.request(`/horses/${id}`, { headers: { host: 'localhost' } })).text()
  const post = (path: string, form: Record<string, string> = {}) => {
    const headers = { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' }
    return app.request(path, { method: 'POST', headers, body: new URLSearchParams(form).toString() })
  }
  return { registry, make, see, list, page, post }
}

const sides = [0, 1, 2]

t.test(
  'two that look alike and were never seen together are suggested, the better known goes on',
  async (t) => {
    const { registry, make, list } = setUp(t)
    const [a, b] = [make(sides, now), make(sides, now + 120_000, 0.1)]
    make([3, 4, 5], now)
    t.match(await list(), [{ horse: { id: b }, into: { id: a }, mutual_looks: 3 }])
    registry.horses.updateHorseDetails(b, { name: 'Thunder' }, by)
    const [suggestion] = await list()
    t.match(suggestion, { horse: { id: a }, into: { id: b, name: 'Thunder', stream_name: 'Yard' } })
    t.ok((suggestion?.probability ?? 0) > 0.9)
    t.equal(roleFor('GET', '/api/v1/streams/yard/merge-suggestions'), 'viewer')
    t.equal(roleFor('POST', `/horses/${a}/merge`), 'caretaker')
  },
)

t.test('those that were seen together, or that a person told apart, are not', async (t) => {
  const { registry, make, see, list } = setUp(t)
  const [a, b] = [make(sides, now), make(sides, now + 120_000, 0.1)]
  t.equal((await list()).length, 1)
  registry.horses.updateHorseDetails(a, { name: 'Storm' }, by)
  registry.horses.updateHorseDetails(b, { name: 'Thunder' }, by)
  t.same(await list(), [], 'two names')
  registry.horses.updateHorseDetails(b, { name: null }, by)
  t.equal((await list()).length, 1)
  for (const id of [a, b]) registry.horses.setOfficial(id, true, by)
  t.same(await list(), [], 'two residents')
  registry.horses.setOfficial(b, false, by)
  see(b, now + 59_000)
  t.same(await list(), [], 'together for a second')
})

t.test('merged on the page, taken apart again, and not suggested any more', async (t) => {
  const { registry, make, list, page, post } = setUp(t)
  const [a, b] = [make(sides, now), make(sides, now + 120_000, 0.1)]
  const form = new RegExp(`action="/horses/${b}/merge">\\s*<input type="hidden" name="into" value="${a}">`)
  for (const id of [a, b]) t.match(await page(id), form)
  t.match(await page(a), /The same horse\?[\s\S]*Horse #2/)
  const merged = await post(`/horses/${b}/merge`, { into: a })
  t.equal(merged.status, 303)
  t.match(merged.headers.get('location'), `/horses/${a}?done=`)
  t.equal(registry.horses.get(b)?.id, a)
  t.same(await list(), [])
  const after = await page(a)
  t.notMatch(after, /The same horse\?/)
  const [undo = ''] = /\/corrections\/[^"]*\/undo/.exec(after) ?? []
  t.equal((await post(undo)).status, 303)
  t.equal(registry.horses.get(b)?.id, b)
  t.same(await list(), [], 'a person has said that they are two')
  t.notMatch(await page(a), /class="same"/)
  t.equal((await post(undo)).status, 409)
  t.equal((await post(`/horses/${b}/merge`, { into: 'nobody' })).status, 400)
})
