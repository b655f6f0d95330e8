/** Stalls over the API: drawn, changed, deleted and brought back, and what is refused with which words. */
import fc from 'fast-check'
import t from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { polygonFault } from '../../daemon/lib/polygon.ts'
import type { Box, StreamId } from '../../daemon/types.ts'
import { now, registryBox } from './registry-box.ts'

const corners = [
  [0.1, 0.2],
  [0.4, 0.2],
  [0.4, 0.9],
] as const
const stalls = '/streams/yard/stalls'
const yard = 'yard' as StreamId

t.test('a stall is drawn, changed, deleted and brought back under its id', async (t) => {
  const { ask, request, horses } = registryBox(t)
  const [a, b] = horses
  const made = await ask('POST', stalls, { name: ' Stall 1 ', corners, expected: [a.id, a.id] })
  t.equal(made.status, 201)
  const { id } = made.json
  t.match(made.json, { stream_id: 'yard', kind: 'stall', name: 'Stall 1', revision: 0 })
  t.same(made.json['corners'], corners)
  t.same(made.json['expected'], [a.id], 'once')
  const changed = await ask('PATCH', `/stalls/${id}`, { name: 'Box 1', expected: [b.id], revision: 0 })
  t.match(changed, { status: 200, json: { id, name: 'Box 1', expected: [b.id], revision: 1 } })
  t.match(await ask('PATCH', `/stalls/${id}`, { kind: 'zone', revision: 0 }), {
    status: 409,
    json: { code: 'STALE' },
  })
  t.equal((await request('DELETE', `/api/v1/stalls/${id}`)).status, 204)
  t.equal((await ask('DELETE', `/stalls/${id}`)).status, 404)
  t.match((await ask('GET', stalls)).json, { stalls: [], total: 0 })
  t.match(await ask('POST', `/stalls/${id}/restore`), { status: 200, json: { ...changed.json, revision: 3 } })
  t.match((await ask('GET', stalls)).json, { stalls: [{ id }], total: 1 })
})

t.test('what is no place is refused with words', async (t) => {
  const { ask, horses } = registryBox(t)
  const tries: readonly [unknown, RegExp][] = [
    [
      {
        name: 'x',
        corners: [
          [0, 0],
          [1, 1],
          [1, 0],
          [0, 1],
        ],
      },
      /corners: .*crosses or touches itself/,
    ],
    [{ name: 'x', corners: corners.slice(1) }, /corners: must be at least 3/],
    [{ name: 'x', corners: Array.from({ length: 17 }, (_, at) => [at / 17, (at % 2) / 2]) }, /at most 16/],
    [
      {
        name: 'x',
        corners: [
          [0, 0],
          [0.01, 0],
          [0.01, 0.01],
        ],
      },
      /too small/,
    ],
    [
      {
        name: 'x',
        corners: [
          [0, 0],
          [1.2, 0],
          [1, 1],
        ],
      },
      /must lie in the picture/,
    ],
    [
      {
        name: 'x',
        corners: [
          [0, 0, 0],
          [1, 0],
          [1, 1],
        ],
      },
      /must be x and y/,
    ],
    [{ name: 'x', corners: 'all of it' }, /corners: /],
    [{ name: '', corners }, /name: must not be empty/],
    [{ name: 'a\nb', corners }, /name: must be one line/],
    [{ name: 'x', kind: 'barn', corners }, /kind: must be stall or zone/],
    [{ name: 'x', corners, colour: 'red' }, /colour/],
    [{ name: 'x', corners, expected: ['Thunder'] }, /expected.0: is not the id of a horse/],
  ]
  for (const [body, said] of tries) {
    const { status, json } = await ask('POST', stalls, body)
    t.match({ status, ...json }, { status: 400, code: 'BAD_REQUEST', message: said })
  }
  t.match(await ask('POST', stalls, { name: 'x', corners, expected: [mintId()] }), { status: 404 })
  t.match(await ask('POST', '/streams/nowhere/stalls', { name: 'x', corners }), { status: 404 })
  const { json } = await ask('POST', stalls, { name: 'Stall', corners, expected: [horses[0].id] })
  t.match(await ask('POST', stalls, { name: 'STALL', corners }), {
    status: 409,
    json: { code: 'NAME_TAKEN' },
  })
  t.match(await ask('PATCH', `/stalls/${json['id']}`, {}), {
    status: 400,
    json: { message: /nothing to change/ },
  })
})

t.test('whatever is sent, what is taken is a place and comes back as it was', async (t) => {
  const { ask, request } = registryBox(t)
  const side = fc.oneof(fc.double({ min: 0, max: 1 }), fc.constantFrom(0, 0.5, 1), fc.double(), fc.string())
  const hostile = fc.array(fc.oneof(fc.tuple(side, side), fc.array(side), fc.jsonValue()), { maxLength: 20 })
  const inside = fc.integer({ min: 0, max: 997 }).map((at) => at / 997)
  const likely = fc.array(fc.tuple(inside, inside), { minLength: 3, maxLength: 5 })
  let taken = 0
  await fc.assert(
    fc.asyncProperty(fc.oneof(hostile, likely), async (given) => {
      const { status, json } = await ask('POST', stalls, { name: 'x', corners: given })
      if (status === 400) return
      t.equal(status, 201)
      taken++
      const told = json['corners'] as [number, number][]
      t.equal(polygonFault(told), undefined)
      t.ok(
        told.every(([x, y], at) => near(given[at], x, y)),
        JSON.stringify(given),
      )
      await request('DELETE', `/api/v1/stalls/${json['id']}`)
    }),
    { numRuns: 500 },
  )
  t.ok(taken > 50, `${taken} were taken`)
})

t.test(
  'a horse is in the stall where its feet are, and a stall counts before the zone around it',
  async (t) => {
    const { registry, request, horses } = registryBox(t)
    const [{ id }] = horses
    const place = (box: Box) =>
      registry.tracks.place(id, box, { streamId: yard, atMs: Date.now(), width: 1000, height: 500 })
    const draw = (name: string, kind: 'stall' | 'zone', left: number, right: number) => {
      const corners = [
        [left, 0.5],
        [right, 0.5],
        [right, 1],
        [left, 1],
      ] as const
      registry.stalls.add({ streamId: yard, kind, name, corners, expected: [] }, { actor: null, nowMs: now })
    }
    const told = async () =>
      /class="stall"><bdi>([^<]+)/.exec(await (await request('GET', `/horses/${id}`)).text())?.[1]
    place([100, 100, 300, 400])
    t.equal(await told(), undefined, 'nothing is drawn')
    draw('All of it', 'zone', 0, 1)
    draw('Left', 'stall', 0, 0.4)
    draw('Right', 'stall', 0.4, 0.8)
    t.equal(await told(), 'Left')
    place([350, 100, 500, 400])
    t.equal(await told(), 'Right', 'the middle counts, not where most of the box is')
    place([350, 100, 500, 500])
    t.equal(await told(), 'Right', 'a box that the picture cuts')
    place([850, 100, 950, 400])
    t.equal(await told(), 'All of it')
    place([100, 20, 300, 200])
    t.equal(await told(), undefined, 'its feet are in none')
  },
)

const near = (given: unknown, x: number, y: number) => {
  const [a, b] = given as [number, number]
  return Math.abs(a - x) < 1e-4 && Math.abs(b - y) < 1e-4
}
