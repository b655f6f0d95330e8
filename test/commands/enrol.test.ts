/**
 * `barnbox enrol` on real photos with real models: into a state folder, and over the API of a daemon that runs.
 */
import { once } from 'node:events'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { listPhotos } from '../../daemon/commands/enrol-photos.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'
import { photoFile, withoutShared } from '../models/shared.ts'
import { bringModels } from '../support/models.ts'
import { barnbox, folder, jsonLines, startBarnbox } from './cli.ts'

const token = 'correct-horse-battery'

/** A config and a state folder; the port is free when it is asked for. */
async function newBox(): Promise<{ stateDir: string; config: string; url: string }> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const port = (probe.address() as { port: number }).port
  probe.close()
  const stateDir = folder()
  await bringModels(stateDir)
  const config = join(stateDir, 'barnbox.yaml')
  writeFileSync(join(stateDir, 'token'), `${token}\n`)
  const cameras = [{ id: 'yard', url: 'rtsp://127.0.0.1:9/yard' }]
  writeFileSync(config, JSON.stringify({ cameras, http: { port, token_file: join(stateDir, 'token') } }))
  return { stateDir, config, url: `http://127.0.0.1:${port}` }
}

/** Two named horses, and what is none: a file, a folder, and things that are passed over. */
async function photoFolder(): Promise<string> {
  const place = folder()
  copyFileSync(photoFile('000000012748'), join(place, 'Bella.jpg'))
  mkdirSync(join(place, 'Old Grey'))
  // One of the herd by itself, large enough.
  const one = sharp(photoFile('herd')).extract({ left: 0, top: 170, width: 320, height: 260 })
  await one.jpeg().toFile(join(place, 'Old Grey', '1.jpg'))
  copyFileSync(photoFile('000000007281'), join(place, 'Old Grey', '2.jpg'))
  writeFileSync(join(place, 'Old Grey', '3.JPG'), 'hay')
  writeFileSync(join(place, 'Old Grey', 'notes.txt'), 'passed over')
  writeFileSync(join(place, '.hidden.jpg'), 'passed over')
  return place
}

const expected = [
  { name: 'Bella', outcome: 'kept', is_new: true, horse: { number: 1 } },
  { name: 'Old Grey', outcome: 'kept', is_new: true, horse: { number: 2 } },
  { name: 'Old Grey', outcome: 'refused', code: 'PHOTO_REFUSED', horse: null },
  { name: 'Old Grey', outcome: 'refused', code: 'NOT_A_PICTURE', horse: null },
]

t.test('names come of folders and files', async (t) => {
  const place = folder()
  mkdirSync(join(place, 'E\u0301lan'))
  for (const file of [
    'E\u0301lan/b.PNG',
    'E\u0301lan/a.heic',
    'E\u0301lan/notes.txt',
    'Thunder.1.jpg',
    'list.csv',
  ])
    writeFileSync(join(place, file), '')
  t.same(
    listPhotos(place).map(({ file, name }) => [file.slice(place.length + 1), name]),
    [
      ['E\u0301lan/a.heic', 'Élan'],
      ['E\u0301lan/b.PNG', 'Élan'],
      ['Thunder.1.jpg', 'Thunder.1'],
    ],
  )
  t.match(listPhotos(join(place, 'E\u0301lan'), 'Elan'), [{ name: 'Elan' }, { name: 'Elan' }])
  t.throws(() => listPhotos(place, 'x'.repeat(101)), { code: 'BAD_REQUEST', message: /names no horse/ })
  t.throws(() => listPhotos(join(place, 'nowhere')), { code: 'FILE_MISSING' })
  t.throws(() => listPhotos(folder()), { code: 'BAD_REQUEST', message: /no photos/ })
})

t.test('while barnbox does not run, photos go into its state folder', { skip: withoutShared }, async (t) => {
  const { stateDir, config } = await newBox()
  const place = await photoFolder()
  const run = (...args: string[]) =>
    barnbox(['enrol', place, '--config', config, ...args], { BARNBOX_STATE_DIR: stateDir })
  t.match(await run(), { code: 2, stderr: /--camera/ })
  t.match(await run('--camera', 'paddock'), { code: 2, stderr: /no camera paddock; there are: yard/ })
  const first = await run('--camera', 'yard', '--json')
  t.equal(first.code, 2, 'some photos were refused')
  t.match(jsonLines(first), expected)
  const second = await run('--camera', 'yard')
  t.match(second.stdout, /1\/4 .*Bella.jpg: there already \(Bella, horse #1\)/)
  t.match(second.stdout, /3\/4 .*2.jpg: not taken: 2 horses are of about the same size/)
  using registry = openRegistry(registryFile(stateDir), silentLog)
  const horses = registry.horses.findByStreamId('yard' as StreamId)
  t.match(horses.map(({ name, hasAvatar, standing }) => [name, hasAvatar, standing]).sort(), [
    ['Bella', true, 'horse'],
    ['Old Grey', true, 'horse'],
  ])
})

t.test(
  'while barnbox runs, photos go over its API and it knows them at once',
  { skip: withoutShared },
  async (t) => {
    const { stateDir, config, url } = await newBox()
    const place = await photoFolder()
    const env = { BARNBOX_STATE_DIR: stateDir }
    const daemon = startBarnbox(['run', '--config', config], env)
    t.teardown(() => daemon.child.kill('SIGKILL'))
    const headers = { authorization: `Bearer ${token}` }
    await untilModelsAreThere(t, url, headers)
    const enrol = (...args: string[]) => barnbox(['enrol', place, '--camera', 'yard', '--json', ...args], env)
    t.match(jsonLines(await enrol('--config', config)), expected)
    const list = await (await fetch(`${url}/api/v1/streams/yard/horses`, { headers })).json()
    t.match(list, { total: 2, horses: [{ is_official: true, status: 'confirmed' }, {}] })
    t.match(await enrol('--url', url), { code: 2, stdout: '', stderr: /UNAUTHORIZED.*--token-file/ })
    const again = await enrol('--url', url, '--token-file', join(stateDir, 'token'))
    t.match(jsonLines(again).slice(0, 2), [{ outcome: 'known' }, { outcome: 'known' }])
    const password = join(stateDir, 'password')
    writeFileSync(password, 'hay and carrots\n')
    await barnbox(['users', 'add', 'Anna', '--role', 'admin', '--password-file', password], env)
    await barnbox(['users', 'add', 'Vic', '--role', 'viewer', '--password-file', password], env)
    const as = (user: string) => enrol('--config', config, '--user', user, '--password-file', password)
    t.match(jsonLines(await as('Anna')).slice(0, 1), [{ outcome: 'known' }])
    t.match(await as('Vic'), { stdout: '', stderr: /needs the role caretaker/ })
    daemon.child.kill('SIGTERM')
    await daemon.end
    t.match(await enrol('--url', url), { code: 1, stderr: /BOX_UNREACHABLE/ })
  },
)

async function untilModelsAreThere(t: Test, url: string, headers: Record<string, string>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(`${url}/readyz`, { headers }).catch(() => undefined)
    const { checks } = ((await answer?.json()) ?? {}) as { checks?: Record<string, string> }
    if (checks?.['models'] === 'ok') return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  t.fail('the models did not load')
}
