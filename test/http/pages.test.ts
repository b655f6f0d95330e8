import t from 'tap'
import { clipsSection } from '../../web/pages/clips.ts'
import { languages } from '../../web/words/languages.ts'
import { cameraView, fakeApp, fakeBox, horse, horseId } from './fake-box.ts'

const stop = new AbortController()
t.teardown(() => stop.abort())

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '{{7*7}} <!-- ]]>',
  '\u202Eredrum',
]

function setUp(more: Parameters<typeof fakeBox>[0] = {}) {
  const box = fakeBox(more)
  return { box, app: fakeApp(box, stop.signal) }
}
const text = async (answer: Response | Promise<Response>) => (await answer).text()

t.test('the page shows cameras and horses, by number', async (t) => {
  const { box, app } = setUp({ stopgap: true })
  box.put(horse(2))
  box.put(horse(1, { name: 'Thunder', hasAvatar: true }))
  const page = await text(app.request('/'))
  t.match(page, /Horse #1 - Thunder[\s\S]*Horse #2</)
  t.match(page, /avatar\?v=1/)
  t.match(page, /class="silhouette"/)
  t.match(page, /stopgap model \(appearance-mnv3\): expect mix-ups between similar horses\.</)
  t.notMatch(page, /Camera Yard/, 'one camera needs no naming on each card')
  t.notMatch(page, /<script(?![^>]*src=)|style=|onclick=/, 'nothing the policy forbids')
  t.notMatch(page, /https?:\/\/(?!www\.w3\.org)/, 'no other host')
})

t.test('what is known in English alone is said to be English', async (t) => {
  const { box, app } = setUp()
  const decode = { asked: 'vaapi', used: 'software', why: 'no such device' } as const
  box.cameras = [cameraView('yard', 'down', { detail: 'no way to the camera', reason: 'no-way', decode })]
  box.faults = [{ part: 'ffmpeg', detail: 'there is no ffmpeg' }]
  const german = { headers: { 'accept-language': 'de' } }
  const now = await text(app.request('/', german))
  for (const said of ['no such device', 'there is no ffmpeg'])
    t.match(now, new RegExp(`<bdi lang="en">${said}</bdi>`), said)
  t.match(await text(app.request('/cameras', german)), /<bdi lang="en">no way to the camera<\/bdi>/)
  t.match(now, /Zu dieser Adresse führt kein Weg\./, 'why a camera is down is known in every language')
  box.cameras = [cameraView('yard', 'down', { detail: 'paused', reason: 'paused' })]
  t.match(await text(app.request('/', german)), /Die Beobachtung ist angehalten\./)
  const system = await text(app.request('/system', german))
  t.notMatch(system, /(detect|embed|matched|created):|: (matched|created)\b/)
  t.match(system, /Sichtungen: eines bekannten Pferds/)
})

t.test('a clip is saved under the time that the list says', async (t) => {
  const clip = { id: 'x', streamId: 'yard', fromMs: Date.UTC(2026, 10, 2, 23, 30, 5), lengthMs: 10_000 }
  const view = { clips: [{ ...clip, isProtected: false, horses: [] }], olderMs: null, isFirst: true }
  const page = String(await clipsSection({ words: languages.en, zone: 'Asia/Tokyo' }, view, clip.fromMs))
  t.match(page, /download="yard-2026-11-03T08-30-05\.mp4"/)
})

t.test('no note where the embedder is a real one', async (t) => {
  t.notMatch(await text(setUp().app.request('/')), /stopgap/)
})

t.test('what is wrong with the box is said, and nobody waits for a picture that cannot come', async (t) => {
  const { box, app } = setUp()
  t.notMatch(await text(app.request('/')), /class="fault"|cannot be used/)
  t.match(await text(app.request('/parts/camera/yard')), /Waiting for the first picture/)
  box.faults = [{ part: 'models', detail: 'the file <no-such.onnx> is missing' }]
  const page = await text(app.request('/'))
  t.match(page, /class="fault"><strong>No horse can be recognised.*the file &lt;no-such.onnx&gt; is missing/)
  for (const said of [page, await text(app.request('/parts/camera/yard'))]) {
    t.match(said, /Nobody looks at these pictures: the models cannot be used/)
    t.notMatch(said, /Waiting/)
  }
  box.faults = [
    { part: 'registry', detail: 'the disk is full' },
    { part: 'identity', detail: 'the embedder is broken' },
    { part: 'ffmpeg', detail: 'no ffmpeg that runs' },
  ]
  const other = await text(app.request('/'))
  t.match(
    other,
    /Nothing can be stored.*the disk is full[\s\S]*No camera can be watched.*no ffmpeg that runs/,
  )
  t.match(other, /Horses are found, but none can be recognised.*the embedder is broken/)
  t.match(other, /Waiting/)
})

t.test('a camera that is away says since when and why', async (t) => {
  const { box, app } = setUp()
  box.cameras = [cameraView('a', 'down'), cameraView('b', 'connecting', { detail: 'first try' })]
  const part = await text(app.request('/parts/camera/a'))
  t.match(part, /Offline since\s*<time datetime="2026-11-02T03:12:00.000Z"/)
  t.match(part, /Nothing answers at this address/)
  t.match(await text(app.request('/parts/camera/b')), /Connecting/)
  t.match(await text(app.request('/')), /No horse seen yet/)
})

t.test('a camera whose hardware does not decode says so while it is live, and only then', async (t) => {
  const { box, app } = setUp()
  const decode = { asked: 'vaapi', used: 'software', why: 'No VA display found' } as const
  box.cameras = [cameraView('a', 'live', { decode }), cameraView('b')]
  const note = /Decoded in software, for vaapi does not work here: <bdi lang="en">No VA display found<\/bdi>/
  t.match(await text(app.request('/parts/camera/a')), note)
  t.match(await text(app.request('/')), note)
  t.notMatch(await text(app.request('/parts/camera/b')), /Decoded in software/)
})

t.test('hostile names and reasons stay text', async (t) => {
  for (const name of HOSTILE) {
    const { box, app } = setUp()
    const decode = { asked: 'cuda', used: 'software', why: name } as const
    box.cameras = [cameraView('yard', 'down', { name, detail: name, decode }), cameraView('two')]
    box.put(horse(1, { name, notes: name }))
    for (const path of [
      '/',
      `/parts/horse/${horseId(1)}`,
      `/parts/horse/${horseId(1)}/form`,
      `/horses/${horseId(1)}`,
    ]) {
      const page = await text(app.request(path))
      t.notMatch(page, /<script>|<img src=x|<!-- |' onmouseover/, `${name} in ${path}`)
      t.ok(page.includes('&lt;') || !name.includes('<'), `${name} is shown in ${path}`)
    }
  }
})

t.test('a card says how old its picture is, where that is known', async (t) => {
  const { box, app } = setUp()
  box.put(horse(1, { hasAvatar: true, avatarMs: Date.now() - 3 * 86_400_000 - 60_000 }))
  box.put(horse(2, { hasAvatar: true }))
  for (const path of ['/', `/parts/horse/${horseId(1)}`, `/horses/${horseId(1)}`])
    t.match(await text(app.request(path)), /<span class="taken">Picture <time[^>]*>3 days ago</, path)
  t.notMatch(await text(app.request(`/parts/horse/${horseId(2)}`)), /Picture/)
})

t.test('the plain form names a horse without scripts', async (t) => {
  const { box, app } = setUp()
  box.put(horse(1))
  const send = (fields: Record<string, string>) =>
    app.request(`/horses/${horseId(1)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    })
  const saved = await send({ name: 'Thunder', notes: 'kicks\r\nbites' })
  t.equal(saved.status, 303)
  t.match(box.horses.get(horseId(1)), { name: 'Thunder', notes: 'kicks\nbites' })
  const long = await send({ name: 'x'.repeat(101), notes: '' })
  t.equal(long.status, 400)
  t.match(await long.text(), /at most 100 characters/)
  t.equal(box.horses.get(horseId(1))?.name, 'Thunder')
  await send({ name: ' ', notes: '' })
  t.match(box.horses.get(horseId(1)), { name: null, notes: null })
})
