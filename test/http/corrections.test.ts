import t from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import type { SightingId } from '../../daemon/types.ts'
import { now, registryBox as setUp } from './registry-box.ts'

type Json = Record<string, unknown>

t.test('a sighting is given to another horse, and back by undo', async (t) => {
  const { ask, horses, told } = setUp(t)
  const [a, b] = horses
  const path = `/sightings/${a.sightings[0]}`
  const done = await ask('POST', `${path}/corrections`, {
    correction_type: 'reassign',
    corrected_horse_id: b.id,
  })
  t.match(done, { status: 200, json: { correction: { kind: 'reassign', horse_id: a.id, other_id: b.id } } })
  t.match((await ask('GET', path)).json, { horse_id: b.id, decision: { kind: 'corrected', score: 0.9 } })
  t.same(
    told.map(([fact]) => fact),
    ['corrected', 'horse-changed', 'horse-changed'],
  )
  const { id } = done.json['correction'] as { id: string }
  t.equal((await ask('POST', `/corrections/${id}/undo`)).status, 200)
  t.match(await ask('POST', `/corrections/${id}/undo`), { status: 409, json: { code: 'STALE' } })
  t.match((await ask('GET', path)).json, { horse_id: a.id, decision: { kind: 'matched' } })
})

t.test('an unknown becomes a horse with a name', async (t) => {
  const { ask, see } = setUp(t)
  const id = see(null, now + 60_000)
  t.match((await ask('GET', '/streams/yard/unknowns')).json, { sightings: [{ id, horse_id: null }] })
  const body = { correction_type: 'new_guest', corrected_horse_name: 'Thunder' }
  const { json } = await ask('POST', `/sightings/${id}/corrections`, body)
  const { other_id } = json['correction'] as { other_id: string }
  t.match((await ask('GET', `/streams/yard/horses/${other_id}`)).json, { name: 'Thunder', number: 3 })
  t.same((await ask('GET', '/streams/yard/unknowns')).json, { sightings: [] })
})

t.test('L20: merged, split, deleted: the old id answers, and undo brings back', async (t) => {
  const { ask, horses, told } = setUp(t)
  const [a, b] = horses
  const merged = await ask('POST', `/horses/${a.id}/merge`, { into: b.id })
  t.equal(merged.status, 200)
  t.match((await ask('GET', `/streams/yard/horses/${a.id}`)).json, { id: b.id, total_detections: 20 })
  t.match(told.find(([fact]) => fact === 'horse-gone')?.[1], { horseId: a.id, into: b.id })
  const split = await ask('POST', `/horses/${b.id}/split`, { sightings: [a.sightings[0]] })
  t.match(split.json, { correction: { kind: 'split', horse_id: b.id } })
  const gone = await ask('DELETE', `/horses/${b.id}`)
  t.match(gone, { status: 200, json: { correction: { kind: 'delete' } } })
  t.equal((await ask('GET', `/streams/yard/horses/${b.id}`)).status, 404)
  t.match(await ask('DELETE', `/horses/${b.id}`), { status: 200, json: { correction: null } })
  const { corrections } = (await ask('GET', '/corrections')).json as { corrections: { id: string }[] }
  for (const { id } of corrections) t.equal((await ask('POST', `/corrections/${id}/undo`)).status, 200)
  const list = (await ask('GET', '/streams/yard/horses')).json as { horses: Json[] }
  t.same(new Set(list.horses.map(({ id }) => id)), new Set([a.id, b.id]))
})

t.test('L9: a resident is one apart from its name', async (t) => {
  const { ask, horses } = setUp(t)
  const path = `/horses/${horses[0].id}/official`
  t.match((await ask('PATCH', path, { is_official: true })).json, {
    horse: { is_official: true, name: null, status: 'confirmed' },
  })
  t.match((await ask('PATCH', path, { is_official: false })).json, {
    horse: { is_official: false, made_official_at: null },
  })
})

t.test('a stale edit is refused and loses nothing', async (t) => {
  const { ask, horses } = setUp(t)
  const path = `/streams/yard/horses/${horses[0].id}`
  const { revision } = (await ask('GET', path)).json as { revision: number }
  const first = await ask('PUT', path, { name: 'Thunder', revision })
  t.match(first, { status: 200, json: { name: 'Thunder', revision: revision + 1 } })
  t.match(await ask('PUT', path, { name: 'Storm', notes: 'bites', revision }), {
    status: 409,
    json: { code: 'STALE' },
  })
  t.match((await ask('GET', path)).json, { name: 'Thunder', metadata: { notes: null } })
  t.equal((await ask('PUT', path, { notes: 'kicks' })).status, 200, 'without a revision it is made')
})

t.test(
  'of edits at the same moment one is made; the others are refused and, made again, lose nothing',
  async (t) => {
    const { ask, horses } = setUp(t)
    const path = `/streams/yard/horses/${horses[0].id}`
    const { revision } = (await ask('GET', path)).json as { revision: number }
    const edits: Json[] = [
      { name: 'Thunder' },
      { breed: 'Hanoverian' },
      { age: 12 },
      { metadata: { notes: 'kicks' } },
    ]
    const at = (edit: Json, revision: unknown) =>
      'is_official' in edit
        ? ask('PATCH', `/horses/${horses[0].id}/official`, { ...edit, revision })
        : ask('PUT', path, { ...edit, revision })
    let left = [...edits, { is_official: true }]
    for (let now: unknown = revision; left.length > 0; now = (await ask('GET', path)).json['revision']) {
      const answers = await Promise.all(left.map((edit) => at(edit, now)))
      t.same(
        answers.map(({ status }) => status).sort(),
        [200, ...left.slice(1).map(() => 409)],
        `one of ${left.length}`,
      )
      for (const { json } of answers.filter(({ status }) => status === 409)) t.match(json, { code: 'STALE' })
      left = left.filter((_, index) => answers[index]?.status === 409)
    }
    const stored = {
      name: 'Thunder',
      breed: 'Hanoverian',
      age: 12,
      metadata: { notes: 'kicks' },
      is_official: true,
    }
    t.match((await ask('GET', path)).json, { ...stored, revision: revision + 5 })
  },
)

t.test('what the box sees meanwhile makes no edit stale, and a deleted horse takes none', async (t) => {
  const { registry, ask, see, horses } = setUp(t)
  const { id } = horses[0]
  const path = `/streams/yard/horses/${id}`
  const { revision } = (await ask('GET', path)).json as { revision: number }
  see(id, now + 60_000)
  t.ok(registry.horses.updateAvatar(id, { jpeg: Uint8Array.of(0xff, 0xd8), score: 9 }))
  t.equal((await ask('PUT', path, { name: 'Thunder', revision })).status, 200)
  t.equal((await ask('DELETE', `/horses/${id}`)).status, 200)
  t.equal((await ask('PUT', path, { name: 'Storm', revision: revision + 1 })).status, 404)
  t.equal((await ask('GET', path)).status, 404)
})

t.test('every fact of a horse is kept, and null clears it', async (t) => {
  const { ask, horses } = setUp(t)
  const path = `/streams/yard/horses/${horses[0].id}`
  const facts = { breed: 'Hanoverian', age: 12, color: 'bay', markings: 'star', gender: 'mare' }
  t.match((await ask('PUT', path, { ...facts, metadata: { notes: 'kicks' } })).json, {
    ...facts,
    metadata: { notes: 'kicks' },
  })
  t.match((await ask('PUT', path, { breed: null, age: null })).json, { breed: null, age: null, color: 'bay' })
  for (const wrong of [
    { age: 51 },
    { age: 1.5 },
    { gender: 'king' },
    { breed: '' },
    { size: 3 },
    {},
    { revision: 0 },
  ])
    t.equal((await ask('PUT', path, wrong)).status, 400, JSON.stringify(wrong))
})

t.test('the history of a horse: names, corrections, sightings', async (t) => {
  const { ask, horses } = setUp(t)
  const { id, sightings } = horses[0]
  await ask('PUT', `/streams/yard/horses/${id}`, { name: 'Thunder' })
  await ask('POST', `/sightings/${sightings[1]}/corrections`, { correction_type: 'not_this_horse' })
  t.match((await ask('GET', `/horses/${id}/history`)).json, {
    names: [{ name: 'Thunder' }],
    corrections: [{ kind: 'not-this-horse', actor: null }],
  })
  const seen = (await ask('GET', `/horses/${id}/sightings?limit=1`)).json as { sightings: Json[] }
  t.match(seen.sightings, [{ id: sightings[0] }])
  const before = await ask('GET', `/horses/${id}/sightings?before=${new Date(now).toISOString()}`)
  t.same(before.json, { sightings: [] })
  for (const query of ['limit=0', 'limit=501', 'limit=x', 'before=x'])
    t.equal((await ask('GET', `/horses/${id}/sightings?${query}`)).status, 400, query)
})

t.test('long lists are read in pages, each before the last time of the one before', async (t) => {
  const { ask, see, horses } = setUp(t)
  const ids = [0, 1, 2].map((n) => see(null, now + n * 60_000))
  const page = async (path: string, list: string, time: string) => {
    const found: Json[] = []
    for (let before = ''; ; ) {
      const { json } = await ask('GET', `${path}?limit=1${before}`)
      const [one] = json[list] as Json[]
      if (one === undefined) return found
      found.push(one)
      before = `&before=${one[time]}`
    }
  }
  const unknowns = await page('/streams/yard/unknowns', 'sightings', 'to')
  t.same(
    unknowns.map(({ id }) => id),
    ids.toReversed(),
  )
  // One that is no resident would go with its last sighting.
  await ask('PATCH', `/horses/${horses[0].id}/official`, { is_official: true })
  for (const id of horses[0].sightings)
    await ask('POST', `/sightings/${id}/corrections`, { correction_type: 'mark_incorrect' })
  await ask('DELETE', `/horses/${horses[1].id}`)
  const kinds = (await page('/corrections', 'corrections', 'at')).map(({ kind }) => kind)
  t.same(kinds, ['delete', 'incorrect', 'incorrect'])
  t.equal((await page(`/horses/${horses[0].id}/history`, 'corrections', 'at')).length, 2)
  t.equal((await page(`/horses/${horses[0].id}/sightings`, 'sightings', 'to')).length, 0)
})

t.test('what is no id is refused, and what is not there is not found', async (t) => {
  const { ask, horses } = setUp(t)
  const missing = mintId<SightingId>()
  const paths: [string, string, unknown, number][] = [
    ['POST', `/sightings/${missing}/corrections`, { correction_type: 'mark_incorrect' }, 404],
    ['POST', `/sightings/${horses[0].sightings[0]}/corrections`, { correction_type: 'else' }, 400],
    ['POST', '/sightings/7/corrections', { correction_type: 'mark_incorrect' }, 400],
    ['POST', `/corrections/${missing}/undo`, undefined, 404],
    ['POST', `/horses/${horses[0].id}/merge`, { into: missing }, 404],
    ['POST', `/horses/${horses[0].id}/merge`, { into: horses[0].id }, 400],
    ['POST', `/horses/${horses[0].id}/split`, { sightings: [] }, 400],
    ['POST', `/horses/${horses[0].id}/split`, { sightings: [horses[1].sightings[0]] }, 400],
    ['PATCH', `/horses/${missing}/official`, { is_official: true }, 404],
    ['GET', `/horses/${missing}/history`, undefined, 404],
    ['GET', '/streams/nowhere/unknowns', undefined, 404],
  ]
  for (const [method, path, body, status] of paths)
    t.equal((await ask(method, path, body)).status, status, `${method} ${path}`)
})
