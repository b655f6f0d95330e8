/**
 * What is said to Home Assistant, without a broker: valid by its rules, the same bytes for the same barn, and as it was reviewed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { createAnnouncer } from '../../daemon/mqtt/announcer.ts'
import {
  type Announcement,
  announcements,
  type DiscoveryStyle,
  type Things,
} from '../../daemon/mqtt/discovery.ts'
import { topicsOf } from '../../daemon/mqtt/topics.ts'
import { cameraView, horse, horseId } from '../http/fake-box.ts'
import { stallView } from './barn.ts'
import { problemsOf } from './home-assistant.ts'

const style: DiscoveryStyle = {
  ...{ prefix: 'homeassistant', boxId: 'b7', version: '1.2.3', hardware: 'linux x64', hasObjectId: false },
  pageUrl: 'http://barn:8480',
}
const barn: Things = {
  cameras: [cameraView('yard', 'live', { name: 'Yard' })],
  stalls: [stallView(1), stallView(2, {}, { kind: 'zone', name: 'Aisle' })],
  horses: [horse(1, { name: 'Thunder' }), horse(2)],
}
const topics = topicsOf('barnbox', 'b7')
const announce = (things: Things, more: Partial<DiscoveryStyle> = {}) =>
  announcements(things, topics, { ...style, ...more })
const pretty = ({ message }: Announcement) => `${JSON.stringify(message, null, 2)}\n`

t.test('golden: what is sent is what was reviewed', async (t) => {
  const names = ['box', 'camera', 'stall', 'zone', 'horse', 'horse-without-a-name']
  const all = announce(barn)
  t.equal(all.length, names.length)
  for (const [index, name] of names.entries()) {
    const file = fileURLToPath(new URL(`golden/${name}.json`, import.meta.url))
    const one = all[index]
    if (!one) throw new Error(name)
    if (!existsSync(file)) {
      writeFileSync(file, pretty(one))
      t.fail(`${name}.json is new: look at it`)
    }
    // How it is laid out for people does not matter; the order does.
    t.equal(JSON.stringify(one.message), JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))), name)
  }
})

t.test('valid by its rules, the box first, and the same bytes for the same barn', async (t) => {
  const all = announce(barn)
  t.equal(all[0]?.topic, 'homeassistant/device/barnbox_b7/config')
  for (const one of all) t.same(problemsOf(one.topic, JSON.stringify(one.message)), [], one.topic)
  t.equal(JSON.stringify(announce(barn)), JSON.stringify(all))
  const ids = all.flatMap(({ message }) => Object.values(message.components).map((one) => one['unique_id']))
  t.equal(new Set(ids).size, ids.length, 'no id stands twice')
})

t.test('prefix, page and the key of older versions are as the config wants them', async (t) => {
  const [box] = announce(barn, { prefix: 'home/ha', hasObjectId: true, pageUrl: undefined })
  t.equal(box?.topic, 'home/ha/device/barnbox_b7/config')
  t.notMatch(JSON.stringify(box?.message), /configuration_url/)
  const components = Object.values(box?.message.components ?? {})
  t.ok(components.every((one) => one['default_entity_id'] === `${one['platform']}.${one['object_id']}`))
  t.same(problemsOf(box?.topic ?? '', JSON.stringify(box?.message), 'home/ha'), [])
})

t.test('whatever horses, stalls and cameras are called changes names alone, and is valid', async (t) => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
    fc.constantFrom('a/b+c#"', 'L', 'Last', 'Horse', 'In', 'p', 'PICTURE', '{{ value }}', 'problem'),
  )
  const nameless = (things: Announcement[]) =>
    things.map(({ topic, message }) => {
      const { device, ...rest } = message as unknown as { device: object } & Announcement['message']
      return JSON.stringify([topic, { ...device, name: '' }, rest])
    })
  const before = nameless(announce(barn))
  fc.assert(
    fc.property(name, name, name, (one, two, three) => {
      const renamed = announce({
        cameras: [cameraView('yard', 'live', { name: two })],
        stalls: [stallView(1, {}, { name: three }), stallView(2, {}, { kind: 'zone', name: three })],
        horses: [horse(1, { name: one }), horse(2)],
      })
      t.strictSame(nameless(renamed), before)
      for (const { topic, message } of renamed) t.strictSame(problemsOf(topic, JSON.stringify(message)), [])
    }),
    { numRuns: 60 },
  )
})

t.test(
  'what is gone is taken away: a device by nothing, an entity by its platform alone, then without it',
  async (t) => {
    let there = announce(barn)
    const announcer = createAnnouncer(() => there)
    t.equal(announcer.all().length, there.length)
    t.same(announcer.changes(), [], 'nothing has changed')

    there = announce({ ...barn, horses: [horse(1, { name: 'Storm' })] })
    const [gone, renamed, ...more] = announcer.changes()
    t.same(gone, { topic: `homeassistant/device/barnbox_b7_horse_${horseId(2)}/config`, payload: '' })
    t.match(renamed?.payload, /"name":"Storm"/)
    t.same(more, [])

    there = announce({ ...barn, horses: [], stalls: [stallView(1, {}, { kind: 'zone' })] })
    const letters = announcer.changes().map(({ topic, payload }) => ({ topic, payload: String(payload) }))
    for (const { topic, payload } of letters) t.same(problemsOf(topic, payload), [])
    const stall = letters.filter(({ topic }) => topic.includes('_stall_') && topic.endsWith('01/config'))
    const [first, then] = stall.map(({ payload }) => payload && JSON.parse(payload).components)
    t.same(first.match, { platform: 'sensor' })
    t.same(first.wrong_horse, { platform: 'binary_sensor' })
    t.notOk('match' in then)
    t.notOk('wrong_horse' in then)
  },
)

t.test('what an earlier life left is known, however it looks', async (t) => {
  const there = announce(barn)
  const [box] = there
  if (!box) throw new Error('no box')
  const announcer = createAnnouncer(() => there)
  const old = { components: { oldest: { platform: 'sensor', name: 'x' }, odd: 3 } }
  announcer.remember(box.topic, JSON.stringify(old))
  for (const [n, junk] of ['hay', '', 'null', '[]', '{"components":7}'].entries())
    announcer.remember(`homeassistant/device/barnbox_b7_horse_${n}/config`, junk)
  const letters = announcer.all()
  t.equal(letters.filter(({ payload }) => payload === '').length, 5)
  const [first, then] = letters.filter(({ topic }) => topic === box.topic)
  t.same(JSON.parse(String(first?.payload)).components.oldest, { platform: 'sensor' })
  t.notOk('odd' in JSON.parse(String(first?.payload)).components)
  t.equal(then?.payload, JSON.stringify(box.message))
})
