/**
 * Downloads, against a server of our own that serves, breaks off, lies or refuses as told.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, truncateSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { download } from '../../daemon/commands/models-download.ts'
import { fetchModel } from '../../daemon/commands/models-fetch.ts'
import { createProgress } from '../../daemon/commands/models-progress.ts'
import { catalogEntry } from '../../models/catalog.ts'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'
import { barnbox } from './cli.ts'

/** A network of D-FINE's layout that sees nothing, made large enough to break off in its midst. */
const model = detector(200_000)

function detector(ballast: number): Uint8Array {
  const onnx = createOnnxGraph('nothing')
  onnx.input('pixel_values', 'float32', ['batch', 3, 'height', 'width'])
  onnx.output(
    'logits',
    onnx.floats(new Float32Array(300 * 80).fill(-9), [1, 300, 80]),
    'float32',
    [1, 300, 80],
  )
  onnx.output('pred_boxes', onnx.floats(new Float32Array(1200), [1, 300, 4]), 'float32', [1, 300, 4])
  const ones = Float32Array.from({ length: ballast }, (_, i) => i)
  onnx.output('ballast', onnx.floats(ones, [ballast]), 'float32', [ballast])
  return onnx.encode({})
}

type Serve = (request: IncomingMessage, response: ServerResponse, nth: number) => void

/** Serves until the test ends; answers its address and the ranges that were asked for. */
async function listen(t: Test, serve: Serve): Promise<{ url: string; port: number; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? 'all'}`)
    serve(request, response, asked.length)
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, asked }
}

/** A server that knows ranges; `cut` breaks off after so many bytes of each answer. */
function ranged(body: Uint8Array, tag = '"one"', cut = Number.POSITIVE_INFINITY): Serve {
  return (request, response) => {
    const from = Number(request.headers.range?.match(/bytes=(\d+)-/)?.[1] ?? 0)
    const goesOn = from > 0 && request.headers['if-range'] === tag
    if (goesOn && from >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end()
      return
    }
    const part = body.subarray(goesOn ? from : 0)
    const headers = { etag: tag, 'content-length': part.length }
    const range = { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }
    response.writeHead(goesOn ? 206 : 200, goesOn ? { ...headers, ...range } : headers)
    if (part.length <= cut) response.end(part)
    else response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 20))
  }
}

const newFolder = () => mkdtempSync(path.join(tmpdir(), 'barnbox-fetch-'))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const options = { normalise: 'imagenet', int8: false } as const

function deps(url: string, stateDir = newFolder()) {
  const told: number[] = []
  const { signal } = new AbortController()
  const onProgress = (bytes: number) => void told.push(bytes)
  return { stateDir, env: { HF_ENDPOINT: `${url}/` }, onProgress, signal, pauseMs: 5, told }
}

const entry = catalogEntry('d-fine-n')
if (!entry?.url) throw new Error('it is in the catalogue')
const place = new URL(entry.url).pathname

t.test('fetched from the mirror that HF_ENDPOINT names', async (t) => {
  const { url, asked } = await listen(t, ranged(model))
  const with_ = deps(url)
  const installed = await fetchModel('d-fine-n', options, with_)
  t.same(asked, [`${place} all`])
  t.equal(installed.sha256, sha256(model))
  t.match(installed, { layout: 'detr-logits', input: { width: 640 }, from: `${url}${place}` })
  t.equal(with_.told.at(-1), model.length)
  t.ok(readFileSync(path.join(with_.stateDir, 'models/d-fine-n.onnx')).equals(model))
  t.notOk(existsSync(path.join(with_.stateDir, 'models/d-fine-n.part.onnx')))
})

t.test('a transfer that breaks off goes on where it was, as often as it gains', async (t) => {
  const cut = Math.ceil(model.length / 6)
  const { url, asked } = await listen(t, ranged(model, '"one"', cut))
  const installed = await fetchModel('d-fine-n', options, deps(url))
  t.equal(installed.sha256, sha256(model))
  t.ok(asked.length >= 6, `${asked.length} transfers`)
  t.match(asked[1], /bytes=\d+-$/)
})

t.test('what an earlier run left is gone on with; another file on the server is not', async (t) => {
  const folder = newFolder()
  const part = path.join(folder, 'x.part')
  const stop = new AbortController()
  const cut = await listen(t, ranged(model, '"one"', 1000))
  const wanted = { part, pauseMs: 5, onProgress: () => stop.abort(), signal: stop.signal }
  await t.rejects(download({ ...wanted, url: cut.url }), { code: 'MODEL_FETCH', message: /stopped/ })
  t.ok(existsSync(part))
  const go = { part, pauseMs: 5, onProgress: () => {}, signal: new AbortController().signal }

  const whole = await listen(t, ranged(model))
  await download({ ...go, url: whole.url })
  t.match(whole.asked, ['/ all'], 'another address is another file')
  t.ok(readFileSync(part).equals(model))

  truncateSync(part, 4000)
  await download({ ...go, url: whole.url })
  t.equal(whole.asked[1], '/ bytes=4000-')
  t.ok(readFileSync(part).equals(model))
  await download({ ...go, url: whole.url })
  t.ok(readFileSync(part).equals(model), 'whole already')

  truncateSync(part, 4000)
  const other = model.map((byte) => byte ^ 1)
  let body = ranged(model)
  const changing = await listen(t, (request, response, nth) => body(request, response, nth))
  await download({ ...go, url: changing.url })
  truncateSync(part, 4000)
  body = ranged(other, '"two"')
  await download({ ...go, url: changing.url })
  t.ok(readFileSync(part).equals(other))
})

t.test('a server without ranges, without a length, that lies about a range', async (t) => {
  const go = { onProgress: () => {}, signal: new AbortController().signal, pauseMs: 5 }
  const plain = await listen(t, (_request, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' })
    response.end(model)
  })
  const part = path.join(newFolder(), 'x.part')
  await download({ ...go, part, url: plain.url })
  truncateSync(part, 999)
  await download({ ...go, part, url: plain.url })
  t.ok(readFileSync(part).equals(model))
  const liar = await listen(t, (request, response, nth) => {
    if (request.headers.range === undefined) return ranged(model)(request, response, nth)
    response.writeHead(206, { 'content-range': `bytes 0-9/${model.length}`, etag: '"one"' }).end('0123456789')
  })
  const lied = path.join(newFolder(), 'x.part')
  await download({ ...go, part: lied, url: liar.url })
  truncateSync(lied, 999)
  await download({ ...go, part: lied, url: liar.url })
  t.ok(readFileSync(lied).equals(model))
})

t.test('refused, away, failing again and again: told in one line, nothing installed', async (t) => {
  const answers: readonly (readonly [status: number, said: RegExp, tries: number])[] = [
    [404, /answers 404$/, 1],
    [403, /answers 403: it wants a login/, 1],
    [503, /answers 503$/, 3],
  ]
  for (const [status, said, tries] of answers) {
    const { url, asked } = await listen(t, (_request, response) => void response.writeHead(status).end('no'))
    const with_ = deps(url)
    await t.rejects(fetchModel('d-fine-n', options, with_), { code: 'MODEL_FETCH', message: said })
    t.equal(asked.length, tries)
    t.notOk(existsSync(path.join(with_.stateDir, 'models/installed.json')))
  }
  const nobody = fetchModel('d-fine-n', options, deps('http://127.0.0.1:9'))
  await t.rejects(nobody, { code: 'MODEL_FETCH', message: /127\.0\.0\.1:9/ })
  await t.rejects(fetchModel('d-fine-n', options, deps('nonsense')), { code: 'BAD_REQUEST' })
})

t.test('a file of another hash, and one that is no model, leave nothing behind', async (t) => {
  const { url } = await listen(t, ranged(model))
  const wrong = { ...deps(url), entry: { ...entry, sha256: 'a'.repeat(64) } }
  await t.rejects(fetchModel('d-fine-n', options, wrong), { code: 'MODEL_HASH', kind: 'data' })
  t.notOk(existsSync(path.join(wrong.stateDir, 'models/d-fine-n.part.onnx')))
  const right = { ...deps(url, wrong.stateDir), entry: { ...entry, sha256: sha256(model) } }
  t.equal((await fetchModel('d-fine-n', options, right)).sha256, sha256(model))
  const page = await listen(t, (_request, response) => void response.end('<html>log in</html>'))
  const html = deps(page.url)
  await t.rejects(fetchModel('d-fine-n', options, html), { code: 'MODEL_BROKEN' })
  t.notOk(existsSync(path.join(html.stateDir, 'models/d-fine-n.part.onnx')))
})

t.test('the command: progress on stderr, through the proxy that the environment names', async (t) => {
  const { url, port } = await listen(t, ranged(model))
  const proxied: string[] = []
  const proxy = createServer((request, response) => {
    proxied.push(request.url ?? '')
    const { pathname } = new URL(request.url ?? '', url)
    request.url = pathname
    ranged(model)(request, response, 1)
  })
  proxy.on('connect', (request, socket) => {
    proxied.push(request.url ?? '')
    const through = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      through.pipe(socket).pipe(through)
    })
    through.on('error', () => socket.destroy())
    socket.on('error', () => through.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const at = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const clear = { NO_PROXY: '', no_proxy: '', http_proxy: '', https_proxy: '', HTTPS_PROXY: '' }
  const environment = {
    ...clear,
    BARNBOX_STATE_DIR: newFolder(),
    HF_ENDPOINT: 'http://models.invalid',
    HTTP_PROXY: at,
    http_proxy: at,
  }
  const ended = await barnbox(['models', 'fetch', 'd-fine-n'], environment)
  t.equal(ended.code, 0, ended.stderr)
  t.match(ended.stdout, /^d-fine-n is installed \(detr-logits\) from http:\/\/models\.invalid\//)
  t.match(ended.stderr, /^d-fine-n: .* MB of .* MB \(100 %\)$/m)
  t.match(proxied[0], /models\.invalid/)
})

t.test('progress: one line that changes on a terminal, a few elsewhere', async (t) => {
  const written: string[] = []
  const screen = { write: (text: string) => void written.push(text) }
  const pipe = createProgress('x', screen)
  for (let i = 0; i <= 1000; i++) pipe(i * 1e5, 1e8)
  t.equal(written.length, 11)
  t.equal(written.at(-1), 'x: 100.0 MB of 100.0 MB (100 %)\n')
  written.length = 0
  const terminal = createProgress('x', { ...screen, isTTY: true })
  for (let i = 0; i <= 1000; i++) terminal(i * 1e5, 1e8)
  t.ok(written.length <= 101 && written.every((line) => line.startsWith('\r')))
  written.length = 0
  const unknown = createProgress('x', screen)
  for (let i = 0; i <= 100; i++) unknown(i * 1e6, null)
  t.equal(written.at(-1), 'x: 96.0 MB\n')
})
