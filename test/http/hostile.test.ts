/**
 * What strangers may send: names, facts, ids and queries of any text, bodies of any kind. They come back as they were
 * given or are refused with 400, nothing else changes, and the box finds no fault with itself.
 */
import { once } from 'node:events'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { startHttp } from '../../daemon/http/server.ts'
import { type Log, silentLog } from '../../daemon/lib/log.ts'
import { analysed, emptyAssets } from './fake-box.ts'
import { type Json, registryBox } from './registry-box.ts'

const samples = [
  '🐴',
  '👩‍👩‍👧 ',
  '🐴'.repeat(2560),
  'ليلى',
  '\u202elive\u202c',
  'Zoe\u0308',
  "'; DROP TABLE horses; --",
  '" OR 1=1 --',
  '../../etc/passwd',
  '..',
  '.',
  '%2e%2e%2f%00',
  'x'.repeat(10_240),
  'a\u0000b',
  '\u0000',
  'half \ud83d',
  '\udc34',
  'one\r\nSet-Cookie: a=b',
  'one\u2028two',
  '\u0085',
  '',
  ' \ufeff\u00a0 ',
  '<script>alert(1)</script>',
  '$' + '{process.exit()}',
  '__proto__',
  'null',
  '-0',
  '1e999',
  '9007199254740993',
]
const units = fc.array(fc.nat(0xffff), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes))
const text = fc.oneof(
  fc.constantFrom(...samples),
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 600 }),
  units,
)
const examples = samples.map((one) => [one] as [string])

async function setUp(t: Test) {
  const faults: unknown[] = []
  const log: Log = { ...silentLog, error: (fields: object) => void faults.push(fields) }
  const barn = registryBox(t, { log })
  const { paths } = (await (await barn.request('GET', '/api/v1/openapi.json')).json()) as {
    paths: Record<string, Record<string, { requestBody?: unknown }>>
  }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      hasBody: requestBody !== undefined,
    })),
  )
  /** Everything that a request could have changed. */
  const state = () =>
    JSON.stringify([barn.registry.horses.findByStreamId('yard' as never), barn.registry.corrections.list(99)])
  return { ...barn, operations, state, faults }
}

/** A test on a box that must find no fault of its own. */
function hostile(
  name: string,
  work: (t: Test, barn: Awaited<ReturnType<typeof setUp>>) => Promise<void>,
): void {
  void t.test(name, async (t) => {
    const barn = await setUp(t)
    await work(t, barn)
    t.same(barn.faults, [])
  })
}

const isRefusal = (status: number) => status >= 400 && status < 500

/** What the box must make of a fact. */
const asStored = (given: string, field: string) => {
  const kept = given.trim()
  return field === 'notes' && kept === '' ? null : kept
}

for (const field of ['name', 'notes', 'breed', 'color', 'markings', 'metadata'] as const) {
  hostile(
    `${field}: any text comes back as it was given, or is refused`,
    async (t, { ask, horses, state }) => {
      const path = `/streams/yard/horses/${horses[0].id}`
      const read = (horse: Json) =>
        field === 'notes' || field === 'metadata' ? (horse['metadata'] as Json)['notes'] : horse[field]
      let [taken, refused] = [0, 0]
      await fc.assert(
        fc.asyncProperty(text, async (given) => {
          const before = state()
          const { status, json } = await ask('PUT', path, {
            [field]: field === 'metadata' ? { notes: given } : given,
          })
          if (status === 400) {
            refused++
            return json['code'] === 'BAD_REQUEST' && state() === before
          }
          taken++
          const expected = asStored(given, field === 'metadata' ? 'notes' : field)
          const { horses } = (await ask('GET', '/streams/yard/horses')).json as { horses: Json[] }
          const listed = horses.find(({ id }) => id === json['id']) ?? {}
          return (
            status === 200 &&
            [json, (await ask('GET', path)).json, listed].every((one) => read(one) === expected)
          )
        }),
        { examples },
      )
      t.ok(taken > 10 && refused > 5, `${taken} were taken, ${refused} refused`)
    },
  )
}

hostile('a name is the same in its history and in what is told', async (_t, { ask, horses, told }) => {
  const path = `/streams/yard/horses/${horses[0].id}`
  await fc.assert(
    fc.asyncProperty(text, async (name) => {
      const { status, json } = await ask('PUT', path, { name })
      if (status !== 200) return true
      const { names } = (await ask('GET', `/horses/${horses[0].id}/history`)).json as { names: Json[] }
      const last = told.at(-1)?.[1] as { horse: Json }
      return names[0]?.['name'] === json['name'] && last.horse['name'] === name.trim()
    }),
    { examples },
  )
})

hostile('a corrected horse’s name: as it was given, or no horse is made', async (_t, { ask, see, state }) => {
  let atMs = Date.UTC(2026, 10, 23)
  await fc.assert(
    fc.asyncProperty(text, async (name) => {
      atMs += 10_000
      const id = see(null, atMs)
      const before = state()
      const body = { correction_type: 'new_guest', corrected_horse_name: name }
      const { status, json } = await ask('POST', `/sightings/${id}/corrections`, body)
      if (status === 400) return state() === before
      const { other_id } = json['correction'] as Json
      return (
        status === 200 && (await ask('GET', `/streams/yard/horses/${other_id}`)).json['name'] === name.trim()
      )
    }),
    { examples, numRuns: 60 },
  )
})

hostile('the page’s form: as it was given, or refused', async (_t, { request, registry, horses }) => {
  const { id } = horses[0]
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  await fc.assert(
    fc.asyncProperty(text, text, async (name, notes) => {
      const before = registry.horses.get(id)
      const form = new URLSearchParams({ name, notes }).toString()
      const { status } = await request('POST', `/horses/${id}`, form, type)
      const after = registry.horses.get(id)
      if (status === 400) return after?.version === before?.version
      // A browser sends no halves either.
      const [sentName, sentNotes] = [
        name.toWellFormed().trim(),
        notes.toWellFormed().trim().replaceAll('\r\n', '\n'),
      ]
      return status === 303 && after?.name === (sentName || null) && after.notes === (sentNotes || null)
    }),
    {
      examples: samples.flatMap(
        (one) =>
          [
            [one, ''],
            ['', one],
          ] as [string, string][],
      ),
    },
  )
})

hostile(
  'a user’s name: as it was given, refused, or taken already',
  async (_t, { request, registry, letIn }) => {
    const admin = await letIn('admin')
    const password = 'hay and carrots'
    await fc.assert(
      fc.asyncProperty(text, async (name) => {
        const before = registry.users.all()
        const body = JSON.stringify({ name, role: 'viewer', password })
        const answer = await request('POST', '/api/v1/users', body, admin)
        const after = registry.users.all()
        if (answer.status !== 201) return [400, 409].includes(answer.status) && after.length === before.length
        const { name: given } = (await answer.json()) as Json
        return given === name.trim() && after.some((user) => user.name === given)
      }),
      // Each that is taken costs a quarter of a second of hashing: a program's name, below, is held to the same.
      { examples: examples.filter((_, n) => n % 3 === 0), numRuns: 12 },
    )
  },
)

hostile(
  'a program’s name: as it was given, refused, or taken already',
  async (_t, { request, registry, letIn }) => {
    const admin = await letIn('admin')
    await fc.assert(
      fc.asyncProperty(text, async (name) => {
        const before = registry.tokens.all()
        const body = JSON.stringify({ name, role: 'viewer' })
        const answer = await request('POST', '/api/v1/tokens', body, admin)
        const after = registry.tokens.all()
        if (answer.status !== 201) return [400, 409].includes(answer.status) && after.length === before.length
        const { name: given } = (await answer.json()) as Json
        return given === name.trim() && after.some((token) => token.name === given)
      }),
      { examples },
    )
  },
)

hostile('whoever logs in under any name is told the same', async (t, { clock, request, letIn }) => {
  await letIn('admin')
  // Time goes by: ten wrong tries a minute are the most.
  let monoMs = 0
  clock.monoMs = () => (monoMs += 60_000)
  // Each costs a quarter of a second of hashing.
  const names = ['🐴', "' OR 1=1 --", 'a\u0000b', 'half \ud83d', '', 'one\u2028two', '__proto__']
  for (const [index, name] of names.entries()) {
    const { status, headers } = await request(
      'POST',
      '/api/v1/auth/login',
      JSON.stringify({ name, password: name }),
    )
    t.match([status, headers.get('set-cookie')], [401, null], `name ${index}`)
  }
  const tooLong = JSON.stringify({ name: 'x'.repeat(10_240), password: 'x' })
  t.equal((await request('POST', '/api/v1/auth/login', tooLong)).status, 400)
})

hostile(
  'an id in an address: what is none is refused, on every route',
  async (t, { request, operations, horses, state }) => {
    const [{ id, sightings }] = horses
    const real: Record<string, string> = { horseId: id, sightingId: sightings[0], id: 'yard' }
    const before = state()
    for (const { method, path, hasBody } of operations) {
      for (const [, wrong = ''] of path.matchAll(/\{(\w+)\}/g)) {
        await fc.assert(
          fc.asyncProperty(text, async (given) => {
            // Every client takes these for a step in the address: they never arrive.
            fc.pre(given !== '.' && given !== '..')
            const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
              name === wrong ? encodeURIComponent(given.toWellFormed()) : (real[name] ?? id),
            )
            const body = hasBody ? '{"name": "x", "role": "viewer", "is_official": true}' : undefined
            return isRefusal((await request(method, address, body)).status)
          }),
          { examples, numRuns: 45 },
        )
      }
    }
    t.equal(state(), before)
  },
)

hostile(
  'an id in a body: what is none is refused, and nothing is corrected',
  async (t, { ask, horses, state }) => {
    const [{ id, sightings }] = horses
    const before = state()
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        const answers = await Promise.all([
          ask('POST', `/horses/${id}/merge`, { into: given }),
          ask('POST', `/horses/${id}/split`, { sightings: [given] }),
          ask('POST', `/horses/${id}/split`, { sightings: [sightings[0], given] }),
          ask('POST', `/sightings/${sightings[0]}/corrections`, {
            correction_type: 'reassign',
            corrected_horse_id: given,
          }),
          ask('POST', `/sightings/${sightings[0]}/corrections`, { correction_type: given }),
          ask('PUT', `/streams/yard/horses/${id}`, { gender: given === 'unknown' ? 'none' : given }),
          ask('PUT', `/streams/yard/horses/${id}`, { [given === 'name' ? 'nam' : given]: 'x', breed: 'x' }),
        ])
        return answers.every(({ status, json }) => status === 400 && json['code'] === 'BAD_REQUEST')
      }),
      { examples },
    )
    t.equal(state(), before)
  },
)

hostile('a query of any text: an answer or 400', async (_t, { request, operations, horses }) => {
  const lists = operations.filter(({ method }) => method === 'GET')
  let asked = 0
  const [{ id, sightings }] = horses
  const real: Record<string, string> = { horseId: id, sightingId: sightings[0], id: 'yard' }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('limit', 'before', 'summary', 'after', 'frames', 'v'),
      text,
      async (name, given) => {
        // A few at a time: over all runs each is asked with most.
        for (let n = 0; n < 6; n++) {
          const { path } = lists[asked++ % lists.length] as (typeof lists)[number]
          const address = path.replaceAll(/\{(\w+)\}/g, (_, one: string) => real[one] ?? id)
          const query = new URLSearchParams([
            [name, given],
            [name, given],
          ])
          for (const one of [`${name}=${encodeURIComponent(given.toWellFormed())}`, query.toString()]) {
            const { status } = await request('GET', `${address}?${one}`)
            // There is neither a picture nor video: 503.
            if (status >= 500 && !/\/(picture\.m?jpe?g|live)$/.test(path)) return false
          }
        }
        return true
      },
    ),
    { examples: samples.map((one) => ['before', one] as ['before', string]), numRuns: 250 },
  )
})

hostile('a body of any kind: never a fault of ours', async (_t, { app, operations, horses }) => {
  const [{ id, sightings }] = horses
  const real: Record<string, string> = { horseId: id, sightingId: sightings[0], id: 'yard' }
  const bodies = fc.oneof(
    fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(
      Buffer.from('['.repeat(30_000)),
      Buffer.from('{"a":'.repeat(10_000)),
      Buffer.from('\ufeff{"name": "x"}'),
      Buffer.concat([Buffer.from('{"nme": "'), Buffer.of(0xff, 0xc0, 0x80), Buffer.from('"}')]),
      Buffer.from('{"__proto__": {"role": "admin"}, "name": 1}'),
      Buffer.alloc(0),
    ),
  )
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      for (const { method, path } of operations.filter(({ hasBody }) => hasBody)) {
        const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => real[name] ?? id)
        const headers = { host: 'localhost', 'content-type': 'application/json' }
        if ((await app.request(address, { method, headers, body })).status >= 500) return false
      }
      return true
    }),
  )
})

hostile('words on the WebSocket, of any text: passed over, and the line stays', async (t, { box, facts }) => {
  const config = { host: '127.0.0.1', port: 0, token_file: undefined }
  const server = await startHttp(config, box.deps, new AbortController().signal, emptyAssets)
  t.teardown(() => server[Symbol.asyncDispose]())
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/v1/events?after=7`)
  t.teardown(() => socket.terminate())
  const heard: Json[] = []
  socket.on('message', (data) => heard.push(JSON.parse(String(data))))
  await once(socket, 'open')
  // Longer ones end the line: see `maxPayload`.
  for (const one of samples.filter(({ length }) => length < 1000)) {
    for (const words of [one, { subscribe: one }, { unsubscribe: one }, [one]])
      socket.send(typeof words === 'string' ? words : JSON.stringify(words))
  }
  socket.send('{"subscribe": "yard"}')
  socket.ping()
  await once(socket, 'pong')
  facts.publish('frame-analysed', analysed(1))
  while (!heard.some(({ event }) => event === 'frame')) await once(socket, 'message')
  t.same(
    heard.map(({ event }) => event),
    ['hello', 'resync', 'frame'],
  )
})
