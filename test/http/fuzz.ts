/**
 * Requests made of the API's own document, right and wrong, by everybody, to a box that listens on a port. What must hold
 * of every answer stands in `faultOf`.
 */
import { setTimeout as wait } from 'node:timers/promises'
import fc, { type Arbitrary } from 'fast-check'
import type { Test } from 'tap'
import type { HttpDeps } from '../../daemon/http/deps.ts'
import { startHttp } from '../../daemon/http/server.ts'
import { type Log, silentLog } from '../../daemon/lib/log.ts'
import type { Role } from '../../daemon/types.ts'
import { type Document, type Operation, operationsOf, readable } from './api-document.ts'
import { analysed, emptyAssets, JPEG } from './fake-box.ts'
import { hurtful, nearly } from './fuzz-values.ts'
import { type Json, registryBox, storeLook } from './registry-box.ts'
import { chunksStory } from './stories.ts'

const who = ['nobody', 'viewer', 'caretaker', 'admin'] as const
type Who = (typeof who)[number]

/** What the box takes of a body, and of a photo. */
const mostBytes = 64 * 1024
const mostPhotoBytes = 20 * 1024 * 1024
/** An answer that takes longer hangs. */
const withinMs = 10_000

interface Asked {
  readonly method: string
  readonly path: string
  readonly operation: Operation
  readonly as: Who
  readonly values: Readonly<Record<string, string>>
  readonly query: string
  readonly type: string | undefined
  readonly body: Body | undefined
}

interface Body {
  readonly bytes: Buffer<ArrayBuffer>
  /** What it says, where it is JSON. */
  readonly json: { readonly value: unknown } | undefined
  readonly isTooLarge: boolean
}

const types = ['application/json', 'application/json; charset=utf-8', 'text/plain', 'image/jpeg'] as const
const oddTypes = [
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'x',
  'application/json;;;',
] as const

const written = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/** A value in an address: one that there is, one that there might be, or anything. */
function inAddress(schema: Json, real: readonly string[], document: Document): Arbitrary<string> {
  const likely = nearly(schema, document.components.schemas).map(written)
  const known = fc.constantFrom(...real)
  return fc.oneof(
    { weight: 6, arbitrary: known },
    { weight: 2, arbitrary: likely },
    { weight: 1, arbitrary: hurtful },
  )
}

/** Ids that are there stand in bodies too, or nothing would ever be changed. */
function withReal(value: unknown, ids: readonly string[], at: number): unknown {
  if (Array.isArray(value)) return value.map((one, n) => withReal(one, ids, at + n))
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, one], n) => [key, withReal(one, ids, at + n)]))
  const isId = typeof value === 'string' && /^[0-9a-f]{8}-([0-9a-f]{4}-){3}/.test(value)
  return isId && at % 3 > 0 ? ids[at % ids.length] : value
}

function bodyOf({ requestBody }: Operation, ids: readonly string[], document: Document): Arbitrary<Body> {
  const { schemas } = document.components
  const schema = requestBody?.content['application/json']?.schema
  const most = requestBody !== undefined && schema === undefined ? mostPhotoBytes : mostBytes
  const json = fc.tuple(nearly(schema ?? {}, schemas), fc.nat(1000)).map(([value, at]) => {
    const given = withReal(value, ids, at)
    const bytes = Buffer.from(JSON.stringify(given))
    // What came through may be another thing: halves of letters, for one.
    return { bytes, json: { value: JSON.parse(bytes.toString()) }, isTooLarge: bytes.length > most }
  })
  const raw = fc.uint8Array({ maxLength: 300 }).map((bytes) => ({
    bytes: Buffer.from(bytes),
    json: undefined,
    isTooLarge: false,
  }))
  // Blanks around JSON are allowed: only its size speaks against it.
  const large = json.map((body) => ({
    bytes: Buffer.concat([body.bytes, Buffer.alloc(most, ' ')]),
    json: body.json,
    isTooLarge: true,
  }))
  return fc.oneof(
    { weight: 60, arbitrary: json },
    { weight: 10, arbitrary: raw },
    { weight: most === mostPhotoBytes ? 1 : 5, arbitrary: large },
  )
}

const pair = ([name = '', value = '']: readonly string[]) =>
  [name.toWellFormed(), value.toWellFormed()] as [string, string]

/** Any request to any operation of the document. */
function requests(document: Document, real: Record<string, readonly string[]>): Arbitrary<Asked> {
  const { schemas } = document.components
  const everyId = Object.values(real).flat()
  const one = ({ method, path, operation }: ReturnType<typeof operationsOf>[number]) => {
    const inPath = operation.parameters.filter((one) => one.in === 'path')
    const values = inPath.map(({ name, schema }) => inAddress(schema, real[name] ?? everyId, document))
    const inQuery = operation.parameters.filter((one) => one.in === 'query')
    const words = inQuery.map(({ name, schema }) =>
      fc.option(nearly(schema, schemas).map((value) => [name, written(value)])),
    )
    const more = fc.option(fc.tuple(fc.string(), hurtful), { freq: 8 })
    const type = fc.oneof(
      { weight: 9, arbitrary: fc.constant('application/json') },
      { weight: 2, arbitrary: fc.constantFrom(...types, ...oddTypes, undefined) },
    )
    const hasBody = operation.requestBody !== undefined
    const body = bodyOf(operation, everyId, document)
    return fc
      .record({
        as: fc.constantFrom<Who>(...who, 'caretaker', 'admin', 'admin'),
        given: fc.tuple(...values),
        words: fc.tuple(...words, more),
        type,
        // Whoever may read may ask for the head alone.
        method: method === 'GET' ? fc.constantFrom('GET', 'GET', 'GET', 'HEAD') : fc.constant(method),
        body:
          method === 'GET' ? fc.constant(undefined) : hasBody ? body : fc.option(body, { nil: undefined }),
      })
      .map(({ given, words, ...rest }) => ({
        ...{ path, operation, ...rest },
        values: Object.fromEntries(inPath.map(({ name }, n) => [name, given[n] ?? ''])),
        query: new URLSearchParams(words.flatMap((word) => (word ? [pair(word)] : []))).toString(),
      }))
  }
  // A log-in and a password cost a quarter of a second each.
  const isSlow = ({ operation }: ReturnType<typeof operationsOf>[number]) =>
    ['logIn', 'setPassword', 'addUser', 'changeUser'].includes(operation.operationId)
  return fc.oneof(
    ...operationsOf(document).map((all) => ({ weight: isSlow(all) ? 1 : 6, arbitrary: one(all) })),
  )
}

export interface Fuzzed {
  readonly asked: number
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<number, number>>
  /** Operations that answered what was asked for at least once. */
  readonly succeeded: ReadonlySet<string>
  readonly operations: number
  /** What the box logged as its own fault. */
  readonly faults: readonly unknown[]
  /** The smallest request with a wrong answer, and what is wrong; undefined where there is none. */
  readonly found: string | undefined
}

/** The wrong answer, the request that it was the answer to, and how that comes again. */
function report({ seed, counterexample, errorInstance }: fc.RunDetails<[Asked]>): string {
  const [one] = counterexample ?? []
  const { values, query, type, body } = one ?? {}
  const sent = JSON.stringify({ values, query, type, body: body?.bytes.toString().slice(0, 500) })
  return `${errorInstance instanceof Error ? errorInstance.message : errorInstance}; asked ${sent}; seed ${seed}`
}

/** Sends so many requests; in `clips` a clip is put. With the seed that was told the same come again. */
export async function fuzz(
  atEnd: Test['teardown'],
  clips: string,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): Promise<Fuzzed> {
  const faults: unknown[] = []
  const box = await open(atEnd, clips, faults)
  const statuses: Record<number, number> = {}
  const succeeded = new Set<string>()
  let asked = 0
  const check = await fc.check(
    fc.asyncProperty(requests(box.document, box.real), async (one) => {
      asked++
      const answer = await send(box.url, one, box.headers)
      const fault = await faultOf(box.document, one, answer)
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
      if (answer.ok) succeeded.add(one.operation.operationId)
      if (fault !== undefined) throw new Error(fault)
    }),
    { numRuns: runs, seed, endOnFailure: false },
  )
  const found = check.failed ? report(check) : undefined
  const operations = operationsOf(box.document).length
  return { asked, statuses, succeeded, operations, faults, found }
}

/** A box that listens, with everything in it that has an address. */
async function open(atEnd: Test['teardown'], clips: string, faults: unknown[]) {
  const log: Log = { ...silentLog, error: (fields: object) => void faults.push(fields) }
  const barn = registryBox({ teardown: atEnd }, { log, clips })
  const { box, registry, horses, see, letIn } = barn
  const story = await chunksStory({ ...barn, clips })
  await story[0][1]()
  box.picture = { jpeg: JPEG, analysed: analysed(1) }
  box.live = { viewers: 0, join: () => () => {}, [Symbol.asyncDispose]: async () => {} }
  const faced = registry.horses.create({
    ...{ streamId: 'yard' as never, seenMs: Date.now(), confidence: 1, avatar: { jpeg: JPEG, score: 1 } },
  })
  const deps: HttpDeps = {
    ...barn.deps,
    enrol: async () => ({ outcome: 'kept', horse: faced, isNew: false, hasNewAvatar: false }),
    // Nobody may try at speed; here everybody does.
    clock: { ...barn.deps.clock, monoMs: () => performance.now() * 10_000 },
  }
  const document = (await (await barn.request('GET', '/api/v1/openapi.json')).json()) as Document
  const server = await startHttp(
    { host: '127.0.0.1', port: 0 } as never,
    deps,
    new AbortController().signal,
    emptyAssets,
  )
  atEnd(() => server[Symbol.asyncDispose]())
  const headers: Record<Who, Record<string, string>> = { nobody: {} } as never
  for (const role of ['admin', 'caretaker', 'viewer'] as const satisfies Role[])
    headers[role] = await letIn(role)
  const spare = registry.users.add(
    { name: 'spare', role: 'viewer', passwordHash: 'x'.repeat(60) },
    Date.now(),
  )
  const chunks = registry.clips.list('yard' as never, 10, {}).map(({ id }) => id)
  const looks = [storeLook(registry, horses[0].id), storeLook(registry, faced.id)]
  const real: Record<string, readonly string[]> = {
    id: ['yard'],
    horseId: [...horses.map(({ id }) => id), faced.id],
    sightingId: [
      ...horses.flatMap(({ sightings }) => sightings),
      see(null, Date.now()),
      see(faced.id, Date.now()),
    ],
    chunkId: chunks,
    lookId: looks.map(String),
    userId: [spare.id],
  }
  return { url: `http://127.0.0.1:${server.port}`, document, headers, real }
}

async function send(
  url: string,
  asked: Asked,
  headers: Record<Who, Record<string, string>>,
): Promise<Response> {
  const { method, path, values, query, type, body, as } = asked
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    // A client makes other addresses of these two.
    encodeURIComponent((values[name] ?? '').toWellFormed()).replace(/^\.+$/, '%20'),
  )
  const late = wait(withinMs, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${withinMs} ms`)
  })
  const answer = fetch(`${url}${address}${query === '' ? '' : `?${query}`}`, {
    method,
    redirect: 'manual',
    headers: { ...headers[as], ...(type !== undefined && { 'content-type': type }) },
    ...(body && { body: body.bytes }),
  })
  return Promise.race([answer, late])
}

const isOpen = (operation: Operation) => operation.security?.length === 0
const ranks: readonly Who[] = who

/** What is wrong with an answer; undefined where all is right. */
async function faultOf(document: Document, asked: Asked, answer: Response): Promise<string | undefined> {
  const { operation, as, body, type } = asked
  const { status } = answer
  const said = `${asked.method} ${asked.path} as ${as}: ${status}`
  const documented = operation.responses[status]
  // Never ends: its beginning is enough.
  const isEndless = answer.headers.get('content-type')?.startsWith('multipart/') === true
  if (isEndless) await answer.body?.cancel()
  const text = isEndless ? '' : await answer.text()
  if (status >= 500 && documented === undefined) return `${said} ${text}`
  const least = operation['x-barnbox-role']
  if (!isOpen(operation) && as === 'nobody' && answer.ok) return `${said}: nobody was let in`
  if (least !== undefined && ranks.indexOf(as) < ranks.indexOf(least) && answer.ok)
    return `${said}: only the role ${least} may`
  if (body?.isTooLarge && answer.ok) return `${said}: a body over its limit was taken`
  if (asked.method === 'HEAD') return text === '' ? undefined : `${said}: a head with a body`
  const schema = operation.requestBody?.content['application/json']?.schema
  const isJson = type?.startsWith('application/json') === true
  if (
    schema &&
    answer.ok &&
    (!isJson || !body?.json || !readable(document, schema).safeParse(body.json.value).success)
  )
    return `${said}: a body that the document forbids was taken`
  return wrongAnswer(document, documented ?? {}, answer, text, said)
}

/** Whether an answer is as the document says of its status. */
function wrongAnswer(
  document: Document,
  documented: Operation['responses'][string],
  { status, headers }: Response,
  text: string,
  said: string,
): string | undefined {
  const given = headers.get('content-type')?.split(';')[0]
  if (documented.content === undefined) {
    if (status < 400) return Object.keys(documented).length > 0 ? undefined : `${said} is in no document`
    const problem = readable(document, document.components.schemas['Problem'] ?? {})
    return problem.safeParse(parsed(text)).success ? undefined : `${said} is no problem's answer: ${text}`
  }
  const [type, content] = Object.entries(documented.content)[0] ?? []
  if (given !== type) return `${said} came as ${given}, not as ${type}`
  if (content?.schema === undefined) return undefined
  const { error } = readable(document, content.schema).safeParse(parsed(text))
  return error && `${said}: ${error.message}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
