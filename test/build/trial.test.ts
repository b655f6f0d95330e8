/** What an update on trial is judged by: scripts/deb/trial.sh with the program itself, and with servers where its config says that the page is. */
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
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
