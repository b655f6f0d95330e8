/**
 * Lessons of BarnHand, the program before, as they hold for the API. The labels are those of docs/cases.md.
 */
import t from 'tap'
import type { StreamId } from '../../daemon/types.ts'
import { cameraView } from './fake-box.ts'
import { type Json, now, registryBox } from './registry-box.ts'

t.test('L1: a horse has one id, the same everywhere; its number and its text are for show', async (t) => {
  const { ask, horses, registry, told } = registryBox(t)
  const { id } = horses[1]
  const listed = ((await ask('GET', '/streams/yard/horses')).json as { horses: Json[] }).horses
  const horse = listed.find((one) => one['id'] === id)
  t.match(horse, { number: 2, tracking_id: 'yard_horse_002' })
  t.notMatch(id, /yard|horse|^0*2$/, 'nothing can be read out of it')
  t.match((await ask('GET', `/horses/${id}/sightings?limit=1`)).json, { sightings: [{ horse_id: id }] })
  await ask('PUT', `/streams/yard/horses/${id}`, { name: 'Thunder' })
  t.match(told.at(-1)?.[1], { horse: { id } })
  t.equal(registry.horses.get(id)?.name, 'Thunder')
  for (const other of ['2', '002', 'yard_horse_002', 'yard', 'Thunder']) {
    for (const [method, path, body] of [
      ['GET', `/streams/yard/horses/${other}`],
      ['PUT', `/streams/yard/horses/${other}`, { name: 'x' }],
      ['GET', `/horses/${other}/history`],
      ['DELETE', `/horses/${other}`],
      ['POST', `/horses/${id}/merge`, { into: other }],
    ] as const)
      t.equal((await ask(method, path, body)).status, 400, `${method} ${path}`)
  }
})

t.test('L5: whose a horse is is said each time, and never taken for something else', async (t) => {
  const { ask, box, horses, registry } = registryBox(t)
  box.cameras = [cameraView('yard'), cameraView('barn')]
  const [{ id, sightings }] = horses
  const other = registry.horses.create({ streamId: 'barn' as StreamId, seenMs: now, confidence: 1 })
  const idsOf = async (stream: string) =>
    ((await ask('GET', `/streams/${stream}/horses`)).json as { horses: Json[] }).horses.map(
      (one) => one['id'],
    )
  t.same(await idsOf('barn'), [other.id])
  t.notOk((await idsOf('yard')).includes(other.id))
  t.equal((await ask('GET', `/streams/barn/horses/${id}`)).status, 404)
  t.equal((await ask('PUT', `/streams/barn/horses/${id}`, { name: 'x' })).status, 404)
  t.equal((await ask('POST', `/horses/${id}/merge`, { into: other.id })).status, 400)
  const reassign = { correction_type: 'reassign', corrected_horse_id: other.id }
  t.equal((await ask('POST', `/sightings/${sightings[0]}/corrections`, reassign)).status, 400)
  t.equal(registry.horses.get(id)?.name, null)
  // @ts-expect-error: the id of a horse is not that of a camera
  t.same(registry.horses.findByStreamId(id), [])
  // @ts-expect-error: nor is any text
  t.same(registry.horses.findByStreamId('yard').length, 2)
})
