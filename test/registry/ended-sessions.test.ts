import t from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'

t.test('an ended session stays so over a restart, and is forgotten once it is over anyway', async (t) => {
  const path = `${t.testdir()}/registry.db`
  {
    using registry = openRegistry(path, silentLog)
    registry.endedSessions.end('one', 5_000, 1_000)
    t.equal(registry.endedSessions.has('one'), true)
    t.equal(registry.endedSessions.has('two'), false)
  }
  using registry = openRegistry(path, silentLog)
  t.equal(registry.endedSessions.has('one'), true)
  registry.endedSessions.end('two', 9_000, 5_000)
  t.equal(registry.endedSessions.has('one'), false)
  t.match(registry.settings.get('ended_sessions'), /^\[\["two",9000\]\]$/)
})
