/** The cameras that were added on the page, read beside the config. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { keptName, writeKept } from '../../daemon/config/kept.ts'
import { loadConfig } from '../../daemon/config/load.ts'
import { type KeptCamera, keptCamera } from '../../daemon/config/schema.ts'
import { BarnboxError } from '../../daemon/lib/errors.ts'

function setUp(t: Test, config = 'cameras: [{id: a, url: "rtsp://cam/1"}]\n') {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-kept-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [file, kept] = [join(folder, 'barnbox.yaml'), join(folder, keptName)]
  writeFileSync(file, config)
  const load = () => loadConfig(file, {}, folder)
  const problems = (): readonly string[] => {
    try {
      load()
    } catch (error) {
      if (error instanceof BarnboxError) return error.context['problems'] as string[]
      throw error
    }
    return []
  }
  return { folder, kept, load, problems }
}

const camera = (id: string, more: object = {}): KeptCamera =>
  keptCamera.parse({ id, url: 'rtsp://cam/2', ...more })

t.test('they stand behind those of the config, their passwords with the others', async (t) => {
  const { folder, load, kept } = setUp(t)
  t.same(load().kept, [], 'no file is no cameras')
  writeKept(folder, [camera('b', { username: 'joe', password: 'sesame', name: 'Gate' })])
  const { config, secrets, kept: found } = load()
  t.same(
    config.cameras.map(({ id }) => id),
    ['a', 'b'],
  )
  t.match(config.cameras[1], { name: 'Gate', fps: 5, url: 'rtsp://cam/2', enabled: true })
  t.notMatch(JSON.stringify(config), /sesame/)
  t.equal(secrets.cameraPasswords.get('b'), 'sesame')
  t.match(found, [{ id: 'b', password: 'sesame' }])
  t.equal(statSync(kept).mode & 0o777, 0o600)
})

t.test('a box may begin without a camera', async (t) => {
  t.same(setUp(t, '{}\n').load().config.cameras, [])
})

t.test('what is wrong with them is listed with the rest', async (t) => {
  const { kept, problems } = setUp(
    t,
    'cameras: [{id: a, url: "rtsp://cam/1", overlaps: [z]}]\nhttp: {port: -1}\n',
  )
  const cameras = [
    { id: 'a', url: 'rtsp://cam/2' },
    { id: 'b', url: 'file:///etc/passwd', overlaps: ['y'], nmae: 'x' },
    { id: 'c', url: 'rtsp://joe:sesame@cam/2', password_file: 'x' },
  ]
  writeFileSync(kept, JSON.stringify({ cameras }))
  const found = problems()
  for (const start of [
    'http.port:',
    'cameras.0.overlaps.0: there is no camera z',
    'cameras.json: cameras.0.id: the id a stands twice',
    'cameras.json: cameras.1.url: must be an address',
    'cameras.json: cameras.1.nmae: unknown key - did you mean "name"?',
    'cameras.json: cameras.1.overlaps.0: there is no camera y',
    'cameras.json: cameras.2.url: must not hold a user name',
    'cameras.json: cameras.2.password_file: unknown key',
  ])
    t.ok(
      found.some((one) => one.startsWith(start)),
      start,
    )
  t.notMatch(found.join(), /sesame/)
  writeFileSync(kept, JSON.stringify({ cameras: Array.from({ length: 32 }, (_, n) => camera(`c${n}`)) }))
  t.match(problems(), [/./, /./, /there are 33 cameras, more than 32/])
})

t.test('a camera of the config may overlap with one of the page', async (t) => {
  const { folder, load } = setUp(t, 'cameras: [{id: a, url: "rtsp://cam/1", overlaps: [b]}]\n')
  writeKept(folder, [camera('b')])
  t.same(load().config.cameras[0]?.overlaps, ['b'])
})

t.test('a file that was lost gives way to the one before, and says so without its words', async (t) => {
  const { folder, kept, load, problems } = setUp(t)
  writeKept(folder, [camera('b')])
  writeKept(folder, [camera('b'), camera('c')])
  writeFileSync(kept, '{"cameras": [{"password": "sesame')
  const { config, warnings } = load()
  t.same(
    config.cameras.map(({ id }) => id),
    ['a', 'b'],
  )
  t.match(warnings, [/cameras\.json cannot be read/])
  t.notMatch(warnings.join(), /sesame/)
  writeKept(folder, [camera('b'), camera('d')])
  t.match(readFileSync(`${kept}.before`, 'utf8'), /"b"/, 'what was lost is not the one before')
  rmSync(`${kept}.before`)
  writeFileSync(kept, '')
  t.match(problems(), [/^cameras\.json cannot be read \(it is no JSON\)$/])
})

t.test('a folder that takes nothing is an error, and leaves nothing', async (t) => {
  t.throws(() => writeKept('/nowhere/at/all', []), { code: 'STATE_DIR' })
})

t.test('whatever stands in the file, the answer is a config or a BarnboxError', async (t) => {
  const { kept, problems } = setUp(t)
  const odd = fc.oneof(fc.string({ maxLength: 80 }), fc.json())
  fc.assert(
    fc.property(odd, (text) => {
      writeFileSync(kept, text)
      problems()
    }),
    { numRuns: 200 },
  )
  t.pass('held')
})
