import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../daemon/config/load.ts'
import { selfSigned } from '../../daemon/lib/certificate.ts'
import type { BarnboxError } from '../../daemon/lib/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'barnbox-mqtt-'))
const put = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return name
}
const load = (mqtt: object) => {
  const config = { cameras: [{ id: 'a', url: 'rtsp://cam/1' }], mqtt: { url: 'mqtts://host', ...mqtt } }
  return loadConfig(join(folder, put('barnbox.yaml', JSON.stringify(config))), {})
}
const problemsOf = (mqtt: object): string => {
  try {
    load(mqtt)
    return ''
  } catch (error) {
    return String((error as BarnboxError).context['problems'])
  }
}

t.test('what is absent has its default, and either version is taken', async (t) => {
  t.match(load({}).config.mqtt, {
    ...{ base_topic: 'barnbox', version: '3.1.1', force_disable_retain: false, snapshots: true },
    home_assistant: {
      ...{ discovery: true, prefix: 'homeassistant', object_id: false },
      status_topic: 'homeassistant/status',
    },
  })
  for (const version of [5, '5']) t.equal(load({ version }).config.mqtt?.version, '5')
  for (const version of [3, '3.1', 'five'])
    t.match(problemsOf({ version }), /mqtt\.version: must be 3\.1\.1 or 5/)
})

t.test('base and prefix are two things', async (t) => {
  const equal = { base_topic: 'farm', home_assistant: { prefix: 'farm' } }
  t.match(problemsOf(equal), /mqtt\.base_topic: must be another than mqtt\.home_assistant\.prefix/)
  t.match(problemsOf({ base_topic: 'homeassistant' }), /must be another/)
  t.match(problemsOf({ home_assistant: { prefix: 'barnbox' } }), /must be another/)
  t.equal(problemsOf({ base_topic: 'farm', home_assistant: { prefix: 'home/ha' } }), '')
  for (const prefix of ['', 'a/', '/a', 'a/+', '#', 'a b'])
    t.match(problemsOf({ home_assistant: { prefix } }), /prefix/, prefix)
})

t.test('certificates are read, and what is wrong with them is said', async (t) => {
  const make = () => selfSigned({ hosts: ['box'], addresses: [] }, Date.now(), 3600_000)
  const { certPem, keyPem } = make()
  const pair = { cert_file: put('c.pem', certPem), key_file: put('k.pem', keyPem) }
  t.same(load({ ...pair, ca_file: 'c.pem' }).secrets.mqttTls, { ca: certPem, cert: certPem, key: keyPem })
  t.same(load({}).secrets.mqttTls, {})
  put('other.pem', make().keyPem)
  put('broken.pem', 'hay')
  t.match(problemsOf({ ...pair, key_file: 'other.pem' }), /mqtt\.key_file: is not the key/)
  t.match(problemsOf({ ca_file: 'broken.pem' }), /mqtt\.ca_file: is no certificate/)
  t.match(problemsOf({ ca_file: 'none.pem' }), /mqtt\.ca_file: cannot read/)
  t.match(problemsOf({ cert_file: 'c.pem' }), /mqtt\.cert_file: goes with mqtt\.key_file/)
  t.match(
    problemsOf({ url: 'mqtt://host', ca_file: 'c.pem' }),
    /mqtt\.ca_file: only with an address like mqtts/,
  )
})
