import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'

const now = Date.UTC(2026, 10, 22)
const hashOf = (text: string) => createHash('sha256').update(text).digest()

function setUp(t: Test) {
  const registry = openRegistry(':memory:', silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const { tokens } = registry
  const add = (name: string) => tokens.add({ name, role: 'viewer', hash: hashOf(name) }, now)
  return { tokens, add }
}

t.test('a token is known by its hash alone, and its use is noted to within minutes', async (t) => {
  const { tokens, add } = setUp(t)
  const made = add('Home Assistant')
  t.match(made, { name: 'Home Assistant', role: 'viewer', createdMs: now, lastUsedMs: null })
  t.equal(tokens.use(hashOf('another'), now), undefined)
  t.equal(tokens.use(hashOf('Home Assistant'), now + 1)?.lastUsedMs, now + 1)
  t.equal(tokens.use(hashOf('Home Assistant'), now + 1000)?.lastUsedMs, now + 1, 'not written each time')
  t.equal(tokens.use(hashOf('Home Assistant'), now + 600_000)?.lastUsedMs, now + 600_000)
  t.equal(tokens.use(hashOf('Home Assistant'), now)?.lastUsedMs, now, 'a clock that was put back')
})

t.test('a name stands once whatever its case, and a removed token is none', async (t) => {
  const { tokens, add } = setUp(t)
  const { id } = add('Grafana')
  t.throws(() => add('GRAFANA'), { code: 'NAME_TAKEN' })
  t.same(
    tokens.all().map(({ name }) => name),
    ['Grafana'],
  )
  t.equal(tokens.remove(id), true)
  t.equal(tokens.remove(id), false)
  t.equal(tokens.get(id), undefined)
  t.equal(tokens.use(hashOf('Grafana'), now), undefined)
})
