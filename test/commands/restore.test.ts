/** A box that dies and the one that takes its place: real daemons, registry and files, without models, which have no part in it. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { beginStaging, confirmStaged, endStaging } from '../../daemon/backup/staged.ts'
import { backUp, restore } from '../../daemon/commands/backup.ts'
import { run } from '../../daemon/commands/run.ts'
import { openGenerations } from '../../daemon/config/generations.ts'
import { createConfigLife } from '../../daemon/config/life.ts'
import { loadConfig, loadWith, readConfigFile } from '../../daemon/config/load.ts'
import { hashPassword } from '../../daemon/http/auth/password.ts'
import { createBell } from '../../daemon/lib/bell.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'
import { JPEG } from '../http/fake-box.ts'
import { freePort } from '../support/ports.ts'
import { until } from '../support/until.ts'

t.setTimeout(120_000)
const folder = mkdtempSync(join(tmpdir(), 'barnbox-restore-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const password = 'hay and carrots'
const yard = 'yard' as StreamId
const signal = new AbortController().signal

interface Box {
  readonly stateDir: string
  readonly file: string
  readonly url: string
  start(): void
  stop(): Promise<void>
}

/** A box with its own config and state folder, as the daemon runs it. */
async function box(name: string, more: object = {}): Promise<Box> {
  const [etc, stateDir] = [join(folder, name, 'etc'), join(folder, name, 'state')]
  mkdirSync(etc, { recursive: true })
  mkdirSync(stateDir)
  const [file, port] = [join(etc, 'barnbox.yaml'), await freePort()]
  const config = { http: { host: '0.0.0.0', port }, vision: { detector: '/nowhere/none.onnx' }, ...more }
  writeFileSync(file, JSON.stringify(config))
  let [stop, running] = [new AbortController(), Promise.resolve()]
  const start = () => {
    stop = new AbortController()
    const asked = createBell()
    const life = createConfigLife({
      ...{ file, read: () => readConfigFile(file), load: (text) => loadConfig(file, {}, stateDir, text) },
      ...{ generations: openGenerations(stateDir), pid: process.pid, utcMs: systemClock.utcMs },
    })
    const restoring = {
      configWith: (folder: string, way: 'beneath' | 'aside') => loadWith(file, {}, { stateDir, folder, way }),
      startAnew: asked.ring,
    }
    const world = {
      clock: systemClock,
      log: silentLog,
      stateDir,
      version: 'test',
      onFatal: () => {},
      restoring,
    }
    const configs = { life, first: life.start(), asked }
    running = run(configs, world, { send: async () => {}, watchdogMs: null }, stop.signal)
  }
  const end = async () => {
    stop.abort()
    await running
  }
  t.teardown(end)
  return { stateDir, file, url: `http://127.0.0.1:${port}`, start, stop: end }
}

const answers = (one: Box) =>
  until(
    () =>
      fetch(`${one.url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    `${one.url} answers`,
  )

async function passOf(one: Box): Promise<Record<string, string>> {
  const body = JSON.stringify({ name: 'Anna', password })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${one.url}/api/v1/auth/login`, { method: 'POST', headers, body })
  const { token } = (await answer.json()) as { token?: string }
  return { authorization: `Bearer ${token}` }
}

interface Shown {
  readonly id: string
  readonly name: string | null
  readonly thumbnail_url: string
}

/** What people see of a box. */
async function tellOf(one: Box) {
  const headers = await passOf(one)
  const get = async (path: string) => (await fetch(`${one.url}/api/v1${path}`, { headers })).json()
  const { cameras } = (await get('/cameras')) as { cameras: { id: string; name: string }[] }
  const { horses } = (await get('/streams/yard/horses')) as { horses: Shown[] }
  const { stalls } = (await get('/streams/yard/stalls')) as { stalls: { name: string }[] }
  const picture = await fetch(`${one.url}${horses[0]?.thumbnail_url}`, { headers })
  return {
    cameras: cameras.map(({ id, name }) => ({ id, name })),
    horses: horses.map(({ id, name }) => ({ id, name })),
    stalls: stalls.map(({ name }) => name),
    picture: [picture.status, (await picture.arrayBuffer()).byteLength],
  }
}

const disk = join(folder, 'disk')
const old = await box('old', {
  identity: { scope: 'barn' },
  cameras: [
    {
      id: 'yard',
      name: 'Yard',
      url: 'rtsp://127.0.0.1:9/a',
      username: 'joe',
      password_file: 'yard.password',
    },
  ],
  backup: { folder: disk },
})
writeFileSync(join(old.file, '../yard.password'), 'sesame')
const gate = { id: 'gate', name: 'Gate', url: 'rtsp://127.0.0.1:9/b', username: 'joe', password: 'oats' }
writeFileSync(join(old.stateDir, 'cameras.json'), JSON.stringify({ cameras: [gate] }))
{
  using registry = openRegistry(registryFile(old.stateDir), silentLog)
  const avatar = { jpeg: JPEG, score: 1 }
  const by = { actor: 'Anna', nowMs: Date.now() }
  const { id } = registry.horses.create({ streamId: yard, seenMs: Date.now(), confidence: 1, avatar })
  registry.horses.updateHorseDetails(id, { name: 'Thunder' }, {
    by: 'Anna',
    byUser: null,
    nowMs: Date.now(),
  } as never)
  const corners: [number, number][] = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
  ]
  const stall = { streamId: yard, kind: 'stall', name: 'Stall 1', corners, expected: [] } as const
  registry.stalls.add(stall, by)
  registry.users.add({ name: 'Anna', role: 'admin', passwordHash: await hashPassword(password) }, Date.now())
}
old.start()
await answers(old)
const told = await tellOf(old)
await backUp(
  {
    ...{ stateDir: old.stateDir, loaded: loadConfig(old.file, {}, old.stateDir), version: 'test' },
    ...{ utcMs: systemClock.utcMs, say: () => {} },
  },
  signal,
)

const archive = join(folder, 'barnbox.tar')

t.test('an admin takes a backup along as a file, while the box goes on', async (t) => {
  t.match(told, {
    cameras: [{ id: 'yard' }, { id: 'gate' }],
    horses: [{ name: 'Thunder' }],
    stalls: ['Stall 1'],
  })
  const headers = await passOf(old)
  const make = () => fetch(`${old.url}/api/v1/backups`, { method: 'POST', headers })
  const both = (await Promise.all([make(), make()])).sort((a, b) => a.status - b.status)
  t.same(
    both.map(({ status }) => status),
    [200, 503],
    'one at a time',
  )
  const [one] = both as [Response, Response]
  t.match(one.headers.get('content-disposition'), /filename="barnbox-[\w-]+-\d{4}-\d{2}-\d{2}T\d{6}Z\.tar"/)
  const bytes = Buffer.from(await one.arrayBuffer())
  t.equal(bytes.length, Number(one.headers.get('content-length')))
  writeFileSync(archive, bytes)
  const isGone = () => !existsSync(join(old.stateDir, 'backup-download'))
  await until(isGone, 'nothing of it stays')
  const left = await make()
  await left.body?.cancel()
  await until(isGone, 'who goes away leaves nothing behind')
  t.equal((await make().then((answer) => answer.arrayBuffer())).byteLength, bytes.length)
  await old.stop()
})

t.test('the command takes the file as well, and nothing that was spoilt', async (t) => {
  const stateDir = join(folder, 'by-hand')
  const said: string[] = []
  const place = {
    ...{ stateDir, configFile: join(folder, 'by-hand-etc/barnbox.yaml') },
    ...{ utcMs: systemClock.utcMs, say: (text: string) => void said.push(text) },
  }
  const half = join(folder, 'half.tar')
  writeFileSync(half, readFileSync(archive).subarray(0, 20_000))
  await t.rejects(restore(half, place), { code: 'BACKUP_REFUSED' })
  t.same(
    readdirSync(stateDir).filter((name) => !name.startsWith('barnbox.lock')),
    [],
  )
  await restore(archive, place)
  t.match(said.join('\n'), /1 horses/)
  t.match(loadConfig(place.configFile, {}, stateDir).config, { identity: { scope: 'barn' } })
})

const fresh = await box('new', { backup: { folder: disk } })
let cookie = ''

const post = (path: string, body: URLSearchParams | FormData) =>
  fetch(fresh.url + path, {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: { cookie, origin: fresh.url },
  })
const page = async () => (await fetch(`${fresh.url}/restore`, { headers: { cookie } })).text()
const isClean = () => !existsSync(join(fresh.stateDir, 'restore'))

async function showPin(): Promise<void> {
  const pin = readFileSync(join(fresh.stateDir, 'setup-pin'), 'utf8').trim()
  const answer = await post('/setup/restore', new URLSearchParams({ pin }))
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

function upload(bytes: Uint8Array): Promise<Response> {
  const form = new FormData()
  form.append('file', new Blob([Buffer.from(bytes)]), 'barnbox.tar')
  return post('/restore/file', form)
}

t.test('what cannot be put in place is said, and the box starts as before', async (t) => {
  const [found = ''] = readdirSync(disk)
  cpSync(join(disk, found), beginStaging(fresh.stateDir), { recursive: true })
  writeFileSync(join(endStaging(fresh.stateDir), 'barnbox.db'), 'cut short')
  confirmStaged(fresh.stateDir, { atMs: Date.now(), config: 'beneath' })
  fresh.start()
  await answers(fresh)
  await showPin()
  t.match(await page(), /Not restored:.*not whole any more/s)
  t.ok(isClean())
})

t.test('hostile files are refused in one line, and leave nothing behind', async (t) => {
  const bytes = readFileSync(archive)
  const bent = Buffer.from(bytes)
  bent[bytes.length - 3000] = (bent[bytes.length - 3000] ?? 0) ^ 1
  const cases = { noise: Buffer.alloc(200_000, 0xa5), half: bytes.subarray(0, 30_000), bent }
  for (const [what, hostile] of Object.entries(cases)) {
    const answer = await upload(hostile)
    t.equal(answer.status, 400, what)
    t.match(await answer.text(), /role="alert">Not restored: <bdi lang="en">[^<]+<\/bdi>/, what)
    t.ok(isClean(), what)
  }
  t.match(await page(), /From a file/, 'another one can be tried')
})

t.test('the backup on the disk is found, looked at, and not wanted', async (t) => {
  const [, id = ''] = /name="backup" value="(\w+)"/.exec(await page()) ?? []
  t.equal((await post('/restore/offered', new URLSearchParams({ backup: id }))).status, 303)
  t.match(await page(), /Thunder.*Anna.*Yard, Gate/s)
  await post('/restore/discard', new URLSearchParams())
  t.ok(isClean())
  t.match(await page(), /From a file/)
})

t.test('the file makes the new box the old one: people, horses, pictures, stalls, cameras', async (t) => {
  t.equal((await upload(readFileSync(archive))).status, 303)
  t.match(await page(), /Thunder.*Anna.*Yard, Gate/s)
  const going = await post('/restore/confirm', new URLSearchParams({ sure: 'yes' }))
  t.equal(going.status, 200)
  t.match(await going.text(), /put in place/)
  await until(
    async () => (await passOf(fresh).catch(() => ({ authorization: '' }))).authorization.length > 20,
    'Anna logs in with her password',
  )
  t.same(await tellOf(fresh), told)
  const { config, secrets } = loadConfig(fresh.file, {}, fresh.stateDir)
  t.equal(config.identity.scope, 'barn')
  t.match(fresh.url, String(config.http.port), 'it serves where it served')
  t.same([secrets.cameraPasswords.get('yard'), secrets.cameraPasswords.get('gate')], ['sesame', 'oats'])
  t.notOk(existsSync(join(fresh.stateDir, 'setup-pin')), 'nobody sets it up any more')
  t.ok(isClean())
  const [aside = ''] = readdirSync(fresh.stateDir).filter((name) => name.startsWith('before-restore-'))
  t.ok(existsSync(join(fresh.stateDir, aside, 'barnbox.db')))
})

t.test('it is so after another start, and no second backup takes the place of the horses', async (t) => {
  await fresh.stop()
  fresh.start()
  await answers(fresh)
  t.same(await tellOf(fresh), told)
  const headers = await passOf(fresh)
  const shown = await (await fetch(`${fresh.url}/restore`, { headers })).text()
  t.match(shown, /knows horses already/)
  const form = new FormData()
  form.append('file', new Blob([readFileSync(archive)]), 'barnbox.tar')
  const answer = await fetch(`${fresh.url}/restore/file`, { method: 'POST', body: form, headers })
  t.equal(answer.status, 400)
  t.ok(isClean())
})
