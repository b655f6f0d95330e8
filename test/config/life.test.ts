/** Which config the daemon runs by, whatever became of the file. */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { configDiff } from '../../daemon/config/diff.ts'
import { hashOf, openGenerations } from '../../daemon/config/generations.ts'
import { createConfigLife, whatIsWorse } from '../../daemon/config/life.ts'
import { loadConfig, readConfigFile } from '../../daemon/config/load.ts'

const one = 'cameras: [{id: a, url: "rtsp://cam/1"}]\n'
const two = 'cameras: [{id: a, url: "rtsp://cam/1"}, {id: b, url: "rtsp://cam/2"}]\n'

function setUp(t: Test) {
  const folder = t.testdir()
  const file = join(folder, 'barnbox.yaml')
  const generations = openGenerations(folder)
  const open = () =>
    createConfigLife({
      file,
      read: () => readConfigFile(file),
      load: (text) => loadConfig(file, {}, folder, text),
      generations,
      pid: 4711,
      utcMs: () => 1000,
    })
  return { folder, file, generations, open, write: (text: string) => writeFileSync(file, text) }
}

t.test('the first config has nothing to go back to; once proven it has', async (t) => {
  const { open, write, generations } = setUp(t)
  t.throws(() => open().start(), { code: 'CONFIG_MISSING' })
  write('cameras: [')
  t.throws(() => open().start(), { code: 'CONFIG_INVALID' })
  write(one)
  const life = open()
  const first = life.start()
  t.ok(first.isTrial)
  life.begin(first)
  t.match(generations.standing(), { pid: 4711, running: hashOf(one), trial: { begun: 1 } })
  t.equal(life.refuse(first, 'no picture'), undefined)
  life.proven(first)
  t.match(generations.standing(), { trial: null })
  t.notOk(open().start().isTrial)
})

t.test('emptied, cut off, broken or gone: the last good one runs, and it is said why', async (t) => {
  const { file, open, write, generations } = setUp(t)
  generations.keep(two)
  for (const text of [
    '',
    '{}\n',
    '# only this is left\n',
    'cameras: [',
    'cameras: [{id: a}]',
    '\0\0\0',
    two.slice(0, 30),
  ]) {
    write(text)
    const life = open()
    t.equal(life.start().text, two, JSON.stringify(text))
    t.match(life.fault, /is not in use, the config before it is: ./)
    const running = { ...life.start(), isTrial: false }
    t.equal(life.reread(running), undefined, 'nor is it taken while it runs')
    t.match(generations.standing().refused, { hash: hashOf(text) })
  }
  rmSync(file)
  t.equal(open().start().text, two)
  write('cameras: []\n')
  t.equal(open().start().loaded.config.cameras.length, 0, 'no camera, where that is said')
})

t.test('a generation that a disk has spoilt is passed over', async (t) => {
  const { folder, open, write, generations } = setUp(t)
  generations.keep(one)
  generations.keep(two)
  write('')
  writeFileSync(join(folder, 'config/000002.yaml'), '\0\0')
  writeFileSync(join(folder, 'config/standing.json'), '{"trial": 3')
  t.equal(open().start().text, one)
  mkdirSync(join(folder, 'config/000003.yaml'))
  t.equal(open().start().text, one)
})

t.test('only the newest five are kept, readable by their owner alone', async (t) => {
  const { folder, generations } = setUp(t)
  for (let n = 1; n <= 8; n++) generations.keep(`${one}# ${n}\n`)
  t.same(
    generations.good().map(({ number }) => number),
    [8, 7, 6, 5, 4],
  )
  for (const name of readdirSync(join(folder, 'config')))
    t.equal(statSync(join(folder, 'config', name)).mode & 0o777, 0o600)
})

t.test(
  'a config by which the daemon ended twice, or that was refused, is not begun with again',
  async (t) => {
    const { open, write, generations } = setUp(t)
    generations.keep(one)
    write(two)
    for (const _ of [1, 2]) {
      const life = open()
      const chosen = life.start()
      t.equal(chosen.text, two)
      t.ok(chosen.isTrial)
      life.begin(chosen)
    }
    const third = open()
    t.equal(third.start().text, one)
    t.match(third.fault, /ended 2 times while it was on trial/)

    const other = `${two}# again\n`
    write(other)
    const life = open()
    const chosen = life.start()
    t.equal(chosen.text, other, 'another edit is another try')
    t.equal(life.refuse(chosen, 'camera a: no picture any more')?.text, one)
    const later = open()
    t.equal(later.start().text, one)
    t.match(later.fault, /camera a: no picture any more/)
    const asked = later.reread({ ...later.start() })
    t.equal(asked?.chosen.text, other, 'who asks for it has it tried again')
    t.equal(later.fault, null)
  },
)

t.test('a disk that takes no notes ends nothing', async (t) => {
  const { folder, open, write, generations } = setUp(t)
  generations.keep(one)
  const life = open()
  write(one)
  const first = life.start()
  rmSync(join(folder, 'config'), { recursive: true })
  writeFileSync(join(folder, 'config'), 'no folder')
  write('')
  t.equal(life.reread(first), undefined)
  t.match(life.fault, /goes on/)
  t.throws(() => life.proven(first), { code: 'STATE_DIR' })
})

t.test('what is worse', async (t) => {
  const well = { faults: [], watched: ['a', 'b'], live: ['a'] }
  t.equal(whatIsWorse(null, well), null)
  t.equal(whatIsWorse(well, { ...well, live: ['a', 'b'] }), null)
  t.match(whatIsWorse(well, { ...well, live: ['b'] }), /camera a: no picture/)
  t.equal(
    whatIsWorse(well, { faults: [], watched: ['b'], live: ['b'] }),
    null,
    'a camera that was taken away',
  )
  const broken = { ...well, faults: [{ part: 'models', detail: 'no such file' }] }
  t.equal(whatIsWorse(well, broken), 'models: no such file')
  t.equal(whatIsWorse(broken, broken), null, 'it was so before')
  t.equal(
    whatIsWorse(null, { ...well, faults: [{ part: 'registry', detail: 'full' }] }),
    null,
    'no config fills a disk',
  )
})

t.test('a diff says each key, cameras by their ids, and no secret', async (t) => {
  t.same(configDiff(one, 'cameras: [{id: z, url: "rtsp://cam/0"}, {id: a, url: "rtsp://cam/1", fps: 3}]'), [
    '+ cameras.z.id: "z"',
    '+ cameras.z.url: "rtsp://cam/0"',
    '+ cameras.a.fps: 3',
  ])
  t.same(configDiff('http: {port: 1}\nmqtt: {username: joe}', 'http: {port: 2}\nmqtt: {username: jim}\n'), [
    'http.port: 1 -> 2',
    'mqtt.username is another',
  ])
  const said = configDiff('{}', 'mqtt: {url: "mqtt://joe:sesame@broker"}').join()
  t.match(said, /broker/)
  t.notMatch(said, /sesame/)
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      t.ok(configDiff(before, after).length <= 201)
    }),
  )
  t.same(configDiff(two, two), [])
})
