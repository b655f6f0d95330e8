/**
 * The page of a horse as forms: every fact, every correction and its undo, without scripts; and what viewers see of it.
 */
import t, { type Test } from 'tap'
import { stayStart } from '../../daemon/http/pages/horse-view.ts'
import type { HorseId, SightingId, StreamId } from '../../daemon/types.ts'
import { judgedLook, now, registryBox, storeLook } from './registry-box.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

function setUp(t: Test) {
  const barn = registryBox(t)
  const { request } = barn
  const post = (path: string, fields: Record<string, string | string[]>, from = '/', more = {}) => {
    const body = new URLSearchParams()
    for (const [name, value] of Object.entries(fields))
      for (const one of [value].flat()) body.append(name, one)
    return request('POST', path, body.toString(), { ...form, referer: `http://localhost${from}`, ...more })
  }
  const page = async (path: string, headers: Record<string, string> = {}) =>
    (await request('GET', path, undefined, { accept: 'text/html', ...headers })).text()
  /** Answers to whose a sighting is; the address that it leads to. */
  const answer = async (id: SightingId, of: HorseId | null, fields: Record<string, string>, from = '/') => {
    const sent = await post('/sightings/corrections', { sighting: id, of: of ?? '', ...fields }, from)
    return { status: sent.status, to: sent.headers.get('location') ?? '' }
  }
  const undoIn = (html: string) => /\/corrections\/[^"/]+\/undo/.exec(html)?.[0] ?? ''
  return { ...barn, post, page, answer, undoIn }
}

t.test('every fact by a plain form; what is cleared is gone, what is absent stays', async (t) => {
  const { registry, horses, post, page } = setUp(t)
  const { id } = horses[0]
  const facts = { breed: 'Haflinger', age: '7', coat: 'chestnut', markings: 'blaze', gender: 'mare' }
  const saved = await post(`/horses/${id}`, { name: 'Thunder', notes: 'kicks\r\nbites', ...facts })
  t.equal(saved.status, 303)
  t.match(registry.horses.get(id), { name: 'Thunder', notes: 'kicks\nbites', ...facts, age: 7 })
  const html = await page(saved.headers.get('location') ?? '')
  t.match(html, /class="done"[^>]*><span>Saved/)
  t.match(
    html,
    /name="breed" value="Haflinger"[\s\S]*value="7"[\s\S]*value="mare" selected[\s\S]*value="chestnut"/,
  )
  await post(`/horses/${id}`, { age: '', gender: '', breed: ' ' })
  t.match(registry.horses.get(id), {
    name: 'Thunder',
    coat: 'chestnut',
    age: null,
    gender: null,
    breed: null,
  })
  for (const [wrong, said] of [
    [{ age: '51' }, /age/],
    [{ age: 'old' }, /age/],
    [{ gender: 'horse' }, /gender/],
    [{ coat: 'x'.repeat(51) }, /at most 50/],
  ] as const) {
    const refused = await post(`/horses/${id}`, { ...wrong, name: 'What <I> typed' })
    t.equal(refused.status, 400)
    const html = await refused.text()
    t.match(html, said)
    t.match(html, /What &lt;I&gt; typed/, 'what was typed is not lost')
    t.equal(registry.horses.get(id)?.name, 'Thunder')
  }
})

t.test('a stale edit is told in words, with what is there now, and can be put in its place', async (t) => {
  const { registry, horses, post } = setUp(t)
  const { id } = horses[0]
  const revision = registry.horses.get(id)?.revision ?? 0
  registry.horses.updateHorseDetails(id, { name: 'Storm', gender: 'mare' }, { actor: 'bert', nowMs: now })
  const stale = await post(`/horses/${id}`, { name: 'Thunder', gender: '', revision: String(revision) })
  t.equal(stale.status, 409)
  const html = await stale.text()
  t.match(html, /somebody else has changed this horse/)
  t.match(html, /value="Thunder"[\s\S]*There now: Storm[\s\S]*There now: Mare/)
  t.equal(registry.horses.get(id)?.name, 'Storm')
  const [, fresh = ''] = /name="revision" value="(\d+)"/.exec(html) ?? []
  t.equal((await post(`/horses/${id}`, { name: 'Thunder', revision: fresh })).status, 303)
  t.match(registry.horses.get(id), { name: 'Thunder', gender: 'mare' })
  const late = await post(`/horses/${id}/official`, { official: 'yes', revision: fresh })
  t.equal(late.status, 409)
  t.match(await late.text(), /somebody else was faster/)
})

t.test('a resident, and none any more', async (t) => {
  const { registry, horses, post, page } = setUp(t)
  const { id } = horses[0]
  for (const official of ['yes', 'no']) {
    const revision = String(registry.horses.get(id)?.revision)
    t.equal((await post(`/horses/${id}/official`, { official, revision })).status, 303)
    t.equal(registry.horses.get(id)?.officialMs !== null, official === 'yes')
    t.equal((await page(`/horses/${id}`)).includes('class="mark">Resident'), official === 'yes')
  }
})

t.test('a sighting is another horse’s, nobody’s, a new one; each is undone where it is told', async (t) => {
  const { registry, horses, page, answer, post, undoIn } = setUp(t)
  const [a, b] = horses
  const [id] = a.sightings
  const from = `/horses/${a.id}?before=5`
  const of = () => registry.sightings.get(id)?.horseId
  for (const [fields, told, then] of [
    [{ answer: 'reassign', horse: b.id }, /Given to another horse/, () => t.equal(of(), b.id)],
    [{ answer: 'not' }, /Not this horse/, () => t.equal(of(), null)],
    [{ answer: 'incorrect' }, /Not a horse/, () => t.equal(of(), null)],
    [
      { answer: 'new', name: 'Nova' },
      /A new horse/,
      () => t.match(registry.horses.get(of() as HorseId), { name: 'Nova', number: 3 }),
    ],
  ] as const) {
    const { status, to } = await answer(id, a.id, fields, from)
    t.equal(status, 303)
    t.match(to, `/horses/${a.id}?before=5&done=`, 'back where it was asked')
    then()
    const html = await page(to)
    t.match(html, told)
    t.equal((await post(undoIn(html), {}, to)).headers.get('location')?.split('?')[0], `/horses/${a.id}`)
    t.equal(of(), a.id)
    t.match(await page(to), /class="done"[^>]*><span>Undone/)
  }
  t.equal((await answer(id, b.id, { answer: 'not' })).status, 409, 'the page said that it was another’s')
  t.equal((await answer(id, a.id, { answer: 'reassign' })).status, 400)
  t.equal((await answer(id, a.id, { answer: 'reassign', horse: a.id })).status, 400)
  t.equal((await answer(id, a.id, { answer: 'perhaps' })).status, 400)
})

t.test('the timeline: by day, older ones behind, corrected ones with undo', async (t) => {
  const { horses, see, answer, page } = setUp(t)
  const [a, b] = horses
  const ids = Array.from({ length: 25 }, (_, n) => see(a.id, now + 3600_000 + n * 60_000, judgedLook()))
  const first = await page(`/horses/${a.id}`)
  t.equal([...first.matchAll(/href="\/sightings\/[^"#]*" aria-label/g)].length, 20)
  t.match(first, /Sun,? 22 Nov/)
  t.match(first, /<img src="\/api\/v1\/looks\/\d+"/)
  const [, older = ''] = /href="(\/horses\/[^"]*before=[^"]*)"/.exec(first) ?? []
  const second = await page(older.replace('&amp;', '&').split('#')[0] ?? '')
  t.equal([...second.matchAll(/href="\/sightings\/[^"#]*" aria-label/g)].length, 7)
  t.match(second, /Newest/)
  await answer(ids[24] as SightingId, a.id, { answer: 'reassign', horse: b.id })
  t.match(await page(`/horses/${b.id}`), /A person said so[\s\S]*\/corrections\/[^"]*\/undo/)
})

t.test('split off with a name, undone on the page of the horse that is gone by it', async (t) => {
  const { registry, horses, see, page, post, undoIn } = setUp(t)
  const [a] = horses
  const third = see(a.id, now + 60_000)
  const chosen = [third, a.sightings[1]]
  t.match(await page(`/horses/${a.id}?split=1`), /type="checkbox" form="split" name="sighting"/)
  const split = await post(`/horses/${a.id}/split`, { sighting: chosen, name: 'Nova' })
  const to = split.headers.get('location') ?? ''
  const html = await page(to)
  t.match(html, /<h1><bdi>Horse #3 - Nova<\/bdi>/)
  for (const id of chosen) t.not(registry.sightings.get(id)?.horseId, a.id)
  const undone = await post(undoIn(html), {}, to)
  t.match(undone.headers.get('location'), `/horses/${a.id}?done=`)
  for (const id of chosen) t.equal(registry.sightings.get(id)?.horseId, a.id)
  t.equal((await post(`/horses/${a.id}/split`, {})).status, 400)
  t.equal((await post(`/horses/${a.id}/split`, { sighting: horses[1].sightings[0] })).status, 400)
})

t.test('deleted: asked once more, told by its number, and back by undo', async (t) => {
  const { registry, horses, page, post, undoIn } = setUp(t)
  const [a] = horses
  t.match(await page(`/horses/${a.id}`), /<details[^>]*><summary>Delete this horse…/)
  const to = (await post(`/horses/${a.id}/delete`, {}, `/horses/${a.id}`)).headers.get('location') ?? ''
  t.equal(registry.horses.get(a.id), undefined)
  const html = await page(to)
  t.match(html, /Deleted: <bdi>Horse #1<\/bdi>/)
  const gone = await page(`/horses/${a.id}`)
  t.match(gone, /It is not there any more/)
  const back = await post(undoIn(html), {}, to)
  t.match(back.headers.get('location'), `/horses/${a.id}?done=`)
  t.ok(registry.horses.get(a.id))
  t.equal((await post(undoIn(html), {}, to)).status, 409)
})

t.test('merged with a horse that is searched for, which has both names then', async (t) => {
  const { registry, horses, page, post } = setUp(t)
  const [a, b] = horses
  for (const [{ id }, name] of [
    [a, 'Éclair'],
    [b, 'Storm'],
  ] as const)
    registry.horses.updateHorseDetails(id, { name }, { actor: null, nowMs: now })
  const found = async (q: string) =>
    [
      ...(await page(`/horses/${b.id}/merge?q=${encodeURIComponent(q)}`)).matchAll(
        /name="into" value="([^"]+)"/g,
      ),
    ].map(([, id]) => id)
  t.same(await found(''), [a.id], 'not itself')
  t.same(await found('eclair'), [a.id])
  t.same(await found('#1'), [a.id])
  t.same(await found('nobody'), [])
  const to = (await post(`/horses/${b.id}/merge`, { into: a.id })).headers.get('location') ?? ''
  const html = await page(to)
  t.match(html, /Merged: [\s\S]*Storm[\s\S]*→[\s\S]*Éclair/)
  t.match(html, /<h2>Names<\/h2>[\s\S]*Storm<\/bdi> <span class="hint">from a merged horse/)
  t.match(await page(`/horses/${b.id}`), /Horse #1 - Éclair/, 'the old address answers')
})

t.test('looks: by day and infrared, confirmed ones, and "not this horse" of a look', async (t) => {
  const { registry, horses, see, page, answer } = setUp(t)
  const [a, b] = horses
  storeLook(registry, a.id)
  const id = see(null, now + 90_000, judgedLook({}, now + 90_000))
  await answer(id, null, { answer: 'reassign', horse: a.id })
  const html = await page(`/horses/${a.id}`)
  t.match(html, /<figure class="anchor"><img src="\/api\/v1\/looks\/\d+"[\s\S]*Daylight, Confirmed/)
  const part = html.slice(html.indexOf('data-part="looks"'))
  t.match(part, new RegExp(`name="sighting" value="${id}"><input type="hidden" name="of" value="${a.id}"`))
  const looks = part.slice(0, part.indexOf('</section>'))
  t.equal([...looks.matchAll(/<figure/g)].length, 2)
  t.match(await page(`/horses/${b.id}`), /No look is kept yet/)
})

t.test('where it spends its time: shares by camera, of what was seen', async (t) => {
  const { box, registry, page, clock } = setUp(t)
  const yard = 'yard' as StreamId
  const { id } = registry.horses.create({ streamId: yard, seenMs: clock.utcMs(), confidence: 1 })
  t.match(await page(`/horses/${id}`), /It was not seen in the last 7 days/)
  const hour = 3600_000
  const nowMs = clock.utcMs()
  const see = (streamId: string, fromMs: number, toMs: number) => {
    const decision = {
      kind: 'matched',
      score: 0.9,
      secondScore: null,
      threshold: null,
      margin: null,
      model: null,
    } as const
    const ids = { id: crypto.randomUUID() as SightingId, trackletId: crypto.randomUUID() as never }
    const times = { fromMs, toMs, detections: 1, addedDetections: 1 }
    registry.sightings.save([{ ...ids, ...times, streamId: streamId as StreamId, horseId: id, decision }])
  }
  see('aisle', nowMs - 50 * hour, nowMs - 41 * hour)
  see('yard', nowMs - 2 * hour, nowMs - hour)
  see('aisle', nowMs - 27 * hour, nowMs - 21 * hour)
  t.same(registry.sightings.staysOf(id, nowMs - 24 * hour, nowMs), [
    { streamId: 'aisle', ms: 3 * hour },
    { streamId: 'yard', ms: hour },
  ])
  const html = await page(`/horses/${id}`)
  t.match(
    html,
    /aisle[\s\S]*<b>75 %<\/b> <span class="hint">3 h<[\s\S]*<b>94 %<\/b>[\s\S]*Yard[\s\S]*<b>25 %<\/b>/,
  )
  t.match(html, /<rect width="75" height="10"/)
  t.equal(box.cameras.length, 1)
})

t.test('since when a horse is where it is', (t) => {
  const seen = (streamId: string, fromMs: number, toMs: number) => ({
    streamId: streamId as StreamId,
    fromMs,
    toMs,
  })
  const minute = 60_000
  t.equal(stayStart([], 7), 7)
  const rows = [
    seen('a', 60 * minute, 70 * minute),
    seen('a', 50 * minute, 58 * minute),
    seen('b', 30 * minute, 49 * minute),
    seen('a', 10 * minute, 48 * minute),
  ]
  t.equal(stayStart(rows, 0), 50 * minute)
  t.equal(stayStart([seen('a', 60 * minute, 61 * minute), seen('a', 0, 50 * minute)], 0), 60 * minute)
  t.end()
})

t.test('viewers see everything and no form; what they send is refused', async (t) => {
  const { horses, page, post, letIn, see } = setUp(t)
  const [a] = horses
  const id = see(null, now, judgedLook())
  await letIn('admin')
  const [viewer, caretaker] = [await letIn('viewer'), await letIn('caretaker')]
  for (const path of [
    `/horses/${a.id}`,
    `/sightings/${a.sightings[0]}`,
    '/corrections',
    `/sightings/${id}`,
  ]) {
    const html = await page(path, viewer)
    t.notMatch(html.replace(/<form method="post" action="\/logout"[\s\S]*?<\/form>/, ''), /<form/, path)
    t.match(html, /<h1>/)
  }
  t.match(await page(`/horses/${a.id}`, caretaker), /action="\/sightings\/corrections"/)
  for (const path of [
    `/horses/${a.id}`,
    `/horses/${a.id}/official`,
    `/horses/${a.id}/split`,
    `/horses/${a.id}/merge`,
    `/horses/${a.id}/delete`,
    '/sightings/corrections',
    `/corrections/${a.id}/undo`,
  ])
    t.equal((await post(path, {}, '/', viewer)).status, 403, path)
})

t.test(
  'the page of a horse that went with its last sighting leads on, and its undo back to it',
  async (t) => {
    const { registry, see, answer, page, undoIn, post } = setUp(t)
    const { id } = registry.horses.create({ streamId: 'yard' as StreamId, seenMs: now, confidence: 1 })
    const { to } = await answer(see(id, now), id, { answer: 'incorrect' }, `/horses/${id}`)
    t.match(to, /^\/corrections\?done=/)
    const html = await page(to)
    t.match(html, /class="done"/)
    t.equal((await post(undoIn(html), {}, '/corrections')).status, 303)
    t.equal(registry.horses.get(id)?.totalDetections, 5)
  },
)

t.test('the way back leads to no other host, whatever the referer says', async (t) => {
  const { horses, post } = setUp(t)
  const [a, b] = horses
  let of: HorseId = a.id
  for (const referer of [
    'http://evil.example//evil.example/x',
    'nonsense',
    'http://evil.example/unknowns/1',
  ]) {
    const horse: HorseId = of === a.id ? b.id : a.id
    const fields = { sighting: a.sightings[0], of, answer: 'reassign', horse }
    const sent = await post('/sightings/corrections', fields, '/', { referer })
    of = horse
    t.match(sent.headers.get('location'), /^\/(?!\/)/, referer)
  }
})
