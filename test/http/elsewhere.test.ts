/**
 * What other boxes said in place of what was here, on the page of a horse: who, where, what, and the way back.
 */
import t, { type Test } from 'tap'
import type { HorseId } from '../../daemon/types.ts'
import { otherBox, sayElsewhere } from '../support/elsewhere.ts'
import { registryBox } from './registry-box.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

function setUp(t: Test) {
  const barn = registryBox(t)
  const { registry, request, horses, clock } = barn
  const [{ id }] = horses
  const by = (actor: string) => ({ actor, nowMs: clock.utcMs() })
  const page = async (headers: Record<string, string> = {}, of: HorseId = id) =>
    (await request('GET', `/horses/${of}`, undefined, headers)).text()
  /** What the page itself offers for a field, sent as it stands. */
  const takeBack = async (field: string, html: string) => {
    const forms = [
      ...html.matchAll(/<form method="post" action="([^"]+)">\n(<input type="hidden"[\s\S]*?)<button/g),
    ]
    const found = forms.find(([, , inputs = '']) => inputs.includes(`name="${field}"`))
    if (!found) return undefined
    const [, action = '', inputs = ''] = found
    const body = new URLSearchParams(
      [...inputs.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']): [string, string] => [name, value],
      ),
    )
    return await request('POST', action, body.toString(), form)
  }
  return {
    ...barn,
    id,
    by,
    page,
    takeBack,
    said: (of: Record<string, string | number | null>, actor = 'ben') =>
      sayElsewhere(registry, id, of, by(actor)),
  }
}

t.test('where nothing came from elsewhere, nothing is said of it', async (t) => {
  const { page } = setUp(t)
  t.match(await page(), /data-part="elsewhere" hidden/)
})

t.test(
  'who, on which box, which field, what it was and is; taken back by an edit that is later',
  async (t) => {
    const { registry, id, by, page, takeBack, said } = setUp(t)
    registry.horses.updateHorseDetails(
      id,
      { name: 'Thunder', gender: 'mare', notes: 'kicks\nbites' },
      by('anna'),
    )
    said({ name: 'Donner <x>', gender: 'gelding', notes: null, age: 7, official: Date.now() })
    const html = await page()
    t.match(html, /Name: <del dir="auto">Thunder<\/del>[\s\S]*<strong dir="auto">Donner &lt;x&gt;<\/strong>/)
    t.match(html, new RegExp(`<bdi>ben</bdi>, box <bdi translate="no">${otherBox}</bdi>`))
    t.match(html, /<del dir="auto">Mare<\/del>[\s\S]*<strong dir="auto">Gelding</)
    t.match(html, /Resident: <del dir="auto">no<\/del>[\s\S]*<strong dir="auto">yes</)
    const before = registry.sync.rows.horses([id])[0]?.fields['name']
    for (const field of ['name', 'gender', 'notes', 'age', 'official'])
      t.equal(
        (await takeBack(field, await page()))?.headers.get('location'),
        `/horses/${id}?done=saved`,
        field,
      )
    t.match(registry.horses.get(id), {
      ...{ name: 'Thunder', gender: 'mare', notes: 'kicks\nbites', age: null, officialMs: null },
    })
    const after = registry.sync.rows.horses([id])[0]?.fields['name']
    t.match(after, { v: 'Thunder' })
    t.ok(before && after && after.at > before.at, 'so it wins everywhere')
    t.equal(await takeBack('name', await page()), undefined, 'what does not stand any more is not offered')
    t.match(await page(), /Donner/, 'and is still told')
  },
)

t.test('only the newest of a field, and only if nobody has said anything since', async (t) => {
  const { registry, id, by, page, takeBack, said } = setUp(t)
  for (const name of ['One', 'Two']) said({ name })
  t.equal(
    [...(await page()).matchAll(/name="name" value="(\w*)"/g)].map(([, value]) => value).join(),
    'Two,One',
  )
  const old = await page()
  registry.horses.updateHorseDetails(id, { name: 'Three' }, by('anna'))
  const late = await takeBack('revision', old)
  t.equal(late?.status, 409, 'whoever was slower is told')
  t.equal(registry.horses.get(id)?.name, 'Three')
})

t.test('in four languages; a viewer reads it and has no button', async (t) => {
  const { page, said, letIn } = setUp(t)
  said({ name: 'Donner' })
  await letIn('admin')
  const viewer = await letIn('viewer')
  for (const [language, words] of Object.entries({
    ...{ en: /Changed on another box/, de: /anderen Box geändert/, es: /otra caja/, fr: /autre boîte/ },
  })) {
    const html = await page({ ...viewer, 'accept-language': language })
    t.match(html, words)
    t.notMatch(html, /name="name" value/)
  }
})
