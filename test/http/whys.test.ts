/**
 * Why a sighting is whose it is: in words and pictures, over the API and on the page of the horse.
 */
import t from 'tap'
import { roleFor } from '../../daemon/http/auth/rights.ts'
import type { HorseId } from '../../daemon/types.ts'
import { JPEG } from './fake-box.ts'
import { type Json, judgedLook, now, registryBox as setUp, storeLook } from './registry-box.ts'

const likely = (horseId: HorseId, probability: number) => ({ horseId, probability })

t.test('the look that was judged, beside the nearest that were stored, in words', async (t) => {
  const { ask, request, see, registry, horses } = setUp(t)
  const [a, b] = horses
  registry.horses.updateHorseDetails(b.id, { name: 'Storm' }, { actor: null, nowMs: now })
  const near = (horseId: HorseId, similarity: number) => {
    return { id: storeLook(registry, horseId), horseId, similarity }
  }
  const reasons = {
    best: likely(a.id, 0.9312345),
    second: likely(b.id, 0.2101),
    nearest: [near(a.id, 0.91234567), near(a.id, 0.8), near(a.id, 0.7)],
    ofSecond: near(b.id, 0.3),
  }
  const id = see(a.id, now + 60_000, judgedLook(reasons, now + 60_000))
  const { status, json } = await ask('GET', `/sightings/${id}/why`)
  t.equal(status, 200)
  t.match(json, {
    sighting: { id, horse_id: a.id },
    words: '0.93 probable; next is Storm, 0.21; 12 looks; accepted from 0.75 on.',
    why: {
      at: new Date(now + 60_000).toISOString(),
      looks: 12,
      best: { horse_id: a.id, number: 1, name: null, probability: 0.9312 },
      second: { horse_id: b.id, number: 2, name: 'Storm', probability: 0.2101 },
      nearest: [{ horse_id: a.id, similarity: 0.9123, taken: new Date(now).toISOString() }, {}, {}],
      nearest_of_second: { horse_id: b.id, name: 'Storm', similarity: 0.3 },
    },
  })
  const why = json['why'] as { picture_url: string; nearest: { picture_url: string }[] }
  t.equal((json['sighting'] as Json)['picture_url'], why.picture_url)
  for (const url of [why.picture_url, why.nearest[2]?.picture_url ?? '']) {
    const answer = await request('GET', url)
    t.match([answer.status, answer.headers.get('content-type')], [200, 'image/jpeg'])
    t.equal(answer.headers.get('cache-control'), 'private, no-cache', 'nobody sees it after logging out')
    t.same(new Uint8Array(await answer.arrayBuffer()), JPEG)
    const tag = answer.headers.get('etag') ?? ''
    t.equal((await request('GET', url, undefined, { 'if-none-match': tag })).status, 304)
  }
  t.equal(roleFor('GET', why.picture_url), 'viewer')
  t.equal(roleFor('POST', why.picture_url), undefined)
})

t.test('what is gone has no picture, and a horse is called as it is now', async (t) => {
  const { ask, see, registry, horses } = setUp(t)
  const [a, b] = horses
  const near = { id: storeLook(registry, b.id), horseId: b.id, similarity: 0.9 }
  const id = see(a.id, now, judgedLook({ best: likely(b.id, 0.9), nearest: [near] }))
  const why = async () => (await ask('GET', `/sightings/${id}/why`)).json['why'] as Json
  const before = (await why()) as { nearest: { picture_url: string }[] }
  const url = before.nearest[0]?.picture_url.replace('/api/v1', '') ?? ''
  const merged = await ask('POST', `/horses/${b.id}/merge`, { into: a.id })
  t.match(await why(), { best: { horse_id: a.id, number: 1 }, nearest: [{ picture_url: String }] })
  await ask('POST', `/corrections/${(merged.json['correction'] as Json)['id']}/undo`)
  await ask('DELETE', `/horses/${b.id}`)
  t.match(await why(), {
    best: { horse_id: b.id, number: null, name: null },
    nearest: [{ picture_url: null, number: null, similarity: 0.9 }],
  })
  t.match(await ask('GET', url), { status: 404, json: { code: 'NOT_FOUND' } })
  for (const wrong of ['0', '-1', '1.5', 'x', '9'.repeat(20)])
    t.equal((await ask('GET', `/looks/${wrong}`)).status, 400, wrong)
  t.equal((await ask('GET', '/looks/999999')).status, 404)
})

t.test('each kind of decision has its words', async (t) => {
  const { ask, see, registry, horses } = setUp(t)
  const [a, b] = horses
  const words = async (id: string) => (await ask('GET', `/sightings/${id}/why`)).json['words']
  const best = likely(b.id, 0.55)
  const unknown = see(null, now, judgedLook({ best, second: likely(a.id, 0.001), looks: 1 }))
  t.equal(
    await words(unknown),
    'Not sure enough: Horse #2, 0.55 probable; next is Horse #1, 0.01; 1 look; accepted from 0.75 on.',
  )
  t.equal(await words(see(null, now, judgedLook())), 'Nobody was known yet; 12 looks.')
  t.equal(
    await words(see(null, now, judgedLook({ looks: 0 }))),
    'It may have been another animal than a moment before.',
  )
  t.match(await words(see(a.id, now)), /^0\.90 probable; accepted from 0\.75 on; which looks it was/)
  const created = see(a.id, now, judgedLook({ best: likely(b.id, 0.02) }))
  const row = registry.sightings.get(created)
  if (!row) throw new Error('it was stored')
  const decision = { ...row.decision, kind: 'created' } as const
  registry.sightings.save([{ ...row, detections: 6, addedDetections: 1, decision }])
  t.equal(await words(created), 'Like nobody known: the nearest was Horse #2, 0.02 probable; 12 looks.')
  await ask('POST', `/sightings/${unknown}/corrections`, {
    correction_type: 'reassign',
    corrected_horse_id: a.id,
  })
  t.match(await words(unknown), /^A person said so\. The box thought: Horse #2, 0\.55 probable; next is/)
  const plain = see(null, now)
  await ask('POST', `/sightings/${plain}/corrections`, { correction_type: 'new_guest' })
  t.equal(await words(plain), 'A person said so.')
  t.equal((await ask('GET', `/sightings/${a.id}/why`)).status, 404)
})

t.test('the page of a horse tells why its newest sighting is of it, names escaped', async (t) => {
  const { request, see, registry, horses } = setUp(t)
  const [a, b] = horses
  registry.horses.updateHorseDetails(b.id, { name: '<b>Storm</b>' }, { actor: null, nowMs: now })
  const near = { id: storeLook(registry, b.id), horseId: b.id, similarity: 0.3 }
  see(a.id, now + 60_000, judgedLook({ best: likely(a.id, 0.93), second: likely(b.id, 0.2), ofSecond: near }))
  for (const path of [`/horses/${a.id}`, `/parts/horse/${a.id}/form`]) {
    const page = await (await request('GET', path)).text()
    t.match(page, /<h3>Why<\/h3>\s*<p dir="auto">0\.93 probable; next is &lt;b&gt;Storm&lt;\/b&gt;, 0\.20;/)
    t.match(page, /<img src="\/api\/v1\/looks\/\d+"/)
    t.notMatch(page, /<b>Storm/)
  }
  const { id } = registry.horses.create({ streamId: 'yard' as never, seenMs: now, confidence: 1 })
  t.notMatch(await (await request('GET', `/horses/${id}`)).text(), /class="reasons"/, 'never seen')
})

t.test('an unknown shows its picture', async (t) => {
  const { ask, see, registry, horses } = setUp(t)
  see(null, now)
  see(null, now + 60_000, judgedLook())
  const { sightings } = (await ask('GET', '/streams/yard/unknowns')).json as { sightings: Json[] }
  t.match(sightings, [{ picture_url: /^\/api\/v1\/looks\/\d+$/ }, { picture_url: null }])
  const [newest] = sightings
  const given = { correction_type: 'reassign', corrected_horse_id: horses[0].id }
  await ask('POST', `/sightings/${newest?.['id']}/corrections`, given)
  t.equal(registry.crops.count(), 1, 'by which the horse is known from now on')
})
