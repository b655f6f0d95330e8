import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../daemon/config/load.ts'
import { configSchema } from '../../daemon/config/schema.ts'
import { BarnboxError } from '../../daemon/lib/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'barnbox-config-'))
let count = 0

function fileWith(text: string): string {
  const file = join(folder, `config-${count++}.yaml`)
  writeFileSync(file, text)
  return file
}

function problemsOf(text: string, environment: Record<string, string> = {}): readonly string[] {
  try {
    loadConfig(fileWith(text), environment)
  } catch (error) {
    if (error instanceof BarnboxError && error.code === 'CONFIG_INVALID') {
      return error.context['problems'] as readonly string[]
    }
    throw error
  }
  return []
}

const good = 'cameras: [{id: a, url: "rtsp://cam/1"}]\n'

t.test('a small config gets every default', async (t) => {
  const { config } = loadConfig(fileWith(good), {})
  t.equal(config.http.host, '127.0.0.1')
  t.equal(config.http.port, 8480)
  t.equal(config.cameras[0]?.fps, 5)
  t.equal(config.cameras[0]?.longest_side, 1280)
  t.equal(config.vision.threshold, 0.25)
})

t.test('the example in the repository is right', async (t) => {
  const example = readFileSync(new URL('../../config/barnbox.example.yaml', import.meta.url), 'utf8')
  t.ok(configSchema.safeParse(parse(example)).success)
})

t.test('every problem is listed with its path', async (t) => {
  const problems = problemsOf(`
cameras:
  - {id: A!, url: "http://cam/1"}
  - {id: b, url: "rtsp://cam/1", fps: 99, transprot: udp}
  - {id: b, url: "file:///etc/passwd"}
http: {port: 70000}
mqtt: {url: "ws://x"}
colour: red
`)
  for (const start of [
    'cameras.0.id:',
    'cameras.0.url:',
    'cameras.1.fps:',
    'cameras.1.transprot: unknown key - did you mean "transport"?',
    'cameras.2.url:',
    'http.port:',
    'mqtt.url:',
    'colour: unknown key',
  ]) {
    t.ok(
      problems.some((problem) => problem.startsWith(start)),
      start,
    )
  }
})

t.test('ids stand once', async (t) => {
  t.match(problemsOf('cameras: [{id: a, url: "rtsp://c/1"}, {id: a, url: "rtsp://c/2"}]'), [
    'cameras.1.id: the id a stands twice',
  ])
})

t.test('cameras overlap with others that there are', async (t) => {
  const cameras = (overlaps: string) =>
    `cameras: [{id: a, url: "rtsp://c/1", overlaps: ${overlaps}}, {id: b, url: "rtsp://c/2"}]\n`
  t.match(loadConfig(fileWith(cameras('[b]')), {}).config.cameras, [{ overlaps: ['b'] }, { overlaps: [] }])
  t.same(problemsOf(cameras('[c, a]')), [
    'cameras.0.overlaps.0: there is no camera c',
    'cameras.0.overlaps.1: a camera always shows what it shows: leave it out',
  ])
})

t.test('a device is one of its decoder, and software has none', async (t) => {
  const camera = (more: string) => `cameras: [{id: a, url: "rtsp://cam/1", ${more}}]\n`
  const load = (more: string) => loadConfig(fileWith(camera(more)), {}).config.cameras[0]
  t.match(load('enabled: true'), { decode: 'software', codec: 'h264' })
  t.match(load('decode: vaapi, decode_device: /dev/dri/renderD129'), { decode_device: '/dev/dri/renderD129' })
  t.match(load('decode: cuda, decode_device: 1'), { decode: 'cuda', decode_device: '1' })
  for (const [more, problem] of [
    ['decode: vaapi, decode_device: 0', 'must be a path like /dev/dri/renderD128'],
    ['decode: cuda, decode_device: /dev/nvidia0', 'must be the number of a card, like 0'],
    ['decode: nvv4l2, decode_device: 0', 'decode: nvv4l2 has no device to choose'],
    ['decode_device: 0', 'decode: software has no device to choose'],
  ] as const) {
    t.same(problemsOf(camera(more)), [`cameras.0.decode_device: ${problem}`])
  }
  t.match(problemsOf(camera('decode: vappi')), [/^cameras\.0\.decode: /])
})

t.test('no mistake hides another one', async (t) => {
  const problems = problemsOf(`
cameras:
  - {id: a, url: "rtsp://c/1", password_file: nowhere-1}
  - {id: a, url: "rtsp://c/2", nmae: x}
http: {host: 0.0.0.0, port: 99999}
mqtt: {url: "mqtt://b", password_file: nowhere-2}
`)
  for (const start of [
    'cameras.0.password_file: cannot read',
    'cameras.1.id: the id a stands twice',
    'cameras.1.nmae: unknown key',
    'http.port:',
    'mqtt.password_file: cannot read',
  ]) {
    t.ok(
      problems.some((problem) => problem.startsWith(start)),
      start,
    )
  }
})

t.test('L27: an address holds no secret', async (t) => {
  const problems = problemsOf(`
cameras: [{id: a, url: "rtsp://u:p@c/1"}, {id: b, url: "rtsp://c/1", detect_url: "rtsps://u@c/1"}]
mqtt: {url: "mqtt://u:p@b"}
`)
  t.equal(problems.filter((problem) => /must not hold a user name or password/.test(problem)).length, 3)
  t.notMatch(problems.join(), /u:p/)
})

t.test('environment beats the file and keeps types', async (t) => {
  const { config } = loadConfig(fileWith(good), {
    BARNBOX__HTTP__PORT: '9000',
    BARNBOX__CAMERAS__0__NAME: 'Yard',
  })
  t.equal(config.http.port, 9000)
  t.equal(config.cameras[0]?.name, 'Yard')
  t.match(problemsOf(good, { BARNBOX__HTTP__PROT: '1' }), [/^http\.prot: unknown key - did you mean "port"/])
  t.match(problemsOf(good, { BARNBOX__CAMERAS__7__NAME: 'x' }), [/there is no place/])
})

t.test('secrets come from files, beside the config or from the credentials folder', async (t) => {
  writeFileSync(join(folder, 'token'), 'a-long-enough-token\nrest')
  const text = `${good}http: {token_file: token, host: 0.0.0.0}`
  t.equal(loadConfig(fileWith(text), {}).secrets.httpToken, 'a-long-enough-token')
  t.match(problemsOf(text, { CREDENTIALS_DIRECTORY: join(folder, 'absent') }), [
    /http\.token_file: cannot read/,
  ])
  writeFileSync(join(folder, 'short'), 'short')
  t.match(problemsOf(`${good}http: {token_file: short}`), [/at least 16 characters/])
})

t.test('an unreadable file and broken YAML are named', async (t) => {
  t.throws(() => loadConfig(join(folder, 'nowhere.yaml'), {}), { code: 'CONFIG_MISSING' })
  t.ok(problemsOf('cameras: [\n').length > 0)
  t.ok(problemsOf('- 1\n').length > 0)
  t.ok(problemsOf('').length > 0)
})

t.test('whatever stands in the file, the answer is a config or a BarnboxError', async (t) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      try {
        loadConfig(fileWith(text), {})
        return true
      } catch (error) {
        return error instanceof BarnboxError
      }
    }),
    { numRuns: 200 },
  )
  t.pass('held')
})
