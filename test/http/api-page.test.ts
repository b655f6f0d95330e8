/** The page of the API has every operation of the document, and its examples are taken by the routes' own checks. */
import t, { type Test } from 'tap'
import { z } from 'zod'
import { exampleOf, type Schema } from '../../daemon/http/openapi/example.ts'
import { registryBox } from './registry-box.ts'

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly 'x-barnbox-role'?: string
  readonly parameters: readonly { readonly name: string }[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema?: Schema }> }
  readonly responses: Record<string, object>
}

async function setUp(t: Test) {
  const { request } = registryBox(t)
  const page = async (path: string, language = 'en') => {
    const answer = await request('GET', path, undefined, { 'accept-language': language })
    t.equal(answer.status, 200)
    return answer.text()
  }
  const document = JSON.parse(await page('/api/v1/openapi.json')) as {
    paths: Record<string, Record<string, Operation>>
    components: { schemas: object }
  }
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  return { document, operations, page }
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** What stands on the page of one operation. */
const partOf = (text: string, id: string) => {
  const begin = text.indexOf(`<details class="panel operation" id="${id}">`)
  return begin < 0 ? '' : text.slice(begin, text.indexOf('</details>', begin))
}

t.test('every operation is there, with all that the document says of it', async (t) => {
  const { document, operations, page } = await setUp(t)
  const text = await page('/api')
  t.ok(operations.length > 45)
  for (const { method, path, operation } of operations) {
    const part = partOf(text, operation.operationId)
    t.match(part, `<code class="method">${method}</code> <code>${path}</code>`)
    t.match(part, escaped(operation.summary).replaceAll("'", '&#39;'))
    const role = operation['x-barnbox-role']
    const said =
      role === undefined ? 'open to all' : `needs the role ${role[0]?.toUpperCase()}${role.slice(1)}`
    t.match(part, said, operation.operationId)
    for (const { name } of operation.parameters) t.match(part, `<li><code>${name}</code>`)
    for (const status of Object.keys(operation.responses))
      t.match(part, status === 'default' ? 'Otherwise' : `<li><code>${status}</code>`)
    t.equal(part.includes('Takes <code>'), operation.requestBody !== undefined, operation.operationId)
    t.match(part, /curl .*\$BOX\//)
    t.equal(part.includes('Bearer $TOKEN'), role !== undefined)
  }
  for (const [, name = ''] of text.matchAll(/href="#(shape-\w+)"/g)) t.match(text, `id="${name}"`)
  for (const name of Object.keys(document.components.schemas)) t.match(text, `id="shape-${name}"`)
})

t.test('an example of a body is what the document takes', async (t) => {
  const { operations } = await setUp(t)
  let tried = 0
  for (const { operation } of operations) {
    const schema = operation.requestBody?.content['application/json']?.schema
    if (!schema) continue
    tried++
    const { error } = z.fromJSONSchema(schema as never).safeParse(exampleOf(schema))
    t.equal(error?.message, undefined, operation.operationId)
  }
  t.ok(tried > 12, `${tried} bodies`)
})

t.test('it is searched by name, path or what is done, and its frame speaks four languages', async (t) => {
  const { page } = await setUp(t)
  const shown = async (query: string) =>
    [...(await page(`/api?q=${query}`)).matchAll(/operation" id="(\w+)"/g)].map(([, id]) => id)
  t.same(await shown('restoreStall'), ['restoreStall'])
  t.ok((await shown('chunks')).length > 5)
  t.same(await shown('PROMETHEUS'), ['getMetrics'])
  t.same(await shown('%3Cscript%3E'), [])
  t.match(await page('/api?q=nothing-like-it'), 'No operation of that name.')
  for (const [language, said] of [
    ['de', 'Antwortet'],
    ['es', 'Responde'],
    ['fr', 'Répond'],
  ] as const)
    t.match(await page('/api', language), said)
})
