import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openSetupPin, setupPin, setupPinFile } from '../../daemon/barn-setup.ts'
import { barnbox, folder, startBarnbox } from './cli.ts'

t.test('the PIN is random, stays until it is used, and is its owner’s alone', async (t) => {
  const stateDir = folder()
  const pin = openSetupPin(stateDir)
  t.equal(pin.read(), undefined)
  const first = setupPin(stateDir)
  t.match(first, /^\d{8}$/)
  t.equal(setupPin(stateDir), first)
  t.equal(pin.read(), first)
  t.equal(statSync(setupPinFile(stateDir)).mode & 0o777, 0o600)
  const others = new Set(Array.from({ length: 20 }, () => setupPin(stateDir, true)))
  t.ok(others.size > 18, 'another one each time')
  t.not(pin.read(), first)
  t.same(readdirSync(stateDir), ['setup-pin'], 'nothing is left beside it')
  pin.end()
  pin.end()
  t.equal(pin.read(), undefined)
  for (const broken of ['', '1234567', '123456789\n', '1234 5678\n', 'abcdefgh\n']) {
    writeFileSync(setupPinFile(stateDir), broken)
    t.equal(pin.read(), undefined, JSON.stringify(broken))
  }
  t.match(setupPin(stateDir), /^\d{8}$/, 'a broken one is made anew')
})

t.test('a file that others could read is replaced with the next PIN', async (t) => {
  const stateDir = folder()
  setupPin(stateDir)
  chmodSync(setupPinFile(stateDir), 0o666)
  setupPin(stateDir, true)
  t.equal(statSync(setupPinFile(stateDir)).mode & 0o777, 0o600)
})

t.test('the command prints it until there is a user', async (t) => {
  const stateDir = folder()
  const run = (...args: string[]) => barnbox(args, { BARNBOX_STATE_DIR: stateDir })
  const first = await run('setup-pin')
  t.match(first, { code: 0, stdout: /^\d{8}\n$/ })
  t.equal((await run('setup-pin')).stdout, first.stdout)
  const second = await run('setup-pin', '--new')
  t.not(second.stdout, first.stdout)
  t.equal((await run('users', 'add', 'Anna', '--role', 'admin')).code, 0)
  t.equal(openSetupPin(stateDir).read(), undefined, 'a user made at the box ends the set-up')
  t.match(await run('setup-pin'), { code: 2, stderr: /SET_UP/ })
})

t.test(
  'a daemon that serves others makes a PIN, keeps it out of its log, and is set up with it',
  async (t) => {
    const stateDir = folder()
    const file = join(stateDir, 'barnbox.yaml')
    const cameras = [{ id: 'yard', url: 'rtsp://127.0.0.1:9/none', enabled: false }]
    writeFileSync(file, JSON.stringify({ http: { host: '0.0.0.0', port: 0 }, cameras }))
    const { child, end } = startBarnbox(['run', '--config', file], { BARNBOX_STATE_DIR: stateDir })
    const port = await new Promise<number>((resolve, reject) => {
      let text = ''
      child.stdout?.on('data', (more: string) => {
        text += more
        const found = /"port":(\d+),[^}]*"msg":"serving"/.exec(text)?.[1]
        if (found) resolve(Number(found))
      })
      child.once('close', () => reject(new Error(`ended: ${text}`)))
    })
    const pin = readFileSync(setupPinFile(stateDir), 'utf8').trim()
    t.match(pin, /^\d{8}$/)
    const doctor = await barnbox(['doctor', '--config', file, '--json'], { BARNBOX_STATE_DIR: stateDir })
    const { findings } = JSON.parse(doctor.stdout) as {
      findings: { part: string; level: string; detail: string }[]
    }
    t.match(
      findings.find(({ part }) => part === 'access'),
      { level: 'warning', detail: /set-up is open.*setup-pin/ },
    )
    const body = new URLSearchParams({ pin, name: 'Anna', password: 'hay and carrots' })
    const answer = await fetch(`http://127.0.0.1:${port}/setup`, { method: 'POST', body, redirect: 'manual' })
    t.equal(answer.status, 303)
    child.kill('SIGTERM')
    const { stdout, stderr } = await end
    t.notMatch(stdout + stderr, pin)
    t.notMatch(doctor.stdout, pin)
    t.match(stdout, /setup-pin/)
    t.notOk(readdirSync(stateDir).includes('setup-pin'), 'used up')
  },
)
