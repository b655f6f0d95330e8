/**
 * Photos over the API: who may send them, how large, how many at once, and what is answered.
 */
import t, { type Test } from 'tap'
import { createApp } from '../../daemon/http/app.ts'
import type { Enrol } from '../../daemon/http/deps.ts'
import { createHub } from '../../daemon/http/events/hub.ts'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import type { Enrolled } from '../../daemon/types.ts'
import { mostPhotoBytes } from '../../daemon/vision/photo.ts'
import { emptyAssets, fakeBox, horse } from './fake-box.ts'

const token = 'correct-horse-battery'
const kept: Enrolled = { outcome: 'kept', horse: horse(3, { name: 'Zoë' }), isNew: true, hasNewAvatar: true }

function setUp(t: Test, enrol: Enrol = async () => kept) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const given: Parameters<Enrol>[] = []
  const deps = {
    ...fakeBox({ token }).deps,
    enrol: (...asked: Parameters<Enrol>) => {
      given.push(asked)
      return enrol(...asked)
    },
  }
  const app = createApp(deps, { hub: createHub(deps, stop.signal), assets: emptyAssets })
  const send = (path: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const all = { host: 'box', authorization: `Bearer ${token}`, ...headers }
    return app.request(`/api/v1/streams/${path}`, { method: 'POST', headers: all, body })
  }
  return { app, given, send }
}

const photo = new Uint8Array(200_000).fill(7)

t.test('a photo is taken as it is in the file', async (t) => {
  const { given, send } = setUp(t)
  const answer = await send('yard/photos?name=+Zo%C3%AB+', photo)
  t.equal(answer.status, 201)
  t.match(await answer.json(), {
    outcome: 'kept',
    is_new: true,
    has_new_avatar: true,
    horse: { number: 3, name: 'Zoë', stream_name: 'Yard' },
  })
  const [bytes, of] = given[0] ?? []
  t.equal(bytes?.length, photo.length)
  t.match(of, { streamId: 'yard', name: 'Zoë', by: { actor: null } })
})

t.test('one that is there already is no fault, and nothing new', async (t) => {
  const { send } = setUp(t, async () => ({ ...kept, outcome: 'known', isNew: false }))
  t.equal((await send('yard/photos?name=Zoë', photo)).status, 200)
})

t.test('what is wrong with a photo is said', async (t) => {
  const { send } = setUp(t, async () => {
    throw new BarnboxError('PHOTO_REFUSED', 'There is no horse to be seen.')
  })
  const answer = await send('yard/photos?name=Zoë', photo)
  t.equal(answer.status, 400)
  t.match(await answer.json(), { code: 'PHOTO_REFUSED', message: /no horse/ })
})

t.test('without a camera, a name or a right nothing is looked at', async (t) => {
  const { given, send } = setUp(t)
  t.equal((await send('nowhere/photos?name=Zoë', photo)).status, 404)
  for (const query of ['', '?name=', '?name=a%00b', `?name=${'x'.repeat(101)}`, '?name=Zoë&more=1'])
    t.equal((await send(`yard/photos${query}`, photo)).status, 400, query)
  t.equal((await send('yard/photos?name=Zoë', photo, { authorization: 'Bearer wrong' })).status, 401)
  t.equal((await send('yard/photos?name=Zoë', photo, { origin: 'http://evil.example' })).status, 403)
  t.same(given, [])
})

t.test('a photo has its own limit, and no other request shares it', async (t) => {
  const { given, send } = setUp(t)
  t.equal((await send('yard/photos?name=Zoë', new Uint8Array(mostPhotoBytes + 1))).status, 413)
  t.equal((await send('yard/photos/more', photo)).status, 413)
  t.equal((await send('yard/horses', photo)).status, 413)
  t.same(given, [])
})

t.test('only a few wait at a time', async (t) => {
  const gate = Promise.withResolvers<Enrolled>()
  const { send } = setUp(t, () => gate.promise)
  const waiting = [1, 2, 3].map(() => send('yard/photos?name=Zoë', photo))
  await new Promise((resolve) => setTimeout(resolve, 20))
  const refused = await send('yard/photos?name=Zoë', photo)
  t.match([refused.status, refused.headers.get('retry-after')], [503, '3'])
  gate.resolve(kept)
  t.same(
    (await Promise.all(waiting)).map(({ status }) => status),
    [201, 201, 201],
  )
  t.equal((await send('yard/photos?name=Zoë', photo)).status, 201, 'and then there is room again')
})
