/** The pages of a new box for a broken one, and the file of a backup, on a desk that does as it is told. */
import t, { type Test } from 'tap'
import { addToken } from '../../daemon/http/api/tokens.ts'
import type { Role } from '../../daemon/types.ts'
import { fakeApp, fakeBox } from './fake-box.ts'
import { goodBackup, goodOffer } from './fake-restores.ts'

const PIN = '31415926'

function setUp(t: Test, isShared = true) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox()
  const app = fakeApp(box, stop.signal, { isShared })
  const host = isShared ? 'box:8480' : 'localhost:8480'
  let cookie = ''
  const ask = (path: string, headers: Record<string, string> = {}) =>
    app.request(path, { headers: { host, cookie, ...headers } })
  const send = (path: string, body: string | FormData, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: 'POST',
      headers: {
        ...{ host, cookie, origin: `http://${host}` },
        ...(typeof body === 'string' && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      body,
    })
  const comeIn = async () => {
    const answer = await send('/setup/restore', `pin=${PIN}`)
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    return answer
  }
  return { box, desk: box.restores, app, ask, send, comeIn }
}

function fileForm(bytes: Uint8Array): FormData {
  const form = new FormData()
  form.append('file', new Blob([Buffer.from(bytes)]), 'barnbox.tar')
  return form
}

t.test('the PIN alone opens this page, and no other', async (t) => {
  const { box, ask, send, comeIn } = setUp(t)
  t.match(await (await ask('/setup')).text(), /href="\/setup\/restore"/)
  t.equal((await ask('/restore', { accept: 'text/html' })).headers.get('location'), '/setup')
  t.equal((await send('/restore/file', fileForm(Buffer.from('x')))).status, 401)
  const wrong = await send('/setup/restore', 'pin=12345678')
  t.equal(wrong.status, 403)
  t.match(await wrong.text(), /not the PIN/)
  t.equal(wrong.headers.get('set-cookie'), null)
  const right = await comeIn()
  t.equal(right.headers.get('location'), '/restore')
  t.match(right.headers.get('set-cookie'), /Path=\/restore; HttpOnly; SameSite=Strict/)
  t.equal((await ask('/restore')).status, 200)
  for (const path of ['/', '/system', '/users', '/api/v1/users', '/restored', '/metrics'])
    t.equal((await ask(path)).status, 401, path)
  t.equal((await send('/restore/discard', '', { origin: 'http://evil.example' })).status, 403)
  t.equal((await ask('/restore', { cookie: 'barnbox_setup=guessed' })).status, 401)
  box.deps.users.add({ name: 'Anna', role: 'admin', passwordHash: 'h'.repeat(80) }, Date.now())
  t.equal((await ask('/restore')).status, 401, 'nor once there is a user')
  t.equal((await ask('/setup/restore')).headers.get('location'), '/restore')
})

t.test('a visit ends by itself', async (t) => {
  const { box, ask, comeIn } = setUp(t)
  let mono = 0
  box.deps.clock.monoMs = () => mono
  await comeIn()
  mono += 2 * 3600_000 - 1
  t.equal((await ask('/restore')).status, 200)
  mono += 1
  t.equal((await ask('/restore')).status, 401)
})

t.test('guessing at the PIN is slowed down here as at the set-up', async (t) => {
  const { send } = setUp(t)
  for (let n = 0; n < 10; n++) await send(n % 2 === 0 ? '/setup/restore' : '/setup', `pin=${n}`)
  const refused = await send('/setup/restore', `pin=${PIN}`)
  t.equal(refused.status, 429)
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.match(await refused.text(), /Wait a minute/)
})

t.test('from a disk: what is offered, what will come, and that the old box stays off', async (t) => {
  const { desk, ask, send, comeIn } = setUp(t)
  await comeIn()
  t.match(await (await ask('/restore')).text(), /No backup was found/)
  desk.backups = [goodOffer, { ...goodOffer, id: '0'.repeat(16), box: null, horses: 1 }]
  desk.barred = ['/mnt/<locked>']
  const offers = await (await ask('/restore')).text()
  t.match(offers, /28 November 2026.*north-barn.*24 horses.*310\sMB.*name unknown.*1 horse,/s)
  t.match(offers, /may not look:.*\/mnt\/&lt;locked&gt;/s)
  const gone = await send('/restore/offered', 'backup=nothing')
  t.equal(gone.status, 404)
  t.match(await gone.text(), /role="alert">Not restored:.*not there any more/s)
  t.equal((await send('/restore/offered', `backup=${goodOffer.id}`)).status, 303)
  const page = await (await ask('/restore')).text()
  t.match(page, /This will come.*90,210.*Thunder, Storm.*Anna.*North aisle, Yard/s)
  t.notMatch(page, /do not fit/)
  t.match(page, /must never run again/)
  t.equal((await send('/restore/confirm', '')).status, 303, 'not without the word')
  t.same(desk.wanted, [])
  const going = await send('/restore/confirm', 'sure=yes')
  t.equal(going.status, 200)
  t.match(await going.text(), /put in place.*href="\/login"/s)
  t.same(desk.wanted, [null])
  await send('/restore/discard', '')
  t.equal(desk.staged, null)
  t.equal((await send('/restore/confirm', 'sure=yes')).status, 404)
})

t.test('from a file, larger than any other body may be', async (t) => {
  const { desk, send, comeIn } = setUp(t)
  await comeIn()
  const bytes = Buffer.alloc(3_000_000, 'barnbox')
  const answer = await send('/restore/file', fileForm(bytes))
  t.equal(answer.headers.get('location'), '/restore')
  t.ok(desk.came && bytes.equals(Buffer.from(desk.came)))
  const none = await send('/restore/file', 'file=x')
  t.equal(none.status, 400)
  t.match(await none.text(), /no file in the form/)
  t.equal((await send('/restore/offered', `backup=${'x'.repeat(70_000)}`)).status, 413)
})

t.test('what does not fit, what was refused, and that it is busy are said in each language', async (t) => {
  const { desk, ask, comeIn } = setUp(t)
  await comeIn()
  desk.staged = { ...goodBackup, problems: ['http.tls.cert_file: cannot read <it>'] }
  const said = { en: /do not fit/, de: /passen nicht/, es: /no sirven/, fr: /ne conviennent pas/ }
  for (const [language, words] of Object.entries(said)) {
    const page = await (await ask('/restore', { 'accept-language': language })).text()
    t.match(page, words)
    t.match(page, /cannot read &lt;it&gt;/)
  }
  desk.staged = null
  desk.fault = 'barnbox.db is <damaged>'
  t.match(await (await ask('/restore')).text(), /role="alert">Not restored:.*&lt;damaged&gt;/s)
  desk.isBusy = true
  t.match(await (await ask('/restore')).text(), /being read/)
})

t.test('a box that will be served encrypted is found there', async (t) => {
  const { desk, send, comeIn } = setUp(t)
  await comeIn()
  desk.staged = { ...goodBackup, isSecure: true }
  const page = await (await send('/restore/confirm', 'sure=yes')).text()
  t.match(page, /href="https:\/\/box:8480\/login"/)
})

t.test('for admins of an empty box too; where horses are known it is for the command line', async (t) => {
  const { box, desk, ask } = setUp(t)
  box.deps.users.add({ name: 'Anna', role: 'admin', passwordHash: 'h'.repeat(80) }, Date.now())
  const as = (role: Role) => ({
    authorization: `Bearer ${addToken(box.deps, { name: `${role} ${Math.random()}`, role }).secret}`,
  })
  t.equal((await ask('/restore', as('caretaker'))).status, 403)
  t.match(await (await ask('/restore', as('admin'))).text(), /From a file/)
  t.match(await (await ask('/system', as('admin'))).text(), /api\/v1\/backups.*href="\/restore"/s)
  t.notMatch(await (await ask('/system', as('caretaker'))).text(), /api\/v1\/backups/)
  desk.hasHorses = true
  const page = await (await ask('/restore', as('admin'))).text()
  t.match(page, /knows horses already.*barnbox restore/s)
  t.notMatch(page, /type="file"/)
  t.notMatch(await (await ask('/system', as('admin'))).text(), /href="\/restore"/)
})

t.test('whoever sits at a box that serves nobody else needs no PIN', async (t) => {
  const { ask } = setUp(t, false)
  t.equal((await ask('/setup/restore')).headers.get('location'), '/restore')
  t.match(await (await ask('/restore')).text(), /From a file/)
})

t.test('a backup comes as a file to admins alone', async (t) => {
  const { box, app } = setUp(t)
  box.deps.users.add({ name: 'Anna', role: 'admin', passwordHash: 'h'.repeat(80) }, Date.now())
  const make = (role: Role) =>
    app.request('/api/v1/backups', {
      method: 'POST',
      headers: { authorization: `Bearer ${addToken(box.deps, { name: role, role }).secret}` },
    })
  t.equal((await make('caretaker')).status, 403)
  const answer = await make('admin')
  t.equal(answer.headers.get('content-type'), 'application/x-tar')
  t.equal(answer.headers.get('content-disposition'), 'attachment; filename="barnbox-box.tar"')
  t.equal(answer.headers.get('content-length'), '8')
  t.equal(await answer.text(), 'a backup')
})
