import t, { type Test } from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { Role, UserId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const hash = 'h'.repeat(80)

function setUp(t: Test) {
  const registry = openRegistry(':memory:', silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const add = (name: string, role: Role) => registry.users.add({ name, role, passwordHash: hash }, now)
  return { users: registry.users, add }
}

t.test('users are found by name whatever its case, and a name stands once', async (t) => {
  const { users, add } = setUp(t)
  const anna = add('Anna', 'admin')
  t.match(users.findByName('anna'), { user: { id: anna.id, role: 'admin', version: 1 }, passwordHash: hash })
  t.throws(() => add('ANNA', 'viewer'), { code: 'NAME_TAKEN' })
  t.equal(users.findByName('bert'), undefined)
  t.same(
    users.all().map(({ name }) => name),
    ['Anna'],
  )
})

t.test('there is always an admin among the users', async (t) => {
  const { users, add } = setUp(t)
  t.throws(() => add('Bert', 'caretaker'), { code: 'LAST_ADMIN' }, 'the first one')
  const anna = add('Anna', 'admin')
  const bert = add('Bert', 'caretaker')
  t.throws(() => users.change(anna.id, { role: 'viewer' }), { code: 'LAST_ADMIN' })
  t.throws(() => users.remove(anna.id), { code: 'LAST_ADMIN' })
  users.change(bert.id, { role: 'admin' })
  t.equal(users.remove(anna.id), true)
  t.equal(users.remove(anna.id), false, 'gone already')
  t.equal(users.remove(bert.id), true, 'the last user of all may go')
  t.same(users.all(), [])
})

t.test('every change makes a new version', async (t) => {
  const { users, add } = setUp(t)
  const { id } = add('Anna', 'admin')
  t.equal(users.change(id, { passwordHash: 'g'.repeat(80) }).version, 2)
  t.equal(users.findByName('Anna')?.passwordHash, 'g'.repeat(80))
  t.throws(() => users.change('01980000-0000-7000-8000-000000000000' as UserId, { role: 'viewer' }), {
    code: 'NOT_FOUND',
  })
})

t.test('what passes are signed with is minted once', async (t) => {
  const file = `${t.testdir()}/barnbox.db`
  const keyOf = () => {
    using registry = openRegistry(file, silentLog)
    return Buffer.from(registry.passKey).toString('hex')
  }
  const key = keyOf()
  t.equal(key.length, 64)
  t.equal(keyOf(), key)
})
