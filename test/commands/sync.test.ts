/**
 * `barnbox sync` as an installer uses it.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { lockState } from '../../daemon/registry/database.ts'
import { lockFile, openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { barnbox } from './cli.ts'

if (noPostgres) t.plan(0, noPostgres)
else {
  t.setTimeout(180_000)
  const postgres = await createPostgres()
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const url = await postgres.fresh()
  const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-sync-'))
  const ask = async (verb: string, sync: object | undefined) => {
    const file = join(mkdtempSync(join(tmpdir(), 'barnbox-sync-')), 'barnbox.yaml')
    writeFileSync(file, JSON.stringify(sync ? { sync } : {}))
    const { stdout, stderr, code } = await barnbox(['sync', verb, '--config', file, '--json'], {
      BARNBOX_STATE_DIR: stateDir,
    })
    const { findings = [] } = JSON.parse(stdout || '{}') as {
      findings?: { part: string; level: string; detail: string }[]
    }
    return { code, stderr, of: (part: string) => findings.find((one) => one.part === part) }
  }
  const sync = { url, username: 'postgres', farm: 'sunnyside', tls: 'off' }

  t.test('a config that names no database', async (t) => {
    const { code, stderr } = await ask('status', undefined)
    t.equal(code, 2)
    t.match(stderr, /BAD_REQUEST/)
  })

  t.test('the doctor asks it too', async (t) => {
    const doctor = async (more: object) => {
      const file = join(mkdtempSync(join(tmpdir(), 'barnbox-sync-')), 'barnbox.yaml')
      writeFileSync(file, JSON.stringify({ sync: { ...sync, ...more } }))
      const { stdout } = await barnbox(['doctor', '--config', file, '--json'], {
        BARNBOX_STATE_DIR: stateDir,
      })
      const { findings } = JSON.parse(stdout) as {
        findings: { part: string; level: string; detail: string }[]
      }
      return findings.find(({ part }) => part === 'postgresql')
    }
    t.match(await doctor({}), { level: 'ok', detail: /takes this box, in the clear/ })
    const gone = 'postgres://127.0.0.1:1/barn'
    t.match(await doctor({ url: gone }), { level: 'problem', detail: /SYNC_UNREACHABLE/ })
  })

  t.test('the first time: check makes the schema, now tells, status says how it stands', async (t) => {
    const horse = { streamId: 'yard' as StreamId, seenMs: Date.now() - 90_000, confidence: 0.9 }
    {
      using registry = openRegistry(registryFile(stateDir), silentLog, 'none')
      registry.horses.create(horse)
    }
    const checked = await ask('check', sync)
    t.match(checked.of('connection'), { level: 'ok', detail: /in the clear/ })
    t.match(checked.of('schema'), { level: 'ok' })
    t.match(checked.of('vectors'), { level: 'ok', detail: /no pgvector/ })
    t.match(checked.of('role'), { level: 'warning', detail: /role\.sql/ })
    t.match(checked.of('clock'), { level: 'ok' })
    t.equal(checked.code, 0)
    t.match((await ask('now', sync)).of('now'), { level: 'ok', detail: /^2 rows told, 0 heard/ })
    const status = await ask('status', sync)
    t.match(status.of('waiting'), { detail: /^0 rows/ })
    t.match(status.of('place'), { detail: /batches told/ })
    t.match((await ask('now', sync)).of('now'), { detail: /^0 rows told/ })
    {
      using registry = openRegistry(registryFile(stateDir), silentLog, 'none')
      const state = { state: 'in-step', sinceMs: Date.now(), fault: null }
      registry.settings.set('sync_state', JSON.stringify(state))
      t.match((await ask('status', sync)).of('state'), { level: 'warning', detail: /does not run/ })
      using _ = lockState(lockFile(stateDir))
      t.match((await ask('status', sync)).of('state'), { level: 'ok', detail: /^in-step since/ })
    }
    await ask('reset', sync)
    t.match((await ask('now', sync)).of('now'), { detail: /^2 rows told/ })
    t.strictSame(await postgres.ask(url, 'SELECT count(*)::int AS n FROM barnbox.horses'), [{ n: 1 }])
  })

  t.test('BarnHand’s table and its Redis are looked at apart from the rest', async (t) => {
    const barnhand = { stream_ids: { yard: randomUUID() }, farm_id: randomUUID(), prefix: 'bb' }
    const redis = { url: 'redis://127.0.0.1:1' }
    const { code, of } = await ask('check', { ...sync, barnhand: { ...barnhand, redis } })
    t.equal(code, 1)
    t.match(of('clock'), { level: 'ok' })
    t.match(of('barnhand table'), { level: 'problem', detail: /BARNHAND_ABSENT/ })
    t.match(of('redis'), { level: 'problem', detail: /REDIS_UNREACHABLE/ })
  })

  t.test('what is wrong is said', async (t) => {
    const { code, of } = await ask('check', { ...sync, url: url.replace(/:\d+\//, ':1/') })
    t.equal(code, 1)
    t.match(of('connection'), { level: 'problem', detail: /SYNC_UNREACHABLE/ })
    t.match((await ask('check', { ...sync, tls: 'verify' })).of('connection'), { detail: /SYNC_CERTIFICATE/ })
    t.match((await ask('check', { ...sync, farm: 'another' })).of('role'), { detail: /SYNC_REFUSED/ })
  })
}
