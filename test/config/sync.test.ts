/**
 * The section `sync`: its defaults, its secrets, and what is wrong with it in words.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../daemon/config/load.ts'
import { asBarnboxError } from '../../daemon/lib/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'barnbox-sync-config-'))
writeFileSync(join(folder, 'oats'), 'oats\n')
writeFileSync(join(folder, 'no.pem'), 'not a certificate')
const load = (sync: object) => {
  const file = join(folder, 'barnbox.yaml')
  writeFileSync(file, JSON.stringify({ sync: { url: 'postgres://db/barn', farm: 'sunnyside', ...sync } }))
  return loadConfig(file, {})
}
const problemsOf = (sync: object): string => {
  try {
    load(sync)
    return ''
  } catch (thrown) {
    return String(asBarnboxError(thrown).context['problems'])
  }
}

t.test('encrypted and checked unless somebody says otherwise', async (t) => {
  const { config, secrets } = load({ password_file: 'oats' })
  t.match(config.sync, { tls: 'verify', every_seconds: 10, history_days: 90, username: 'barnbox' })
  t.equal(secrets.syncPassword, 'oats')
})

t.test('what is wrong is said', async (t) => {
  t.match(problemsOf({ url: 'postgres://u:p@db/barn' }), /sync\.url: must not hold/)
  t.match(problemsOf({ url: 'postgres://db' }), /sync\.url: must end in the name of a database/)
  t.match(problemsOf({ url: 'mysql://db/barn' }), /sync\.url: must be an address/)
  t.match(problemsOf({ farm: 'Sunny Side' }), /sync\.farm/)
  t.match(problemsOf({ password_file: 'nowhere' }), /sync\.password_file: cannot read/)
  t.match(problemsOf({ ca_file: 'no.pem' }), /sync\.ca_file: is no certificate/)
  t.match(problemsOf({ ca_file: 'no.pem', tls: 'off' }), /sync\.ca_file: only where/)
})

t.test('BarnHand is off unless it is named, and then names and residents are', async (t) => {
  t.equal(load({}).config.sync?.barnhand, undefined)
  const stream = 'stream_001'
  const plain = {
    stream_ids: { yard: stream },
    farm_id: '1b0c8f0a-51d9-4b0e-8d0b-3c9a4a3d2e11',
    prefix: 'bb',
  }
  const barnhandOf = (more: object) => ({ barnhand: { ...plain, ...more } })
  const redis = { url: 'rediss://cache:6379', password_file: 'oats' }
  const { config, secrets } = load(barnhandOf({ redis }))
  t.match(config.sync?.barnhand, { names: false, official: false, stream_ids: { yard: stream }, redis })
  t.equal(secrets.redisPassword, 'oats')
  for (const prefix of ['a_horse_1', 'a_guest_x', 'Barn', 'x', 'b'.repeat(33), 'barn_', 'a-b'])
    t.match(problemsOf(barnhandOf({ prefix })), /sync\.barnhand\.prefix: must be 2 to 32/, prefix)
  t.match(problemsOf(barnhandOf({ farm_id: 'sunny' })), /sync\.barnhand\.farm_id/)
  t.match(problemsOf(barnhandOf({ stream_ids: { yard: 'a:b' } })), /sync\.barnhand\.stream_ids\.yard/)
  t.match(problemsOf(barnhandOf({ redis: { url: 'http://cache' } })), /redis\.url: must be an address/)
  t.match(problemsOf(barnhandOf({ redis: { ...redis, password_file: 'x' } })), /redis\.password_file: cannot/)
})
