/**
 * The command line apart from `detect`: what it says, where, and how it ends.
 */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openQualityNote } from '../../daemon/barn-quality.ts'
import { findExecutable } from '../../daemon/lib/executable.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { lockState } from '../../daemon/registry/database.ts'
import { lockFile } from '../../daemon/registry/registry.ts'
import type { CameraQuality } from '../../daemon/system-types.ts'
import type { StreamId } from '../../daemon/types.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { barnbox, folder, root, startCommand } from './cli.ts'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

function configFile(text: string): string {
  const file = join(folder(), 'barnbox.yaml')
  writeFileSync(file, text)
  return file
}

/** Something that listens until the test ends. */
async function listen(t: Test): Promise<number> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  t.teardown(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const good = (port: number, more = '') =>
  configFile(`cameras: [{id: yard, url: "rtsp://127.0.0.1:${port}/1"}]\nhttp: {port: ${port}}\n${more}`)

t.test('--version, from bin and from npx', async (t) => {
  t.match(await barnbox(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' })
  const launched = await startCommand(join(root, 'bin/barnbox'), ['--version']).end
  t.match(launched, { code: 0, stdout: `${version}\n`, stderr: '' })
  const npx = await findExecutable('npx', process.env['PATH'])
  if (!npx) t.comment('npx is not on PATH')
  else
    t.match(await startCommand(npx, ['barnbox', '--version']).end, {
      code: 0,
      stdout: `${version}\n`,
    })
})

t.test('what is not a command is refused; without one the commands are listed', async (t) => {
  t.match(await barnbox(['feed']), { code: 2, stdout: '', stderr: /unknown command 'feed'/ })
  t.match(await barnbox(['run', '--colour']), { code: 2, stderr: /unknown option '--colour'/ })
  t.match(await barnbox([]), { code: 2, stderr: /Commands:.*run.*doctor.*check-config.*detect/s })
  t.match(await barnbox(['--help']), { code: 0, stdout: /Commands:/ })
})

t.test('check-config: right, wrong in many places, not there', async (t) => {
  t.match(await barnbox(['check-config', '-c', good(8480)]), { code: 0, stdout: /is right: 1 of 1 cameras/ })
  const wrong = configFile(
    'cameras:\n  - {id: A!, url: "http://cam/1"}\n  - {id: b, url: "rtsp://cam/1", fps: 99}\nhttp: {port: 70000}\ncolour: red\n',
  )
  for (const command of ['check-config', 'run']) {
    const { code, stdout, stderr } = await barnbox([command, '-c', wrong])
    t.equal(code, 78)
    t.equal(stdout, '')
    t.match(stderr, /^barnbox: CONFIG_INVALID: .* has 5 problems\n/)
    for (const path of ['cameras.0.id:', 'cameras.0.url:', 'cameras.1.fps:', 'http.port:', 'colour:']) {
      t.ok(stderr.includes(`\n  - ${path}`), path)
    }
  }
  const nowhere = join(folder(), 'none.yaml')
  for (const args of [
    ['check-config', '-c', nowhere],
    ['run', '-c', nowhere],
  ]) {
    t.match(await barnbox(args), {
      code: 78,
      stderr: `barnbox: CONFIG_MISSING: cannot read the config ${nowhere}\n`,
    })
  }
  t.match(await barnbox(['check-config'], { BARNBOX_CONFIG: nowhere }), {
    code: 78,
    stderr: /CONFIG_MISSING/,
  })
})

t.test('run: a port in use, a state folder that cannot be', async (t) => {
  const port = await listen(t)
  const inUse = await barnbox(['run', '-c', good(port)])
  t.equal(inUse.code, 78)
  t.match(inUse.stderr, new RegExp(`^barnbox: PORT_IN_USE: .*${port}.*\\n$`))
  const file = configFile('')
  const state = { BARNBOX_STATE_DIR: join(file, 'state') }
  const noState = await barnbox(['run', '-c', good(0)], state)
  t.match(noState, { code: 78, stderr: /^barnbox: STATE_DIR: .*\n$/ })
  t.ok(noState.stderr.includes(state.BARNBOX_STATE_DIR))
})

t.test('doctor: every part is looked at, and a camera that is none is said to be', async (t) => {
  const port = await listen(t)
  const { code, stdout, stderr } = await barnbox(['doctor', '-c', good(port)])
  t.equal(code, 1, stdout)
  t.match(stdout, /^PROBLEM {2}camera yard: what comes is not a video/m)
  t.equal(stderr, '')
  for (const part of [
    'node',
    'setpriv',
    'clock',
    'state folder',
    'disk',
    'registry',
    'backup',
    'config',
    'memory',
    'graphics',
    'secrets',
    'network names',
    'port',
    'model files',
    'ffmpeg',
    'models',
    'camera yard',
  ]) {
    t.match(stdout, new RegExp(`^(ok|warning|PROBLEM) +${part}: .+$`, 'm'))
  }
})

t.test('doctor: hardware that does not decode is a warning', { skip: await noRtsp() }, async (t) => {
  await using rtsp = await startRtspCamera({ '/cam': await makeClip() })
  const cameras = ['software', 'vaapi'].map((decode) => {
    const device = decode === 'vaapi' ? ', decode_device: /dev/dri/barnbox-has-none' : ''
    return `{id: ${decode}, url: "${rtsp.url('/cam')}", decode: ${decode}${device}}`
  })
  const { stdout } = await barnbox(['doctor', '-c', configFile(`cameras: [${cameras.join(', ')}]`)])
  t.match(stdout, /^ok {7}camera software: gives pictures, decoded in software$/m)
  t.match(
    stdout,
    /^warning {2}camera vaapi: gives pictures, but only decoded in software: vaapi does not work \(.+\)$/m,
  )
})

t.test('doctor: an ffmpeg that hangs altogether is waited for once', async (t) => {
  const ffmpeg = join(folder(), 'ffmpeg')
  writeFileSync(ffmpeg, '#!/bin/sh\necho "$*" >> "$0.runs"\nexec sleep 1000\n', { mode: 0o755 })
  const cameras = ['a', 'b', 'c'].map((id) => `{id: ${id}, url: "rtsp://127.0.0.1:9/1"}`)
  const file = configFile(`ffmpeg: {path: ${ffmpeg}}\ncameras: [${cameras.join(', ')}]\nhttp: {port: 0}\n`)
  const PATH = `${join(ffmpeg, '..')}:${process.env['PATH']}`
  const { code, stdout } = await barnbox(['doctor', '-c', file], { PATH })
  t.equal(code, 1)
  t.match(stdout, /^PROBLEM {2}ffmpeg: FFMPEG_MISSING: .*has not answered within 10 s: it hangs/m)
  t.match(stdout, /^PROBLEM {2}camera c: nothing to open it with: see ffmpeg$/m)
  t.equal(readFileSync(`${ffmpeg}.runs`, 'utf8'), '-version\n', 'once for all')
})

t.test('doctor: what the daemon knows of a camera that flaps', async (t) => {
  const stateDir = folder()
  const clock = { monoMs: () => 0 }
  const of = (label: 'poor' | 'unusable', breaks: number) =>
    ({ label, breaks, reasons: ['breaks'], come: 0.5, dropped: 0 }) as const
  const known = { a: of('unusable', 27), b: of('poor', 4), c: { ...of('unusable', 1), come: 0 } }
  const all = Object.entries(known).map(([id, one]): [StreamId, CameraQuality] => [id as StreamId, one])
  openQualityNote({ stateDir, log: silentLog, clock })(new Map(all))
  const cameras = Object.keys(known).map((id) => `{id: ${id}, url: "rtsp://127.0.0.1:9/1"}`)
  const file = configFile(`cameras: [${cameras.join(', ')}]\nhttp: {port: 0}\n`)
  const doctor = async () => (await barnbox(['doctor', '-c', file], { BARNBOX_STATE_DIR: stateDir })).stdout
  t.notMatch(await doctor(), /does not hold/, 'no daemon runs: it is of an earlier one')
  using _running = lockState(lockFile(stateDir))
  const said = await doctor()
  t.match(
    said,
    /^PROBLEM {2}camera a: it does not hold: broke off 27 times within an hour, 50 % .*\(now: connection refused.*\)\. Look at its cable/m,
  )
  t.match(
    said,
    /^warning {2}camera b: it does not hold: broke off 4 times .*`barnbox cameras test b` measures it$/m,
  )
  t.match(said, /^PROBLEM {2}camera c: connection refused/m)
})

t.test('doctor: the exit code is that of the worst finding', async (t) => {
  const file = configFile('cameras: []\nhttp: {port: 0}\n')
  const { code, stdout } = await barnbox(['doctor', '-c', file])
  t.match(stdout, /^warning {2}config: no camera yet/m)
  t.notMatch(stdout, /^PROBLEM/m)
  t.equal(code, 3)
})

t.test('doctor: names that lead nowhere, a port that is taken, a secret that all can read', async (t) => {
  const port = await listen(t)
  const file = configFile(
    `cameras: [{id: a, url: "rtsp://camera.invalid/1"}]\nhttp: {port: ${port}, token_file: http.token}\n`,
  )
  writeFileSync(join(file, '../http.token'), 'a-token-that-is-long', { mode: 0o644 })
  const { stdout } = await barnbox(['doctor', '-c', file])
  t.match(stdout, /^PROBLEM {2}network names: no address is known of camera\.invalid/m)
  t.match(stdout, /^PROBLEM {2}port: .* cannot be listened on \(EADDRINUSE\)/m)
  t.match(stdout, /^warning {2}secrets: everybody on this box can read .*http\.token/m)
})

t.test('doctor: what is wrong is said with what to do, the rest goes on', async (t) => {
  const config = configFile(
    'cameras: [{id: yard, url: "rtsp://127.0.0.1:9/1"}, {id: off, url: "rtsp://127.0.0.1:9/1", enabled: false}]\n' +
      'mqtt: {url: "mqtt://127.0.0.1:9"}\nvision: {detector: /nowhere/model.onnx}\nregistry: {vector_index: sqlite-vss}\n',
  )
  const { code, stdout } = await barnbox(['doctor', '--json', '-c', config])
  t.equal(code, 1)
  const { findings } = JSON.parse(stdout) as { findings: { part: string; level: string; detail: string }[] }
  const details = new Map(findings.map(({ part, level, detail }) => [part, `${level} ${detail}`]))
  t.match(details.get('camera yard'), /^problem connection refused/)
  t.match(details.get('mqtt'), /^problem MQTT_UNREACHABLE: 127\.0\.0\.1:9/)
  t.match(details.get('models'), /^problem MODEL_MISSING: .*\/nowhere\/model\.onnx/)
  t.match(details.get('registry'), /^ok /)
  t.match(
    details.get('vector search'),
    /^ok sqlite-vss loads$|^warning sqlite-vss cannot be used \(.+\); sqlite-vec is used instead$/,
  )
  t.notOk(details.has('camera off'), 'a camera that is switched off is not called')
})

t.test('doctor: a box that would only find horses is told to be mended', async (t) => {
  const config = configFile(
    'cameras: [{id: yard, url: "rtsp://127.0.0.1:9/1"}]\nvision: {embedder: /nowhere/model.onnx}\n',
  )
  const { code, stdout } = await barnbox(['doctor', '-c', config])
  t.equal(code, 1)
  t.match(stdout, /^PROBLEM {2}models: MODEL_MISSING: .*\/nowhere\/model\.onnx/m)
})

t.test('doctor: without a config, and with a folder that cannot be written', async (t) => {
  const state = join(configFile(''), 'state')
  const { code, stdout } = await barnbox(['doctor', '-c', join(folder(), 'none')], {
    BARNBOX_STATE_DIR: state,
  })
  t.equal(code, 1)
  t.match(stdout, /^PROBLEM {2}config: CONFIG_MISSING: /m)
  t.match(stdout, /^PROBLEM {2}state folder: STATE_DIR: .* cannot be written/m)
  t.match(stdout, /^ok {7}vector search: /m)
  t.notMatch(stdout, /^\S+ +models:/m, 'nobody has said which')
})
