/** What people may say of a camera: held to the config's rules, and to where a stored password may go. */
import fc from 'fast-check'
import t from 'tap'
import { mint } from '../daemon/barn-camera-desk.ts'
import type { StreamId } from '../daemon/types.ts'
import { fakeDesk } from './http/fake-desk.ts'

const gate = { name: 'South gate', url: 'rtsp://10.0.0.5/main', username: 'joe', password: 'sesame' }
const id = 'south-gate' as StreamId

t.test('a camera gets an id of its own after its name, and its settings tell no password', async (t) => {
  const desk = fakeDesk()
  const settings = await desk.add(gate)
  t.same(settings, {
    ...{ id, name: 'South gate', url: gate.url, detectUrl: null, username: 'joe', transport: 'tcp' },
    ...{ enabled: true, hasPassword: true, isFromConfig: false },
  })
  t.equal(desk.kept.get(id)?.password, 'sesame')
  t.match(await desk.add(gate), { id: 'south-gate-2' })
  t.match(await desk.add({ ...gate, name: 'Gone' }), { id: 'gone-2' }, 'horses are stored under the first')
  t.match(
    await desk.add({ ...gate, name: 'Gone', id: 'gone' }),
    { id: 'gone' },
    'unless they are wanted back',
  )
  await t.rejects(desk.add({ ...gate, id: 'gone' }), { code: 'NAME_TAKEN' })
  await t.rejects(desk.add({ ...gate, id: 'yard' }), { code: 'NAME_TAKEN' })
  t.notMatch(JSON.stringify(desk.list()), /sesame|of the config/)
})

t.test('any name makes an id, which is free', async (t) => {
  t.equal(
    mint('Größe der Allée', () => false),
    'gro-e-der-allee',
  )
  t.equal(
    mint('馬', () => false),
    'camera',
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (name, taken) => {
      const made = mint(name, (one) => Number(/-(\d+)$/.exec(one)?.[1] ?? 1) <= taken)
      return /^[a-z0-9][a-z0-9_-]{0,31}$/.test(made)
    }),
  )
})

t.test('only addresses of streams are taken', async (t) => {
  const desk = fakeDesk()
  for (const url of [
    ...[
      'file:///etc/passwd',
      '/etc/passwd',
      'http://10.0.0.5/',
      'concat:rtsp://a/|rtsp://b/',
      'rtsp://',
      'rtsp:x',
    ],
    ...[
      '-i',
      'rtsp://10.0.0.5/ -f null',
      'rtsp://joe:sesame@10.0.0.5/',
      'rtsp://10.0.0.5/\0',
      'subfile:rtsp://a/',
    ],
  ]) {
    const wrong = { code: 'BAD_REQUEST', message: /^url: / }
    await t.rejects(desk.add({ name: 'x', url }), wrong, url)
    await t.rejects(desk.test({ url }), wrong, url)
    await t.rejects(desk.test({ url: 'rtsp://a/b', detectUrl: url }), { message: /^detect_url: / }, url)
  }
  t.same(desk.tried, [])
})

t.test('a change leaves what it does not name, and takes away what is null', async (t) => {
  const desk = fakeDesk()
  await desk.add({ ...gate, detectUrl: 'rtsp://10.0.0.5/sub' })
  await desk.change(id, { name: 'Gate' })
  t.match(desk.kept.get(id), { name: 'Gate', detect_url: 'rtsp://10.0.0.5/sub', password: 'sesame' })
  await desk.change(id, { detectUrl: null, enabled: false, transport: 'udp' })
  t.match(desk.get(id), { detectUrl: null, enabled: false, transport: 'udp', hasPassword: true })
  await desk.change(id, { username: null, password: null })
  t.match(desk.get(id), { username: null, hasPassword: false })
  await t.rejects(desk.change('yard' as StreamId, { name: 'x' }), { code: 'CAMERA_IN_CONFIG' })
  await t.rejects(desk.remove('yard' as StreamId), { code: 'CAMERA_IN_CONFIG' })
  await t.rejects(desk.change('nobody' as StreamId, { name: 'x' }), { code: 'NOT_FOUND' })
  await desk.remove(id)
  await t.rejects(desk.remove(id), { code: 'NOT_FOUND' })
})

t.test('a stored password goes to no other host', async (t) => {
  const desk = fakeDesk()
  await desk.add(gate)
  const refused = { code: 'BAD_REQUEST', message: /^password: / }
  for (const edit of [
    { url: 'rtsp://10.0.0.6/main' },
    { url: 'rtsp://10.0.0.5:8554/main' },
    { detectUrl: 'rtsp://10.0.0.6/sub' },
  ]) {
    await t.rejects(desk.change(id, edit), refused)
    await t.rejects(desk.test(edit, id), refused)
    await t.rejects(desk.test(edit, 'yard' as StreamId), refused)
  }
  t.same(desk.tried, [])
  await desk.test({ url: 'rtsp://10.0.0.5/other' }, id)
  t.match(desk.tried, [{ url: 'rtsp://10.0.0.5/other', username: 'joe', password: 'sesame' }])
  await desk.change(id, { url: 'rtsp://10.0.0.6/main', password: 'another' })
  t.equal(desk.kept.get(id)?.password, 'another')
  await desk.change(id, { url: 'rtsp://10.0.0.7/main', password: null })
})

t.test('a stream of its own for the analysis is tried too; a few at once, so many a minute', async (t) => {
  const desk = fakeDesk()
  t.match(await desk.test({ url: 'rtsp://a/1' }), { main: { codec: 'h264' }, detect: null })
  t.match(await desk.test({ url: 'rtsp://a/1', detectUrl: 'rtsp://a/1' }), { detect: null })
  t.match(await desk.test({ url: 'rtsp://a/1', detectUrl: 'rtsp://a/2' }), { detect: { codec: 'h264' } })
  const held = Promise.withResolvers<void>()
  desk.onTry = () => held.promise
  const two = [desk.test({ url: 'rtsp://a/1' }), desk.test({ url: 'rtsp://a/1' })]
  await t.rejects(desk.test({ url: 'rtsp://a/1' }), { code: 'CAMERA_BUSY' })
  held.resolve()
  await Promise.all(two)
  for (let n = 5; n < 30; n++) await desk.discover()
  await t.rejects(desk.discover(), { code: 'CAMERA_BUSY' })
  await t.rejects(desk.test({ url: 'rtsp://a/1' }, 'nobody' as StreamId), { code: 'CAMERA_BUSY' })
})
