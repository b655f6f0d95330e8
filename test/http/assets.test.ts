import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { assetsFrom, loadAssets, serveAssets } from '../../daemon/http/assets.ts'
import { writeWeb } from '../../web/bundle.ts'

t.test('a built barnbox serves the same files as one run from source', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'barnbox-web-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const files = await writeWeb(folder)
  const built = await loadAssets(pathToFileURL(`${folder}/`))
  const source = await loadAssets()
  for (const { name, body } of files) {
    t.equal(built.url(name), source.url(name), name)
    t.match(built.url(name), /^\/assets\/[\w-]+-([0-9a-f]{10}|[A-Z0-9]{8}-[a-z]{2})\.\w+$/)
    t.same(Buffer.from(built.get(built.url(name).slice('/assets/'.length))?.body ?? []), Buffer.from(body))
  }
  const app = serveAssets(built)
  const script = await app.request(built.url('now-en.js'))
  t.match(script.headers.get('cache-control'), /immutable/)
  t.match(script.headers.get('content-type'), /javascript/)
  const parts = [...(await script.text()).matchAll(/"\.\/(part-[\w-]+\.js)"/g)].map(([, name = '']) => name)
  t.ok(parts.length > 0, 'what scripts have in common is a part of its own')
  const texts = await Promise.all(parts.map(async (part) => (await app.request(`/assets/${part}`)).text()))
  t.match(texts.join(''), /WebSocket/)
  t.equal((await app.request('/assets/..%2fbundle.ts')).status, 404)
  t.throws(() => assetsFrom([]).url('now.js'), { code: 'INTERNAL' })
})
