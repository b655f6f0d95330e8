/** What forms are refused with: in the language of whoever filled them in, field by field; programs are told in English. */
import t from 'tap'
import { readiness, type Standing } from '../../daemon/barn-views.ts'
import { boxLanguages } from '../../web/words/box.ts'
import { cameraView } from './fake-box.ts'
import { registryBox } from './registry-box.ts'

function setUp(t: Parameters<typeof registryBox>[0]) {
  const { request, horses, box } = registryBox(t)
  const send = async (path: string, fields: Record<string, string>, language = 'de') => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'accept-language': language }
    const answer = await request('POST', path, new URLSearchParams(fields).toString(), headers)
    const problem = /role="alert"[^>]*>([^<]*)</.exec(await answer.text())?.[1] ?? ''
    return { status: answer.status, problem: problem.replaceAll('&#39;', "'") }
  }
  return { request, send, horse: horses[0].id, box }
}

t.test('a field is named as the page names it, with its reason and its limit', async (t) => {
  const { send, horse } = setUp(t)
  const cases: readonly [string, string, Record<string, string>, string][] = [
    ['de', `/horses/${horse}`, { age: '51' }, 'Alter in Jahren: darf höchstens 50 sein'],
    ['fr', `/horses/${horse}`, { name: 'x'.repeat(101) }, 'Nom: peut avoir au plus 100 caractères'],
    [
      'es',
      '/users',
      { name: 'Anna', role: 'admin', password: 'short' },
      'Contraseña: debe tener al menos 8 caracteres',
    ],
    ['de', '/users', { name: '', role: 'admin', password: 'hay and carrots' }, 'Name: darf nicht leer sein'],
    ['en', '/users', { name: '', role: 'king', password: 'x' }, 'Name: must not be empty'],
  ]
  for (const [language, path, fields, said] of cases) {
    const { status, problem } = await send(path, fields, language)
    t.equal(status, 400, path)
    t.ok(problem.startsWith(said), `${language}: ${problem}`)
  }
})

t.test('what is refused as a whole is said too, and programs are told in English', async (t) => {
  const { send, request, box } = setUp(t)
  box.deps.tokens.add({ name: 'Grafana', role: 'viewer', hash: new Uint8Array(32) }, Date.now())
  t.match(await send('/tokens', { name: 'grafana', role: 'viewer' }), {
    status: 409,
    problem: 'Diesen Namen gibt es schon.',
  })
  t.match(await send('/users', { name: 'Bert', role: 'viewer', password: 'hay and carrots' }, 'fr'), {
    status: 409,
    problem: 'Il doit rester un administrateur',
  })
  const body = JSON.stringify({ name: '', role: 'viewer' })
  const answer = await request('POST', '/api/v1/tokens', body, { 'accept-language': 'de' })
  t.match(await answer.json(), { message: 'name: must not be empty' })
})

t.test('what a check waits for is said in every language', async (t) => {
  const { request, box } = setUp(t)
  const none = {
    configFault: null,
    memoryFault: null,
    registryFault: null,
    rebuilt: null,
    identityFault: null,
    embedder: null,
    ffmpegFault: null,
    recordingFault: null,
    clockFault: null,
  }
  const standing: Standing = { ...none, models: 'loading', cameras: [cameraView('yard', 'down')] }
  const { checks } = readiness(standing)
  const waits = Object.values(checks).filter((check) => check !== 'ok')
  t.equal(waits.length, 3)
  box.checks = { ...checks, registry: 'the disk is full' }
  for (const [language, { system }] of Object.entries(boxLanguages)) {
    const text = await (await request('GET', '/system', undefined, { 'accept-language': language })).text()
    for (const wait of waits)
      t.match(text, system.waits[wait as keyof typeof system.waits], `${language}: ${wait}`)
    t.match(text, '<bdi lang="en">the disk is full</bdi>', 'what broke is told as it is')
    t.match(text, '41 / 388', 'the calibration is told')
  }
})
