/**
 * Who is unknown: alike sightings are one question, an answer is for all of them, teaches, and is undone at once.
 */
import t, { type Test } from 'tap'
import type { HorseId, SightingId } from '../../daemon/types.ts'
import { JPEG } from './fake-box.ts'
import { judgedLook, now, registryBox } from './registry-box.ts'

const kind = { id: 'm@1', dim: 4, name: 'm', preprocess: null, licence: null }
const brown = Float32Array.of(1, 0, 0, 0)
const grey = Float32Array.of(0, 0, 1, 0)
const form = { 'content-type': 'application/x-www-form-urlencoded', referer: 'http://localhost/unknowns' }

function setUp(t: Test) {
  const barn = registryBox(t)
  const { registry, request } = barn
  registry.embedders.note(kind)
  registry.embedders.use(kind.id)
  const see = (atMs: number, vector: Float32Array) => {
    const judged = judgedLook({}, atMs)
    return barn.see(null, atMs, { ...judged, look: { vector, crop: JPEG, sharpness: 1 } })
  }
  const know = (horseId: HorseId, vector: Float32Array) =>
    registry.openLooks(kind).add('yard' as never, {
      ...{ horseId, vector, jpeg: JPEG, quality: 1, takenMs: now },
    })
  const page = async (path = '/unknowns', headers: Record<string, string> = {}) =>
    (await request('GET', path, undefined, headers)).text()
  const send = async (path: string, fields: readonly (readonly [string, string])[]) => {
    const sent = await request(
      'POST',
      path,
      new URLSearchParams(fields as [string, string][]).toString(),
      form,
    )
    return { status: sent.status, to: sent.headers.get('location') ?? '' }
  }
  const answer = (ids: readonly SightingId[], answer: string, more: Record<string, string> = {}) =>
    send('/sightings/corrections', [
      ...ids.map((id) => ['sighting', id] as const),
      ['of', ''],
      ['answer', answer],
      ...Object.entries(more),
    ])
  const groups = (html: string) =>
    html
      .split('<article')
      .slice(1)
      .map((part) => [...new Set([...part.matchAll(/name="sighting" value="([^"]+)"/g)].map(([, id]) => id))])
  const offers = (html: string) =>
    [...html.matchAll(/class="pick" name="horse" value="([^"]+)"/g)].map(([, id]) => id)
  const undo = (html: string) => send(/\/corrections\/[^"/]+\/undo/.exec(html)?.[0] ?? '', [])
  return { ...barn, see, know, page, answer, groups, offers, undo }
}

const minute = 60_000

t.test('nobody is unknown', async (t) => {
  const { page } = setUp(t)
  t.match(await page(), /Nobody is unknown/)
  t.match(await page(), /<a href="\/unknowns" aria-current="page">/, 'the menu says where one is')
  t.match(await page('/'), /<a href="\/unknowns" >Unknowns<\/a>/)
})

t.test('alike ones are one group, the nearest horses come first, and one answer is for all', async (t) => {
  const { registry, horses, see, know, page, answer, groups, offers, undo, told } = setUp(t)
  const [a, b] = horses
  know(a.id, grey)
  know(b.id, brown)
  const ids = [1, 2, 3].map((n) => see(now + n * 10 * minute, n === 2 ? grey : brown)) as [
    SightingId,
    SightingId,
    SightingId,
  ]
  const html = await page()
  t.same(groups(html), [[ids[2], ids[0]], [ids[1]]], 'the newest first')
  t.same(offers(html), [b.id, a.id, a.id, b.id])
  t.match(html, /<img src="\/api\/v1\/looks\/\d+"[\s\S]*2 sightings[\s\S]*Yard/)
  const done = await answer([ids[2], ids[0]], 'reassign', { horse: b.id })
  t.equal(done.status, 303)
  t.match(done.to, '/unknowns?done=')
  for (const id of [ids[2], ids[0]]) t.equal(registry.sightings.get(id)?.horseId, b.id)
  t.equal(registry.crops.ofHorse(b.id, 10).filter(({ isAnchor }) => isAnchor).length, 2, 'it teaches')
  t.equal(told.filter(([fact]) => fact === 'corrected').length, 1, 'one correction, told at once')
  const after = await page(done.to)
  t.same(groups(after), [[ids[1]]])
  t.match(after, /Given to another horse/)
  t.equal((await undo(after)).to.split('=')[0], '/unknowns?done')
  t.same(groups(await page()), [[ids[2], ids[0]], [ids[1]]])
  t.equal(registry.crops.ofHorse(b.id, 10).filter(({ isAnchor }) => isAnchor).length, 0)
})

t.test('"not this horse" is remembered, and the next one is offered', async (t) => {
  const { horses, see, know, page, answer, offers, undo } = setUp(t)
  const [a, b] = horses
  know(a.id, grey)
  know(b.id, brown)
  const id = see(now + 10 * minute, brown)
  t.same(offers(await page()), [b.id, a.id])
  const { to } = await answer([id], 'not', { horse: b.id })
  const html = await page(to)
  t.same(offers(html), [a.id], 'it is still asked')
  t.equal((await answer([id], 'reassign', { horse: a.id })).status, 303)
  await undo(await page('/corrections'))
  t.same(offers(await page()), [a.id])
  t.equal((await answer([id], 'not')).status, 400, 'which horse?')
})

t.test('a horse that was seen at the same time is not offered', async (t) => {
  const { horses, see, know, page, offers } = setUp(t)
  const [a, b] = horses
  know(a.id, brown)
  know(b.id, brown)
  see(now + 500, brown)
  t.same(offers(await page()), [b.id], 'the other one was in the picture')
})

t.test('a new horse with its name, for all of a group', async (t) => {
  const { registry, see, page, answer, groups } = setUp(t)
  const ids = [see(now + 10 * minute, brown), see(now + 20 * minute, brown)]
  const { to } = await answer(ids, 'new', { name: ' Nova ' })
  const horseId = registry.sightings.get(ids[0] as SightingId)?.horseId as HorseId
  t.match(registry.horses.get(horseId), { name: 'Nova', number: 3, totalDetections: 10 })
  t.equal(registry.sightings.get(ids[1] as SightingId)?.horseId, horseId)
  t.match(await page(to), /A new horse: <a href="\/horses\/[^"]*"><bdi>Nova/)
  t.same(groups(await page()), [])
})

t.test('not a horse at all: it is not asked again, and undo asks again', async (t) => {
  const { see, page, answer, groups, undo } = setUp(t)
  const id = see(now + 10 * minute, brown)
  const { to } = await answer([id], 'incorrect')
  const html = await page(to)
  t.same(groups(html), [])
  await undo(html)
  t.same(groups(await page()), [[id]])
})

t.test('who answers late is told so, and nothing is changed', async (t) => {
  const { registry, horses, see, answer } = setUp(t)
  const [a, b] = horses
  const ids = [see(now + 10 * minute, brown), see(now + 20 * minute, brown)]
  await answer(ids.slice(0, 1), 'reassign', { horse: a.id })
  t.equal((await answer(ids, 'reassign', { horse: b.id })).status, 409)
  t.same(
    ids.map((id) => registry.sightings.get(id)?.horseId),
    [a.id, null],
  )
})

t.test('all horses for a group, searched; gone when it is answered', async (t) => {
  const { registry, horses, see, page, answer, request } = setUp(t)
  registry.horses.updateHorseDetails(horses[1].id, { name: 'Storm' }, { actor: null, nowMs: now })
  const id = see(now + 10 * minute, brown)
  const html = await page(`/unknowns/${id}?q=storm`)
  t.equal([...html.matchAll(/class="pick"/g)].length, 1)
  await answer([id], 'reassign', { horse: horses[1].id })
  t.equal((await request('GET', `/unknowns/${id}`)).status, 404)
})

t.test('those of which no picture is kept are counted', async (t) => {
  const barn = setUp(t)
  registryWithout(barn)
  t.match(await barn.page(), /Sightings without a picture good enough to ask about: 1/)
})

function registryWithout({ registry }: Pick<ReturnType<typeof registryBox>, 'registry'>): void {
  const decision = {
    kind: 'unknown',
    score: null,
    secondScore: null,
    threshold: null,
    margin: null,
    model: null,
  } as const
  const ids = { id: crypto.randomUUID() as SightingId, trackletId: crypto.randomUUID() as never }
  const times = { fromMs: now, toMs: now, detections: 3, addedDetections: 3 }
  registry.sightings.save([{ ...ids, ...times, streamId: 'yard' as never, horseId: null, decision }])
}

t.test('viewers look and are not asked', async (t) => {
  const { see, page, letIn } = setUp(t)
  const id = see(now + 10 * minute, brown)
  await letIn('admin')
  const viewer = await letIn('viewer')
  for (const path of ['/unknowns', `/unknowns/${id}`]) {
    const html = await page(path, viewer)
    t.match(html, /<img src="\/api\/v1\/looks/)
    t.notMatch(html.replace(/<form method="post" action="\/logout"[\s\S]*?<\/form>/, ''), /<form/)
  }
})
