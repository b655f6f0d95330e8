/** The config of a box that was restored: what its own file says, over what the old box had. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { describeConfig } from '../../daemon/commands/check-config.ts'
import { loadConfig, readRestored } from '../../daemon/config/load.ts'
import { overRestored } from '../../daemon/config/restored.ts'

const before = {
  http: { host: '127.0.0.1', port: 9000, token_file: 'http.token', tls: 'self_signed' },
  ffmpeg: { path: '/opt/other/ffmpeg' },
  identity: { scope: 'barn' },
  mqtt: { url: 'mqtt://old:1883', username: 'old', password_file: 'mqtt.password' },
  cameras: [{ id: 'yard', url: 'rtsp://10.0.0.5/1', username: 'joe', password_file: 'yard.password' }],
}

function box(t: Test, own: object, restored: object | null = before) {
  const folder = t.testdir({ etc: {}, state: {} })
  const [file, stateDir] = [join(folder, 'etc/barnbox.yaml'), join(folder, 'state')]
  writeFileSync(file, JSON.stringify(own))
  if (restored) {
    mkdirSync(join(stateDir, 'restored/secrets'), { recursive: true })
    writeFileSync(join(stateDir, 'restored/barnbox.yaml'), JSON.stringify(restored))
    for (const name of ['http.token', 'mqtt.password', 'yard.password'])
      writeFileSync(join(stateDir, 'restored/secrets', name), `old ${name} of the box`)
  }
  return { folder, file, stateDir, load: () => loadConfig(file, {}, stateDir) }
}

t.test('where it serves is its own affair, and so is its ffmpeg; the rest comes', async (t) => {
  const { config, secrets } = box(t, { http: { host: '0.0.0.0' } }).load()
  t.match(config.http, { host: '0.0.0.0', port: 8480, tls: 'self_signed' })
  t.equal(config.ffmpeg.path, undefined)
  t.equal(config.identity.scope, 'barn')
  t.match(config.cameras, [{ id: 'yard' }])
  t.equal(secrets.httpToken, 'old http.token of the box')
  t.equal(secrets.cameraPasswords.get('yard'), 'old yard.password of the box')
})

t.test('each part of the file takes the place of the same part', async (t) => {
  const own = { mqtt: { url: 'mqtt://new:1883' }, cameras: [], http: { tls: undefined } }
  const { config, secrets } = box(t, own).load()
  t.match(config.mqtt, { url: 'mqtt://new:1883' })
  t.equal(config.mqtt?.username, undefined, 'no password goes to another broker')
  t.equal(secrets.mqttPassword, undefined)
  t.same(config.cameras, [])
})

t.test('a secret beside the file comes first', async (t) => {
  const one = box(t, {})
  writeFileSync(join(one.folder, 'etc/yard.password'), 'the new one')
  t.equal(one.load().secrets.cameraPasswords.get('yard'), 'the new one')
})

t.test('a backup of it holds both: as text, and where each secret is', async (t) => {
  const { load, stateDir } = box(t, { http: { host: '0.0.0.0' } })
  const both = load()
  const { text, secretFiles } = both
  t.match(parse(text), { http: { host: '0.0.0.0', token_file: 'http.token' }, identity: { scope: 'barn' } })
  t.match(secretFiles.find(({ name }) => name === 'yard.password')?.file, stateDir)
  const plain = box(t, { identity: { scope: 'barn' } }, null).load()
  t.match(describeConfig(both, 'x'), /as in .*restored/)
  t.notMatch(describeConfig(plain, 'x'), /restored/)
  t.equal(plain.text, '{"identity":{"scope":"barn"}}', 'as it stands where nothing lies beneath')
})

t.test('what is no config is said by its own name', async (t) => {
  const { load, stateDir } = box(t, {})
  writeFileSync(join(stateDir, 'restored/barnbox.yaml'), 'cameras: [')
  t.throws(load, { code: 'CONFIG_INVALID', message: /restored\/barnbox\.yaml/ })
  t.throws(() => readRestored(join(stateDir, 'restored')), { code: 'CONFIG_INVALID' })
  t.equal(readRestored(join(stateDir, 'nowhere')), undefined)
})

t.test('odd trees do no harm', async (t) => {
  t.same(overRestored({}, {}), {})
  t.same(overRestored({ http: null }, { http: 'x' }), { http: null })
  t.same(overRestored({}, { http: { host: 'x' } }), { http: {} })
  t.equal(({} as Record<string, unknown>)['polluted'], undefined)
  overRestored({}, JSON.parse('{"__proto__": {"polluted": 1}}'))
  t.equal(({} as Record<string, unknown>)['polluted'], undefined)
})
