/**
 * When something is an alert and when it is told: as in the config until an admin changes it, over the API or on the page.
 */
import t, { type Test } from 'tap'
import { openWishes } from '../../daemon/barn-wishes.ts'
import { alertsSchema } from '../../daemon/config/alerts.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { registryBox } from './registry-box.ts'

const path = '/api/v1/alerts/settings'
const form = { 'content-type': 'application/x-www-form-urlencoded' }

function setUp(t: Test) {
  const barn = registryBox(t)
  const put = async (body: unknown) => {
    const answer = await barn.request('PUT', path, JSON.stringify(body))
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const get = async () => (await barn.request('GET', path)).json() as Promise<Record<string, unknown>>
  const wishes = (config: unknown) => {
    const { registry, box } = barn
    const world = { settings: registry.settings, cameras: () => box.cameras, log: silentLog }
    return openWishes(alertsSchema.parse(config), world)
  }
  return { ...barn, put, get, wishes }
}

t.test('over the API: what is changed, by whom, once; the rest is as in the config', async (t) => {
  const { put, get, wishes } = setUp(t)
  t.match(await get(), { version: 0, as_in_config: true, night: { from: '22:00' }, quiet_hours: null })
  const schedules = [
    { name: 'Feeding', from: '06:00', to: '07:00', silences: ['horse_missing'], cameras: ['yard'] },
  ]
  const rules = { horse_missing: { enabled: false }, wrong_horse: { after_seconds: 5 } }
  const { body } = await put({ version: 0, rules, schedules, quiet_hours: { from: '21:00', to: '05:00' } })
  t.match(body, { version: 1, as_in_config: false, schedules, quiet_hours: { least: 'critical' } })
  t.match(
    (body['rules'] as { kind: string }[]).filter(({ kind }) => kind in rules),
    [
      { kind: 'horse_missing', enabled: false, after_seconds: 600, severity: 'critical' },
      { kind: 'wrong_horse', enabled: true, after_seconds: 5, cool_down_seconds: 1800 },
    ],
  )
  t.equal((await put({ version: 0 })).status, 409, 'somebody was faster')
  t.match(await get(), { version: 1 })
  const later = wishes({
    night: { from: '20:00', to: '04:00' },
    rules: { wrong_horse: { severity: 'info' } },
  })
  t.match(later.config(), { night: { from: '20:00' }, schedules }, 'kept, over another config')
  t.match(later.config().rules.wrong_horse, { after_seconds: 5, severity: 'info' })
  t.match((await put({ version: 1 })).body, { version: 2, as_in_config: true, schedules: [] })
})

t.test('what the config would not take is refused, and nothing is changed', async (t) => {
  const { put, get } = setUp(t)
  const plan = { name: 'x', from: '06:00', to: '07:00', silences: ['horse_missing'] }
  for (const wrong of [
    { night: { from: '25:00', to: '05:00' } },
    { night: { from: '22:00' } },
    { rules: { nothing: { enabled: true } } },
    { rules: { horse_missing: { after_seconds: -1 } } },
    { quiet_hours: { from: '21:00', to: '06:00', least: 'loud' } },
    { schedules: [{ ...plan, silences: [] }] },
    { schedules: [{ ...plan, cameras: ['nowhere'] }] },
    { schedules: Array.from({ length: 33 }, () => plan) },
    { webhooks: [] },
    { enabled: false },
  ])
    t.equal((await put({ version: 0, ...wrong })).status, 400, JSON.stringify(wrong).slice(0, 80))
  t.equal((await put({})).status, 400)
  t.match(await get(), { version: 0, as_in_config: true })
})

t.test('what is spoilt in the registry is no reason to be silent: the config counts', async (t) => {
  const { registry, wishes } = setUp(t)
  for (const spoilt of ['{', '{"version":3,"wishes":{"rules":{"horse_missing":{"after_seconds":"x"}}}}']) {
    registry.settings.set('alert_wishes', spoilt)
    t.match(wishes({}).config(), { night: { from: '22:00' } })
  }
})

t.test('the page: saved as it stands changes nothing; a plan is added, a rule switched off', async (t) => {
  const { request, get, letIn, app } = setUp(t)
  const page = await (await request('GET', '/alerts/settings')).text()
  /** The form as a browser would send it untouched. */
  const fields = () => {
    const all = new URLSearchParams()
    for (const [tag, name = '', value = ''] of page.matchAll(
      /<input [^>]*?name="([^"]+)"[^>]*?value="([^"]*)"[^>]*>/g,
    ))
      if (!/checkbox/.test(tag) || /checked/.test(tag)) all.append(name, value)
    for (const [, name = '', options = ''] of page.matchAll(/<select name="([^"]+)">(.*?)<\/select>/gs))
      all.append(name, /value="(\w+)" selected/.exec(options)?.[1] ?? '')
    const [, version = ''] = /name="version" value="(\d+)"/.exec(page) ?? []
    all.set('version', version)
    return all
  }
  const send = async (more: (all: URLSearchParams) => void) => {
    const all = fields()
    more(all)
    return request('POST', '/alerts/settings', all.toString(), form)
  }
  t.match(await (await send((all) => all.set('do', 'save'))).text(), /Saved\./)
  t.match(await get(), { version: 1, as_in_config: true, schedules: [] })
  const changed = await send((all) => {
    all.set('version', '1')
    all.delete('on', 'horse_missing')
    all.set('plan_0_name', 'Turnout')
    for (const day of ['mon', 'tue']) all.append('plan_0_days', day)
    all.append('plan_0_silences', 'horse_outside')
  })
  t.match(await changed.text(), /Turnout/)
  t.match(await get(), {
    ...{ version: 2, as_in_config: false },
    schedules: [
      { name: 'Turnout', from: '08:00', to: '16:00', days: ['mon', 'tue'], silences: ['horse_outside'] },
    ],
  })
  t.match(await (await send(() => {})).text(), /Somebody else has changed it/)
  const wrong = await send((all) => {
    all.set('version', '2')
    all.set('plan_0_name', 'Nothing')
  })
  t.equal(wrong.status, 400)
  t.match(await wrong.text(), /As planned: there must be at least 1/)
  await request('POST', '/alerts/settings', 'do=reset&version=2', form)
  t.match(await get(), { version: 3, as_in_config: true })
  await letIn('admin')
  const headers = { host: 'localhost', ...(await letIn('caretaker')) }
  t.equal((await app.request('/alerts/settings', { headers })).status, 403)
  t.equal((await app.request(path, { headers })).status, 200, 'all may read it')
  t.equal((await app.request(path, { method: 'PUT', headers, body: '{}' })).status, 403)
  t.notMatch(await (await app.request('/alerts', { headers })).text(), /alerts\/settings/)
})
