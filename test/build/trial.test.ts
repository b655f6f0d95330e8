/** What an update on trial is judged by: scripts/deb/trial.sh with the program itself, and with servers where its config says that the page is. */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { selfSigned } from '../../daemon/lib/certificate.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const trial = join(root, 'scripts/deb/trial.sh')
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'))

/** A box in a folder: its config, its state, and the command `barnbox` of this checkout. */
function boxIn(t: Test) {
  const folder = t.testdir({ bin: {}, state: {} })
  const program = `exec "${process.execPath}" "${root}daemon/main.ts" "$@" --config "${folder}/barnbox.yaml"`
  writeFileSync(join(folder, 'bin/barnbox'), `#!/bin/sh\n${program}\n`, { mode: 0o755 })
  const ask = (question: string) =>
    new Promise<{ code: unknown; said: string }>((resolve) => {
      const places = `state=${folder}/state; credentials=${folder}/credentials; node=${process.execPath}`
      const env = { PATH: `${folder}/bin:${process.env['PATH']}` }
      const script = `. "$0"; ${places}; ${question}`
      execFile('sh', ['-euc', script, trial], { env }, (error, stdout) =>
        resolve({ code: error ? error.code : 0, said: stdout.trim() }),
      )
    })
  return { folder, ask, config: (text: string) => writeFileSync(join(folder, 'barnbox.yaml'), text) }
}

async function listen(t: Test, server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}
const answer: Parameters<typeof createServer>[1] = ({ url }, response) => {
  response.writeHead(url === '/healthz' ? 200 : 404).end()
}

t.test('the page is asked where it is: on one address, or on all', async (t) => {
  const { ask, config } = boxIn(t)
  const hosts = ['127.0.0.2', '0.0.0.0', ...(hasIpv6 ? ['::1', '::'] : [])]
  for (const host of hosts) {
    const port = await listen(t, createServer(answer), host)
    config(`http: {host: "${host}", port: ${port}}\n`)
    t.same(await ask('page; answers'), { code: 0, said: `http ${host} ${port}` }, host)
  }
  const port = await listen(t, createServer(answer), '127.0.0.1')
  config(`http: {host: 127.0.0.3, port: ${port}}\n`)
  t.match(await ask('answers'), { code: 1 }, 'another program on the same port of another address')
  config('http: {port: nine}\n')
  t.match(await ask('answers'), { code: 1 }, 'a config that is not right')
})

t.test('what lies beneath the config of a restored box counts', async (t) => {
  const { folder, ask, config } = boxIn(t)
  const { certPem: cert, keyPem: key } = selfSigned({ hosts: ['box'], addresses: [] }, Date.now(), 3600_000)
  const port = await listen(t, createHttpsServer({ cert, key }, answer), '127.0.0.1')
  config(`http: {port: ${port}}\n`)
  t.match(await ask('answers'), { code: 1 })
  mkdirSync(join(folder, 'state/restored'))
  writeFileSync(join(folder, 'state/restored/barnbox.yaml'), 'http: {tls: self_signed}\n')
  t.same(await ask('page; answers'), { code: 0, said: `https 127.0.0.1 ${port}` })
})

t.test('secrets that systemd alone hands to the service are found', async (t) => {
  const { folder, ask, config } = boxIn(t)
  const port = await listen(t, createServer(answer), '127.0.0.1')
  config(`http: {port: ${port}, token_file: http.token}\n`)
  t.match(await ask('answers'), { code: 1 })
  mkdirSync(join(folder, 'credentials'))
  writeFileSync(join(folder, 'credentials/http.token'), 'a token of sixteen letters\n')
  t.match(await ask('answers'), { code: 0 })
})

/** A box of version 1.2.0 on which updates were laid down; its updater ends as told, and notes what it was called with. */
function nightOf(t: Test, files: readonly string[], ending = 0) {
  const folder = t.testdir({ incoming: Object.fromEntries(files.map((name) => [name, name])) })
  const updater = join(folder, 'updater')
  const note = `for file in "$1" "$1.minisig"; do cat "$file" >>"${folder}/asked"; echo >>"${folder}/asked"; done`
  writeFileSync(updater, `#!/bin/sh\n${note}\nexit ${ending}\n`, { mode: 0o755 })
  const named = `sed -n "s/^barnbox_\\(.*\\)_amd64.deb$/\\1/p"`
  const own = `running_version() { echo 1.2.0; }; version_of() { basename "$1" | ${named}; }`
  const script = `. "$0"; incoming=${folder}/incoming; updater=${updater}; ${own}; take_waiting .deb`
  return new Promise<{ code: unknown; asked: string; left: string[] }>((resolve) => {
    execFile('sh', ['-euc', script, trial], (error) => {
      const asked = readdirSync(folder).includes('asked') ? readFileSync(join(folder, 'asked'), 'utf8') : ''
      resolve({ code: error ? error.code : 0, asked, left: readdirSync(join(folder, 'incoming')).sort() })
    })
  })
}
const signed = (...versions: string[]) =>
  versions.map((one) => `barnbox_${one}_amd64.deb`).flatMap((name) => [name, `${name}.minisig`])
const hasDpkg = await new Promise<boolean>((resolve) =>
  execFile('dpkg', ['--version'], (error) => resolve(!error)),
)

t.test(
  'of what was laid down the newest signed one is taken at night',
  { skip: hasDpkg ? false : 'needs dpkg' },
  async (t) => {
    const [newest = '', signature] = signed('1.10.0')
    const files = [
      ...signed('1.3.0', '1.10.0', '1.1.0'),
      'barnbox_1.11.0_amd64.deb',
      'notes.deb',
      'notes.deb.minisig',
    ]
    const left = files.filter((name) => !name.startsWith(newest)).sort()
    t.same(await nightOf(t, files), { code: 0, asked: `${newest}\n${signature}\n`, left })
    t.same(await nightOf(t, signed('1.2.0', '1.1.9')), { code: 0, asked: '', left: signed('1.1.9', '1.2.0') })
    t.same(await nightOf(t, []), { code: 0, asked: '', left: [] })
  },
)

t.test(
  'what was gone back from is not tried each night, what was refused is',
  { skip: hasDpkg ? false : 'needs dpkg' },
  async (t) => {
    const [file = '', signature = ''] = signed('1.3.0')
    t.match(await nightOf(t, [file, signature], 2), { code: 2, left: [file, signature] })
    const back = await nightOf(t, [file, signature], 1)
    t.match(back, { code: 1, left: [`${file}.tried`, `${file}.tried.minisig`] })
    t.match(await nightOf(t, back.left), { code: 0, asked: '', left: back.left })
  },
)
