/**
 * What is not as it should be, over the API and on its page: seen by all, looked after by caretakers, told as it changes.
 */
import t, { type Test } from 'tap'
import type { Alert, AlertSubject } from '../../daemon/presence-types.ts'
import type { StreamId } from '../../daemon/types.ts'
import { JPEG } from './fake-box.ts'
import { now, registryBox } from './registry-box.ts'

const yard: AlertSubject = { streamId: 'yard' as StreamId, stallId: null, horseId: null, part: null }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

function setUp(t: Test) {
  const barn = registryBox(t)
  const { registry, request } = barn
  const raise = (more: Partial<Alert> & { picture?: Uint8Array } = {}, atMs = now) =>
    registry.alerts.raise(
      { kind: 'camera_down', severity: 'warning', ...yard, detail: 'no route', ...more },
      ['mqtt'],
      atMs,
    )
  const get = async (path: string) => (await request('GET', `/api/v1${path}`)).json()
  const page = async () => (await request('GET', '/alerts')).text()
  const press = async (id: string, fields: Record<string, string>) =>
    (await request('POST', `/alerts/${id}`, new URLSearchParams(fields).toString(), form)).status
  return { ...barn, raise, get, page, press }
}

t.test('alerts over the API: the newest first, those that are open, one, its picture', async (t) => {
  const { raise, get, request, registry } = setUp(t)
  const old = raise({}, now - 60_000)
  registry.alerts.clear(old.id, now - 30_000)
  const seen = raise({ kind: 'person_at_night', picture: JPEG })
  t.match(await get('/alerts'), {
    alerts: [
      { id: seen.id, kind: 'person_at_night', camera: 'yard', until: null, verdict: null },
      { id: old.id, until: new Date(now - 30_000).toISOString(), picture_url: null },
    ],
    week: { alerts: Number },
  })
  t.match(await get('/alerts?open=true'), { alerts: { length: 1 } })
  t.match(await get(`/alerts?limit=1&before=${now}`), { alerts: [{ id: old.id }] })
  const { picture_url } = (await get(`/alerts/${seen.id}`)) as { picture_url: string }
  const picture = await request('GET', picture_url)
  t.match(picture.headers.get('content-type'), 'image/jpeg')
  t.same(new Uint8Array(await picture.arrayBuffer()), new Uint8Array(JPEG))
  t.equal((await request('GET', `/api/v1/alerts/${old.id}/picture.jpg`)).status, 404)
  t.equal((await request('GET', '/api/v1/alerts/nothing')).status, 400)
  t.match(await get('/stalls'), { stalls: [], total: 0 })
})

t.test('looked after, quiet for a while, called a false alarm', async (t) => {
  const { raise, request } = setUp(t)
  const { id } = raise()
  const post = async (what: string, body?: unknown) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await request('POST', `/api/v1/alerts/${id}/${what}`, text)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  t.match((await post('acknowledge')).body, { acknowledged: String })
  t.match((await post('snooze', { minutes: 60 })).body, { snoozed_until: String })
  t.match((await post('verdict', { verdict: 'not_useful' })).body, { verdict: 'not_useful' })
  t.match((await post('verdict', { verdict: null })).body, { verdict: null })
  for (const [what, body] of [
    ['snooze', {}],
    ['snooze', { minutes: 0 }],
    ['snooze', { minutes: 1e9 }],
    ['verdict', { verdict: 'perhaps' }],
  ] as const)
    t.equal((await post(what, body)).status, 400, `${what} ${JSON.stringify(body)}`)
  const nobody = '01890000-0000-7000-8000-000000000000'
  t.equal((await request('POST', `/api/v1/alerts/${nobody}/acknowledge`)).status, 404)
})

t.test('the page: calm, then what is so with its buttons, which do it', async (t) => {
  const { raise, page, press, registry } = setUp(t)
  t.match(await page(), /All is as it should be/)
  const { id } = raise({ detail: '<b>no</b> route', picture: JPEG })
  const shown = await page()
  t.match(shown, /Camera offline/)
  t.match(shown, /&lt;b&gt;no&lt;\/b&gt; route/)
  t.match(shown, new RegExp(`/api/v1/alerts/${id}/picture.jpg`))
  t.equal(await press(id, { do: 'acknowledge' }), 303)
  t.match(await page(), /looks after it/)
  t.equal(await press(id, { do: 'snooze', minutes: '60' }), 303)
  t.equal(await press(id, { do: 'judge', verdict: 'not_useful' }), 303)
  t.equal(await press(id, { do: 'nothing' }), 400)
  registry.alerts.clear(id, now + 1000)
  const past = await page()
  t.match(past, /All is as it should be/)
  t.match(past, /A false alarm, somebody said/)
  t.notMatch(past, /name="do" value="snooze"/)
})

t.test('paused over MQTT, the page says so', async (t) => {
  const { page, box } = setUp(t)
  t.notMatch(await page(), /Telling is paused/)
  box.isPaused = true
  t.match(await page(), /Telling is paused/)
})

t.test('a viewer sees them and has no buttons', async (t) => {
  const { raise, app, letIn } = setUp(t)
  const { id } = raise()
  await letIn('admin')
  const headers = { host: 'localhost', ...(await letIn('viewer')) }
  const page = await (await app.request('/alerts', { headers })).text()
  t.match(page, /Camera offline/)
  t.notMatch(page, /<button[^>]*>I look after it/)
  const refused = await app.request(`/api/v1/alerts/${id}/acknowledge`, { method: 'POST', headers })
  t.equal(refused.status, 403)
})
