/** Commands that root runs, as the docs tell, leave a state folder that the daemon's user can go on with. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import { mainFile } from '../../scripts/testing/program.ts'
import { as, give, isRoot, owner } from '../support/ordinary-user.ts'
import { barnbox, folder, root } from './cli.ts'

const skip = isRoot ? false : 'needs root'

/** A box whose state folder is nobody's, as it is after the service has run. */
function box(t: Test, more: object = {}) {
  const top = folder()
  chmodSync(top, 0o755)
  const [stateDir, disk, file] = [join(top, 'state'), join(top, 'disk'), join(top, 'barnbox.yaml')]
  for (const one of [stateDir, disk]) {
    mkdirSync(one)
    give(one)
  }
  openRegistry(registryFile(stateDir), silentLog)[Symbol.dispose]()
  for (const name of readdirSync(stateDir)) give(join(stateDir, name))
  const cameras = [{ id: 'yard', url: 'rtsp://127.0.0.1:9/none' }]
  writeFileSync(file, JSON.stringify({ cameras, http: { port: 0 }, ...more }))
  const run = (...args: string[]) => barnbox([...args, '--config', file], { BARNBOX_STATE_DIR: stateDir })
  /** As the timer does it. */
  const nightly = async () => {
    const env = { ...process.env, BARNBOX_STATE_DIR: stateDir, HOME: top }
    // What tap would have it write is not that user's to write.
    const args = ['-u', 'NODE_OPTIONS', process.execPath, mainFile, 'backup', '--config', file]
    const child = spawn('env', args, {
      ...as,
      env,
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const [code] = await once(child, 'close')
    return { code, said }
  }
  t.teardown(() => chownSync(stateDir, 0, 0))
  return { top, stateDir, disk, run, nightly }
}

/** What in a folder is not the daemon's user's. */
const others = (top: string) =>
  readdirSync(top, { recursive: true, encoding: 'utf8' }).filter(
    (name) => lstatSync(join(top, name)).uid !== owner,
  )

t.test('a backup by root, and the nightly one after it', { skip }, async (t) => {
  const { stateDir, run, nightly } = box(t, { backup: { daily: 1, weekly: 0, monthly: 0 } })
  t.match(await run('backup'), { code: 0 })
  t.same(others(stateDir), [])
  const [first] = readdirSync(join(stateDir, 'backups'))
  await new Promise((resolve) => setTimeout(resolve, 1100))
  t.same(await nightly(), { code: 0, said: '' })
  const left = readdirSync(join(stateDir, 'backups'))
  t.equal(left.length, 1)
  t.not(left[0], first, 'the one of root could be let go of')
})

t.test('on another disk', { skip }, async (t) => {
  const top = folder()
  chmodSync(top, 0o755)
  const { disk, nightly, run } = box(t, { backup: { folder: join(top, 'backups') } })
  t.match(await run('backup'), { code: 0 })
  t.equal(lstatSync(join(top, 'backups')).uid, owner)
  t.same(others(top), [])
  t.same(others(disk), [])
  await new Promise((resolve) => setTimeout(resolve, 1100))
  t.same(await nightly(), { code: 0, said: '' })
})

t.test('the test of a camera, also one that ends with a problem; and the doctor', { skip }, async (t) => {
  const { stateDir, run } = box(t)
  t.match(await run('cameras', 'test', 'yard', '--seconds', '31'), { code: 1 })
  t.ok(readdirSync(stateDir).includes('camera-tests'))
  t.same(others(stateDir), [])
  await run('doctor')
  t.ok(readdirSync(stateDir).includes('models'), 'it has opened the models')
  t.same(others(stateDir), [])
})
