/** What cannot be done is said to people as a page in their language, to programs as JSON. */
import t from 'tap'
import { createPasses } from '../../daemon/http/auth/passes.ts'
import { fakeApp, fakeBox, horse, horseId } from './fake-box.ts'

const stop = new AbortController()
t.teardown(() => stop.abort())

const html = { host: 'localhost:8480', accept: 'text/html,*/*', 'accept-language': 'de' }

t.test('a link that leads nowhere is a page', async (t) => {
  const app = fakeApp(fakeBox(), stop.signal)
  const gone = ['/streams/removed', `/horses/${horseId(7)}`, '/cameras/removed/test', '/unknowns/none']
  for (const path of ['/nowhere', '/nowhere/at/all', ...gone]) {
    const answer = await app.request(path, { headers: html })
    t.ok([400, 404].includes(answer.status), path)
    const page = await answer.text()
    t.match(answer.headers.get('content-type'), /^text\/html/, path)
    t.match(page, /<h1>Das ging nicht/, path)
    t.match(page, /href="\/"/, 'a way back')
    const plain = await app.request(path, { headers: { host: 'localhost:8480' } })
    t.match(await plain.json(), { code: /./ }, path)
  }
  t.match(await (await app.request('/nowhere', { headers: html })).text(), /Diese Seite gibt es nicht/)
  // A program may say so of whatever it asks.
  const form = { host: 'localhost:8480', 'content-type': 'application/x-www-form-urlencoded' }
  t.match(await (await app.request('/nowhere', { headers: form })).json(), { code: 'NOT_FOUND' })
  const api = await app.request('/api/v1/nowhere', { headers: html })
  t.match(await api.json(), { code: 'NOT_FOUND' }, 'the API speaks JSON to everybody')
})

t.test('what is not for somebody is said in words', async (t) => {
  const box = fakeBox()
  const { users, passKey, clock } = box.deps
  users.add({ name: 'Anna', role: 'admin', passwordHash: 'x'.repeat(60) }, Date.now())
  const cleo = users.add({ name: 'Cleo', role: 'viewer', passwordHash: 'x'.repeat(60) }, Date.now())
  const pass = await createPasses(passKey, clock).issue(cleo, 3_600_000)
  const app = fakeApp(box, stop.signal)
  const answer = await app.request('/users', { headers: { ...html, cookie: `barnbox_session=${pass}` } })
  t.equal(answer.status, 403)
  const page = await answer.text()
  t.match(page, /Das ist Ihnen nicht erlaubt/)
  t.match(page, /<p class="soft" lang="en"[^>]*>This needs the role admin/)
  t.match(page, /Cleo/, 'with the menu of who is asking')
})

t.test('a bug is told as one, without its words', async (t) => {
  const box = fakeBox()
  box.put(horse(1))
  Object.assign(box.deps, {
    faults() {
      throw new TypeError('secret of the inside')
    },
  })
  const answer = await fakeApp(box, stop.signal).request('/', { headers: html })
  t.equal(answer.status, 500)
  const page = await answer.text()
  t.match(page, /In der Box ist etwas schiefgegangen/)
  t.notMatch(page, /secret/)
})
