/** scripts/prepare: what becomes of services that come with packages. In a tree of its own: this machine's units are left alone. */
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const services = join(root, 'scripts/prepare-services.sh')
const hasShellcheck = await run('shellcheck', ['--version']).then(Boolean, () => false)

/** A machine with an enabled unit of its own and, where told, a policy; `install` is what a package does at its installation. */
function machineIn(t: Test, policyText?: string) {
  const tree = t.testdir({
    etc: { systemd: { system: { 'multi-user.target.wants': {} } } },
    usr: { lib: { systemd: { system: {} } }, sbin: {} },
  })
  const policy = join(tree, 'usr/sbin/policy-rc.d')
  if (policyText !== undefined) writeFileSync(policy, policyText, { mode: 0o755 })
  const wants = join(tree, 'etc/systemd/system/multi-user.target.wants')
  const add = (unit: string, more = '') =>
    writeFileSync(
      join(tree, 'usr/lib/systemd/system', unit),
      `[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n${more}`,
    )
  const enable = (unit: string) => symlinkSync(`/usr/lib/systemd/system/${unit}`, join(wants, unit))
  add('own.service')
  enable('own.service')
  const sh = (script: string, env: NodeJS.ProcessEnv = process.env) =>
    run('sh', ['-euc', `. "$0"; root=$1; policy=$2; ${script}`, services, tree, policy], { env })
  return { tree, policy, wants, add, enable, sh }
}

t.test('they are shell', async (t) => {
  const files = [join(root, 'scripts/prepare'), services]
  for (const file of files) await t.resolves(run('sh', ['-n', file]), file)
  if (hasShellcheck) await t.resolves(run('shellcheck', ['-x', ...files], { cwd: root }))
})

t.test('what comes along does not start with the machine; what was there does', async (t) => {
  const { tree, wants, add, sh } = machineIn(t)
  add('server.service', 'Alias=other-name.service\n')
  const { stderr } = await sh(`hold_services; cd "$root/etc/systemd/system"; mkdir timers.target.wants
    ln -s /usr/lib/systemd/system/server.service multi-user.target.wants/; ln -s /usr/lib/systemd/system/server.service other-name.service
    ln -s /nowhere.timer timers.target.wants/gone.timer; release_services`)
  t.match(stderr, /server\.service came along/)
  t.notMatch(stderr, /own\.service/)
  t.same(readdirSync(wants), ['own.service'])
  t.equal(readlinkSync(join(wants, 'own.service')), '/usr/lib/systemd/system/own.service')
  const left = readdirSync(join(tree, 'etc/systemd/system'), { recursive: true, encoding: 'utf8' })
  t.same(
    left.filter((name) => /gone|server/.test(name)),
    [],
  )
})

t.test('without systemctl the links go all the same', async (t) => {
  const { tree, wants, add, enable, sh } = machineIn(t)
  const bin = join(tree, 'bin')
  mkdirSync(bin)
  for (const name of ['find', 'sort', 'grep', 'rm', 'mv', 'chmod', 'sh'])
    symlinkSync((await run('sh', ['-c', `command -v ${name}`])).stdout.trim(), join(bin, name))
  add('server.service')
  enable('server.service')
  await sh('enabled_before=own.service; release_services', { PATH: bin })
  t.same(readdirSync(wants), ['own.service'])
})

t.test('nothing is started, whatever policy was there, and that is back in the end', async (t) => {
  const policies: [text: string | undefined, isKept: boolean][] = [
    [undefined, false],
    ['#!/bin/sh\nexit 101\n', true],
    ['#!/bin/sh\nexit 0\n', false],
    ['#!/bin/sh\n[ "$1" = redis-server ] || exit 101\n', false],
  ]
  for (const [text, isKept] of policies) {
    const told = text ?? 'no policy'
    const { policy, sh } = machineIn(t, text)
    const { stdout } = await sh(
      'hold_services mosquitto redis-server; cat "$policy"; refuses redis-server x && echo refused; release_services',
    )
    t.match(stdout, /refused\n$/, told)
    t.equal(text !== undefined && stdout.startsWith(text), isKept, told)
    t.equal(existsSync(policy) ? readFileSync(policy, 'utf8') : undefined, text, told)
  }
})

t.test('after a run that was killed the next one puts the policy back', async (t) => {
  const text = '#!/bin/sh\nexit 0\n'
  const { tree, policy, sh } = machineIn(t, text)
  await sh('hold_services')
  t.not(readFileSync(policy, 'utf8'), text)
  await sh('hold_services; release_services')
  t.equal(readFileSync(policy, 'utf8'), text)
  t.same(readdirSync(join(tree, 'usr/sbin')), ['policy-rc.d'])
})
