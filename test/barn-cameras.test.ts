/** Cameras come, change and go while others are watched: real streams, without models. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createRoster, type Roster } from '../daemon/barn-cameras.ts'
import { findFfmpeg } from '../daemon/cameras/ffmpeg.ts'
import { keptName } from '../daemon/config/kept.ts'
import { loadConfig } from '../daemon/config/load.ts'
import { type KeptCamera, keptCamera } from '../daemon/config/schema.ts'
import { systemClock } from '../daemon/lib/clock.ts'
import { silentLog } from '../daemon/lib/log.ts'
import type { StreamId } from '../daemon/types.ts'
import { makeClip, noRtsp, startRtspCamera } from './support/rtsp.ts'
import { until } from './support/until.ts'

const skip = await noRtsp()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(120_000)
const rtsp = await startRtspCamera({
  '/one': await makeClip(),
  '/two': await makeClip({ width: 640, height: 360 }),
})
t.teardown(() => rtsp[Symbol.asyncDispose]())
const ffmpeg = await findFfmpeg({}, AbortSignal.timeout(20_000))
const camera = (id: string, more: object = {}): KeptCamera =>
  keptCamera.parse({ id, url: rtsp.url('/one'), ...more })

function setUp(
  t: Test,
  config: object = { cameras: [{ id: 'own', url: rtsp.url('/one'), overlaps: ['b'] }] },
) {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-roster-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'barnbox.yaml'), JSON.stringify(config))
  writeFileSync(join(folder, keptName), JSON.stringify({ cameras: [{ id: 'b', url: rtsp.url('/one') }] }))
  const load = () => loadConfig(join(folder, 'barnbox.yaml'), {}, folder)
  const did: string[] = []
  const roster = createRoster(
    load(),
    {
      ...{ stateDir: folder, clock: systemClock, log: silentLog },
      onChange: ({ id, name, state }) => void did.push(`${id} (${name}) is ${state}`),
      onEdit: (id) => void did.push(`edit ${id}`),
      onRemove: (id) => void did.push(`remove ${id}`),
    },
    new AbortController().signal,
  )
  t.teardown(() => roster[Symbol.asyncDispose]())
  const sight = {
    watch: (id: string) => void did.push(`watch ${id}`),
    unwatch: async (id: string) => void did.push(`unwatch ${id}`),
  }
  const start = () => roster.start({ ffmpeg, sight, recording: undefined })
  return { folder, load, did, roster, start }
}

const viewOf = ({ views }: Roster, id: string) => views.find((view) => view.id === id)
const live = (roster: Roster, ...ids: string[]) =>
  until(() => ids.every((id) => viewOf(roster, id)?.state === 'live'), `${ids} live`)

t.test('one is added, has another address, is called otherwise, paused and removed', async (t) => {
  const { did, roster, start, load } = setUp(t)
  await start()
  await live(roster, 'own', 'b')
  await roster.put(camera('c', { name: 'Gate', password: 'sesame', username: 'joe' }))
  await live(roster, 'c')
  t.ok(did.includes('c (Gate) is live'))
  t.equal(roster.live('c' as StreamId) === undefined, false)
  t.equal(load().secrets.cameraPasswords.get('c'), 'sesame', 'a start finds it')
  t.equal(roster.loaded.secrets.cameraPasswords.get('c'), 'sesame')

  const before = viewOf(roster, 'own')?.framesDecoded ?? 0
  did.length = 0
  await roster.put(camera('c', { name: 'South gate', password: 'sesame', username: 'joe' }))
  t.same(did, ['edit c'], 'a name disturbs no stream')
  await roster.put(camera('c', { url: rtsp.url('/two') }))
  await live(roster, 'c')
  t.same(
    did.filter((one) => /watch|edit/.test(one)),
    ['edit c', 'unwatch c', 'watch c', 'edit c'],
  )
  await roster.put(camera('c', { url: rtsp.url('/two'), enabled: false }))
  t.equal(viewOf(roster, 'c'), undefined)
  await roster.remove('c' as StreamId)
  t.equal(did.at(-1), 'remove c')
  t.same(
    load().config.cameras.map(({ id }) => id),
    ['own', 'b'],
  )
  t.notOk(
    did.some((one) => one.startsWith('own ')),
    'the others were not disturbed',
  )
  await until(() => (viewOf(roster, 'own')?.framesDecoded ?? 0) > before, 'more pictures of it')
})

t.test('before it begins changes are noted, and it begins with them', async (t) => {
  const { roster, start, did } = setUp(t)
  await roster.put(camera('c'))
  t.same(did, ['edit c'])
  await start()
  t.same(
    did.filter((one) => one.startsWith('watch')),
    ['watch own', 'watch b', 'watch c'],
  )
  await roster[Symbol.asyncDispose]()
  t.notOk(
    did.some((one) => one.startsWith('unwatch')),
    'at the end the sight ends by itself',
  )
})

t.test('those of the config stay as they are, and so does what it names', async (t) => {
  const { roster, folder } = setUp(t)
  const text = readFileSync(join(folder, keptName), 'utf8')
  await t.rejects(roster.put(camera('own')), { code: 'CAMERA_IN_CONFIG' })
  await t.rejects(roster.remove('own' as StreamId), { code: 'CAMERA_IN_CONFIG' })
  await t.rejects(roster.remove('b' as StreamId), { code: 'CAMERA_IN_CONFIG', message: /overlaps of own/ })
  await t.rejects(roster.remove('nobody' as StreamId), { code: 'NOT_FOUND' })
  t.equal(readFileSync(join(folder, keptName), 'utf8'), text)
  t.equal(roster.overlap('b' as StreamId, 'own' as StreamId), true)
  for (let n = 0; n < 30; n++) await roster.put(camera(`c${n}`))
  await t.rejects(roster.put(camera('one-more')), { code: 'BAD_REQUEST' })
})

t.test('what cannot be written is not so', async (t) => {
  const { roster, folder } = setUp(t)
  rmSync(folder, { recursive: true })
  await t.rejects(roster.put(camera('c')), { code: 'STATE_DIR' })
  t.same(
    roster.configs.map(({ id, isKept }) => [id, isKept]),
    [
      ['own', false],
      ['b', true],
    ],
  )
})
