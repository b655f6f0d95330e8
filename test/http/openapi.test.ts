/**
 * The document of the API and the server say the same: its routes, who may use them, what they take and answer.
 */
import t, { type Test } from 'tap'
import { isAtLeast, roleFor } from '../../daemon/http/auth/rights.ts'
import type { Line } from '../../daemon/http/events/crowd.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import type { NewStall } from '../../daemon/registry/stalls.ts'
import type { ClipId, StreamId } from '../../daemon/types.ts'
import { startPushService } from '../support/push-service.ts'
import { type Document, operationsOf, readable } from './api-document.ts'
import { analysed, cameraView, JPEG, systemView } from './fake-box.ts'
import { type Json, judgedLook, now, registryBox, storeLook } from './registry-box.ts'
import { alertsStory, camerasStory, chunksStory, devicesStory, stallsStory, usersStory } from './stories.ts'

const drawn: NewStall = {
  ...{ streamId: 'yard' as StreamId, kind: 'stall', name: 'Stall 1', expected: [] },
  corners: [
    [0, 0],
    [1, 0],
    [1, 1],
  ],
}

/** What is for people, and what a browser fetches for them. */
const pages = [
  /^\/(parts|horses|streams|language|assets|manifest|offline)\//,
  /^\/(alerts|sightings|stalls|unknowns|corrections|users|tokens|me|system|restore|cameras|add-camera)(\/|$)/,
  /^\/(api|log(in|out)|setup(\/restore)?|service-worker\.js)?$/,
]

async function setUp(t: Test) {
  const clips = t.testdir({})
  const service = await startPushService()
  t.teardown(service.close)
  const push = { services: [service.origin], stateDir: clips }
  const barn = { ...registryBox(t, { clips, push }), clips, push, service }
  const answer = await barn.request('GET', '/api/v1/openapi.json')
  const document = (await answer.json()) as Document
  return { ...barn, document, operations: operationsOf(document) }
}

t.test('L20: every route of the server is in the document, and nothing else is', async (t) => {
  const { app, document, operations } = await setUp(t)
  t.equal(document.openapi, '3.1.0')
  t.equal(document.info.version, '0.0.0-test')
  const routes = app.routes
    .filter(({ method, path }) => method !== 'ALL' && !pages.some((page) => page.test(path)))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  t.same(operations.map(({ method, path }) => `${method} ${path}`).sort(), [...new Set(routes)].sort())
  t.ok(operations.length > 25)
  const ids = operations.map(({ operation }) => operation.operationId)
  t.equal(new Set(ids).size, ids.length, 'their names are unique')
})

t.test('it can be read by itself: every reference leads somewhere', async (t) => {
  const { document } = await setUp(t)
  const text = JSON.stringify(document)
  for (const [, place = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = place.split('/').reduce<unknown>((at, name) => (at as Json | undefined)?.[name], document)
    t.ok(found, place)
  }
  t.notMatch(text, /"\$(id|schema|defs)"/)
})

t.test('parameters stand in their paths, bodies where something is changed', async (t) => {
  const { operations } = await setUp(t)
  for (const { method, path, operation } of operations) {
    const named = operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name)
    t.same(
      named,
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      path,
    )
    const mustHave = operation.operationId === 'enrolPhoto' ? ['id', 'name'] : named
    t.same(
      operation.parameters.filter(({ required }) => required).map(({ name }) => name),
      mustHave,
      path,
    )
    const takesNone = [
      'undoCorrection',
      'restoreStall',
      'discoverCameras',
      'acknowledgeAlert',
      'testDevice',
      'testCameraFully',
      'makeBackup',
    ].includes(operation.operationId)
    const changes = ['POST', 'PUT', 'PATCH'].includes(method) && !takesNone
    t.equal(operation.requestBody !== undefined, changes, `${method} ${path}`)
  }
  const query = (id: string) =>
    operations
      .find(({ operation }) => operation.operationId === id)
      ?.operation.parameters.filter((one) => one.in === 'query')
      .map(({ name }) => name)
  t.same(query('listHorses'), ['summary'])
  t.same(query('listUnknowns'), ['limit', 'before'])
  t.same(query('listen'), ['after', 'frames'])
})

t.test('what the document refuses the route refuses, and its limits are those of the registry', async (t) => {
  const { document, operations, request, horses } = await setUp(t)
  const put = operations.find(({ operation }) => operation.operationId === 'updateHorse')?.operation
  const schema = put?.requestBody?.content['application/json'].schema as { properties: Record<string, Json> }
  t.match(schema.properties, {
    name: { anyOf: [{ type: 'string', minLength: 1, maxLength: 100 }, { type: 'null' }] },
  })
  const body = readable(document, schema)
  const tries: readonly Json[] = [
    { name: 'Thunder' },
    { name: null, notes: 'x'.repeat(500), age: 50 },
    { name: '' },
    { name: 'x'.repeat(101) },
    { name: 'a\nb' },
    { name: 'Pacific 🐴' },
    { notes: 'a\tb\nc\u0007' },
    { notes: 'a\tb\nc' },
    { age: 51 },
    { gender: 'king' },
    { nme: 'x' },
    { revision: -1, name: 'x' },
  ]
  for (const one of tries) {
    const answer = await request('PUT', `/api/v1/streams/yard/horses/${horses[0].id}`, JSON.stringify(one))
    t.equal(answer.status === 400, !body.safeParse(one).success, JSON.stringify(one).slice(0, 40))
  }
})

t.test('it says what everybody needs, and the server asks for no less', async (t) => {
  const { letIn, operations, request } = await setUp(t)
  const people = {
    admin: await letIn('admin'),
    caretaker: await letIn('caretaker'),
    viewer: await letIn('viewer'),
  }
  for (const { method, path, operation } of operations) {
    const real = path.replaceAll(/\{\w+\}/g, 'x')
    const role = operation['x-barnbox-role']
    const isOpen = operation.security?.length === 0
    t.equal(isOpen, role === undefined, `${method} ${path}: a role, or open`)
    t.equal((await request(method, real)).status === 401, !isOpen, `${method} ${path} without a word`)
    if (role === undefined) continue
    t.equal(role, roleFor(method, real))
    for (const mine of ['viewer', 'caretaker', 'admin'] as const) {
      const { status } = await request(method, real, undefined, people[mine])
      t.equal(status === 403, !isAtLeast(mine, role), `${mine}: ${method} ${path} ${status}`)
    }
  }
})

/** Every operation at least once in each of its ways, in an order that makes sense. */
function story({ request, horses, see, box, registry }: Awaited<ReturnType<typeof setUp>>) {
  const [a, b] = horses
  const third = registry.horses.create({
    streamId: 'yard' as StreamId,
    seenMs: now,
    confidence: 1,
    avatar: { jpeg: JPEG, score: 1 },
  })
  box.picture = { jpeg: JPEG, analysed: analysed(1) }
  box.cameras = [cameraView('yard'), cameraView('stall', 'down')]
  const ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    request(method, path, body === undefined ? undefined : JSON.stringify(body), headers)
  const api = (method: string, path: string, body?: unknown) => ask(method, `/api/v1${path}`, body)
  const horse = `/streams/yard/horses/${a.id}`
  const avatar = `/api/v1/streams/yard/horses/${third.id}/avatar`
  const corrected = (id: string, correction_type: string, more: Json = {}) =>
    api('POST', `/sightings/${id}/corrections`, { correction_type, ...more })
  return [
    ['getHealth', () => ask('GET', '/healthz')],
    ['getReadiness', () => ask('GET', '/readyz')],
    [
      'getReadiness',
      () => {
        box.checks = { models: 'missing' }
        return ask('GET', '/readyz')
      },
    ],
    ['getMetrics', () => ask('GET', '/metrics')],
    ['getOpenApi', () => api('GET', '/openapi.json')],
    ['getSystem', () => api('GET', '/system')],
    [
      'getSystem',
      () => {
        const none = { detector: null, embedder: null, workers: null, ffmpeg: null, cameras: [] }
        const change = {
          state: 're-embedding',
          from: 'a',
          to: 'b',
          done: 1,
          total: 2,
          passedOver: 0,
        } as const
        const faults = [{ part: 'models', detail: 'missing' }] as const
        box.system = systemView({ ...none, embedding: { ...change, detail: null }, faults: [...faults] })
        return api('GET', '/system')
      },
    ],
    ['listCameras', () => api('GET', '/cameras')],
    ['getPicture', () => api('GET', '/cameras/yard/picture.jpg')],
    [
      'updateHorse',
      () => api('PUT', horse, { name: 'Thunder', notes: 'kicks', age: 3, color: 'bay', gender: 'mare' }),
    ],
    ['listHorses', () => api('GET', '/streams/yard/horses')],
    ['listHorses', () => api('GET', '/streams/yard/horses?summary=true')],
    ['getHorse', () => api('GET', horse)],
    ['getAvatar', () => ask('GET', avatar)],
    ['getAvatar', () => ask('GET', avatar, undefined, { 'if-none-match': `"${third.version}"` })],
    ['setOfficial', () => api('PATCH', `/horses/${b.id}/official`, { is_official: true })],
    ['getHorse', () => api('GET', `/streams/yard/horses/${b.id}`)],
    ['correctSighting', () => corrected(see(null, now), 'new_guest', { corrected_horse_name: 'Storm' })],
    ['correctSighting', () => corrected(a.sightings[0], 'reassign', { corrected_horse_id: b.id })],
    ['correctSighting', () => corrected(b.sightings[0], 'mark_incorrect')],
    ['correctSighting', () => see(third.id, now - 1000) && corrected(see(third.id, now), 'not_this_horse')],
    ['getSighting', () => api('GET', `/sightings/${b.sightings[0]}`)],
    ['splitHorse', () => api('POST', `/horses/${b.id}/split`, { sightings: [a.sightings[0]] })],
    ['mergeHorse', () => api('POST', `/horses/${third.id}/merge`, { into: b.id })],
    [
      'undoCorrection',
      async () => {
        const { corrections } = (await (await api('GET', '/corrections')).json()) as { corrections: Json[] }
        return api('POST', `/corrections/${corrections[0]?.['id']}/undo`)
      },
    ],
    ['listCorrections', () => api('GET', '/corrections')],
    [
      'listUnknowns',
      () => {
        see(null, now + 5000)
        return api('GET', '/streams/yard/unknowns')
      },
    ],
    ['explainSighting', () => api('GET', `/sightings/${see(null, now + 6000)}/why`)],
    [
      'explainSighting',
      () => {
        const near = { id: storeLook(registry, b.id), horseId: b.id, similarity: 0.91234567 }
        const best = { horseId: b.id, probability: 0.93 }
        const judged = judgedLook({ best, second: best, nearest: [near, near, near], ofSecond: near })
        return api('GET', `/sightings/${see(b.id, now + 7000, judged)}/why`)
      },
    ],
    ['getLook', () => api('GET', '/looks/1')],
    ['getLook', () => ask('GET', '/api/v1/looks/1', undefined, { 'if-none-match': '"1"' })],
    ['listPlaces', () => api('GET', '/streams/yard/places')],
    ['suggestMerges', () => api('GET', '/streams/yard/merge-suggestions')],
    ['listSightings', () => api('GET', `/horses/${a.id}/sightings`)],
    ['getHistory', () => api('GET', `/horses/${a.id}/history`)],
    ['deleteHorse', () => api('DELETE', `/horses/${a.id}`)],
    ['deleteHorse', () => api('DELETE', `/horses/${a.id}`)],
    ['getMe', () => api('GET', '/me')],
  ] as const satisfies [string, () => Promise<Response>][]
}

t.test('L20: every route answers what the document says of it', async (t) => {
  const barn = await setUp(t)
  const { document, operations } = barn
  const left = new Set(
    operations.flatMap(({ operation: { operationId, responses } }) =>
      Object.keys(responses)
        .filter((status) => status !== 'default')
        .map((status) => `${operationId} ${status}`),
    ),
  )
  for (const [id, call] of [
    ...(await chunksStory(barn)),
    ...stallsStory(barn),
    ...alertsStory(barn),
    ...story(barn),
    ...camerasStory(barn),
    ...usersStory(barn),
    ...(await devicesStory(registryBox(t, { push: barn.push }), barn.service.browser('phone'))),
  ]) {
    const answer = await call()
    const said = operations.find(({ operation }) => operation.operationId === id)?.operation.responses
    const response = said?.[answer.status]
    if (!t.ok(response, `${id} ${answer.status}`)) continue
    left.delete(`${id} ${answer.status}`)
    const [type, content] = Object.entries(response?.content ?? {})[0] ?? []
    const given = answer.headers.get('content-type')?.split(';')[0]
    t.equal(given, type, `${id}: ${type}`)
    if (content?.schema === undefined) continue
    const { error } = readable(document, content.schema).safeParse(await answer.json())
    t.equal(error?.message, undefined, `${id} ${answer.status}`)
  }
  // Photos need eyes: what is answered is seen in test/http/photos.test.ts.
  const elsewhere = ['enrolPhoto 200', 'enrolPhoto 201', 'getPictures 200', 'listen 101', 'watch 101']
  t.same([...left].sort(), elsewhere, 'nothing is left out but these')
})

t.test('what goes wrong is said as the document says', async (t) => {
  const { document, operations, request } = await setUp(t)
  const problem = readable(document, document.components.schemas['Problem'] ?? {})
  const missing = mintId()
  for (const { method, path, operation } of operations) {
    for (const id of ['~', missing]) {
      const real = path.replaceAll(/\{\w+\}/g, id)
      if (real === path || operation.operationId === 'deleteHorse') continue
      const answer = await request(method, real, operation.requestBody && '{}')
      t.ok(answer.status >= 400 && answer.status < 500, `${method} ${real}: ${answer.status}`)
      t.ok(problem.safeParse(await answer.json()).success)
    }
  }
})

t.test('every event is told as the document says', async (t) => {
  const { document, operations, hub, facts, registry, horses, ask, box: fake } = await setUp(t)
  const events = operations.find(({ operation }) => operation.operationId === 'listen')?.operation[
    'x-barnbox-events'
  ]
  const heard: { event: string; data: unknown }[] = []
  const deaf = { bufferedAmount: 0, ping: () => {}, pong: () => {}, close: () => {}, terminate: () => {} }
  const line: Line = { ...deaf, send: (text) => void heard.push(JSON.parse(text)) }
  const clipId = mintId<ClipId>()
  hub.join(line, { after: 5, frames: ['yard' as StreamId] }).follow(clipId)
  facts.publish('clip-corrected', { clipId })
  const horse = registry.horses.get(horses[0].id)
  if (!horse) throw new Error('it was made')
  facts.publish('horses-seen', { streamId: horse.streamId, horses: [horse] })
  facts.publish('camera-changed', cameraView('yard', 'down'))
  facts.publish('camera-gone', { streamId: 'gate' as StreamId })
  const box = {
    box: [1, 2, 3, 4],
    score: 0.5,
    kind: 'horse',
    trackletId: null,
    certainty: 0.9,
    horseId: horse.id,
  } as const
  facts.publish('frame-analysed', analysed(1, [box]))
  const subject = { streamId: 'yard' as StreamId, stallId: null, horseId: null, part: null }
  const alert = { kind: 'camera_down', severity: 'warning', ...subject, detail: null } as const
  facts.publish('alert-changed', { alertId: registry.alerts.raise(alert, [], now).id })
  const stall = registry.stalls.add(drawn, { actor: null, nowMs: now })
  fake.stallViews.push({
    ...{ stall, match: 'empty', occupied: false, horseId: null, certainty: 0.95, sinceMs: now },
    ...{ watch: 'watching', watchSinceMs: now, lookedMs: now },
  })
  facts.publish('stall-changed', { stallId: stall.id })
  await ask('POST', `/horses/${horses[0].id}/merge`, { into: horses[1].id })
  await ask('DELETE', `/horses/${horses[1].id}`)
  for (const { event, data } of heard) {
    const { error } = readable(document, events?.[event] ?? { not: {} }).safeParse(data)
    t.equal(error?.message, undefined, event)
  }
  // A ping comes after a quarter of a minute, and is like the first word.
  t.same(new Set(heard.map(({ event }) => event).concat('ping')), new Set(Object.keys(events ?? {})))
  t.same(events?.['ping'], { $ref: '#/components/schemas/EventPing' })
})

t.test('L25: what is not built is absent, and answers nothing that looks as if it were', async (t) => {
  const { document, request } = await setUp(t)
  for (const path of ['/poses', '/chunks/7/poses', '/chunks/7/process', '/feature-vectors']) {
    const answer = await request('GET', `/api/v1/streams/yard${path}`)
    t.equal(answer.status, 404, path)
    t.match(await answer.json(), { code: 'NOT_FOUND' })
  }
  t.notMatch(Object.keys(document.paths).join(' '), /pose|process|vector/)
})
